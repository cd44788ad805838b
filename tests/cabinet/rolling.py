"""A shop of few products and minutes, so that keys collide, rules bite and everything happens to the same feedbacks."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.accounts.models import User
from app.cabinet.applying import not_found, observe
from app.cabinet.cooling import end_rest
from app.cabinet.gate import Observation
from app.cabinet.jobs import RefreshStandings
from app.cabinet.refreshing import refresh_changed
from app.cabinet.rules import RuleChange, change_rules
from app.cabinet.states import ChatState, ComplaintState, Source, Visibility, WorkStatus
from app.cabinet.tallies import fold
from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import mark_deleted, store
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.factories import incoming

START = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
NM_IDS = (101, 102)
STEPS = ("arrive", "change", "delete", "rule", "see", "miss", "warm", "fold", "refresh")


@dataclass
class Rolling:
    """What the dice did to a shop."""

    database: Database
    shop: Shop
    owner: User
    dice: random.Random
    feedbacks: dict[str, IncomingFeedback] = field(default_factory=dict)

    async def step(self, name: str) -> None:
        if name in ("change", "delete", "see", "miss") and not self.feedbacks:
            return
        await getattr(self, name)()

    async def arrive(self) -> None:
        await self._store([self._feedback() for _ in range(self.dice.randint(1, 3))])

    async def change(self) -> None:
        """Other stars, words, minute or product; amended, or complained about by hand; or back from the dead."""
        await self._store([replace(self._feedback(), wb_id=self._any())])

    async def delete(self) -> None:
        async with self.database.transaction() as session:
            await mark_deleted(session, self.shop.id, [self._any()], now=utc_now())

    async def rule(self) -> None:
        dice = self.dice
        known = [nm_id for nm_id in NM_IDS if nm_id in {row.nm_id for row in self.feedbacks.values()}]
        change: RuleChange = {
            "work_status": dice.choice((WorkStatus.ACTIVE, WorkStatus.ACTIVE, WorkStatus.PAUSED)),
            "complaint_ratings": tuple(sorted(dice.sample((1, 2, 3, 4), dice.randint(0, 4)))),
            "chats": dice.random() < 0.7,
            "work_from": dice.choice((None, START + timedelta(minutes=1))),
        }
        async with self.database.transaction() as session:
            await change_rules(session, self.shop, self.owner, known, change, now=utc_now())

    async def see(self) -> None:
        """A report of either extension, about feedbacks that may have no standing yet."""
        dice = self.dice
        seen = {self._any(): self._observation() for _ in range(dice.randint(1, 3))}
        async with self.database.direct() as connection:
            await observe(connection, self.shop.id, seen)

    async def miss(self) -> None:
        async with self.database.direct() as connection:
            await not_found(connection, self.shop.id, [self._any()], now=utc_now() - timedelta(days=30))

    async def warm(self) -> None:
        async with self.database.direct() as connection:
            await end_rest(connection, self.shop.id, now=utc_now(), limit=1)

    async def fold(self) -> None:
        async with self.database.direct() as connection:
            await fold(connection, self.shop.id)

    async def refresh(self) -> None:
        await refresh_changed(RefreshStandings(shop_id=self.shop.id), database=self.database)

    def _observation(self) -> Observation:
        dice = self.dice
        return Observation(
            source=dice.choice(tuple(Source)),
            observed_at=START + timedelta(days=dice.randint(0, 9)),
            is_page=dice.random() < 0.6,
            complaint=dice.choice((None, *ComplaintState)),
            chat=dice.choice((None, *ChatState)),
            visibility=dice.choice((None, Visibility.VISIBLE, Visibility.HIDDEN)),
            supplemented=dice.random() < 0.1,
            can_submit=dice.choice((None, True, False)),
        )

    async def _store(self, rows: list[IncomingFeedback]) -> None:
        async with self.database.transaction() as session:
            await store(session, self.shop.id, rows)
        self.feedbacks |= {row.wb_id: row for row in rows}

    def _any(self) -> str:
        return self.dice.choice(sorted(self.feedbacks))

    def _feedback(self) -> IncomingFeedback:
        dice = self.dice
        values: dict[str, Any] = {
            "nm_id": dice.choice(NM_IDS),
            "rating": dice.choice((1, 3, 4, 5)),
            "written_at": START + timedelta(minutes=dice.randint(0, 2), seconds=dice.randint(0, 59)),
            "text": dice.choice(("", "Порвалось")),
            "child_id": dice.choice((None, None, None, "child")),
            "complaint_reason": dice.choice((0, 0, 0, 16)),
            "complaint_possible": dice.random() < 0.8,
        }
        return incoming(**values)
