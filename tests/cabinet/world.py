"""A shop whose cabinet was looked at: feedbacks with rules, pages, drafts of complaints, leases.

`world = await World.open(database, make)`; its product NM has a rule that allows everything.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from app.accounts.models import User
from app.cabinet.applying import lock_known, observe, write
from app.cabinet.gate import Advance, Change, Observation
from app.cabinet.limits import Limits
from app.cabinet.page_models import CabinetSettings, ProductRule
from app.cabinet.queues import look
from app.cabinet.standings import apply_rules, refresh_standings
from app.cabinet.states import ChatState, ComplaintState, Match, Source, WorkStatus
from app.cabinet.tallies import counts_of, recount
from app.cabinet.tasks import Task
from app.complaints.models import Complaint
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.factories import Make

NM = 149325538
WORDS = "Жалоба от: Тёплые вещи. Просим проверить отзыв: он написан бранными словами и не говорит о товаре."


class World:
    """Every step commits by itself, as the surface would."""

    def __init__(self, database: Database, make: Make, shop: Shop) -> None:
        self.database, self.make, self.shop = database, make, shop
        # One present for all of them: a minute that ends in between would give two feedbacks one key.
        self._present, self._minutes = utc_now(), 60

    @classmethod
    async def open(cls, database: Database, make: Make, *, owner: User | None = None) -> "World":
        world = cls(database, make, await make.shop(owner=owner))
        await world.rule(NM)
        return world

    async def rule(self, nm_id: int, **values: Any) -> None:
        """Active and allowing all, unless told otherwise; takes the place of an earlier one."""
        made: dict[str, Any] = {
            "work_status": WorkStatus.ACTIVE, "complaint_ratings": [1, 2, 3, 4], "chats": True,
            "chat_ratings": [1, 2, 3, 4], "work_from": None, "updated_at": utc_now(), "updated_by": "test", **values,
        }  # fmt: skip
        async with self.database.transaction() as session:
            await session.merge(ProductRule(shop_id=self.shop.id, nm_id=nm_id, **made))
        async with self.database.direct() as connection:
            await apply_rules(connection, self.shop.id, [nm_id])

    async def settings(self, **values: Any) -> None:
        made: dict[str, Any] = {
            "chats_per_run": 50, "complaints_per_run": 300, "chat_pause_ms": 3000, "complaint_pause_ms": 1500,
            "complaints_per_day": 100, "trust_rules": False, "approved_price": 0, "version": 1,
            "updated_at": utc_now(), "updated_by": "test", **values,
        }  # fmt: skip
        async with self.database.transaction() as session:
            await session.merge(CabinetSettings(shop_id=self.shop.id, **made))

    async def feedback(
        self, *, rating: int = 1, nm_id: int = NM, minutes: int | None = None, **values: Any
    ) -> Feedback:
        """With its standing; `minutes` ago, so that keys differ (each next one is older, unless told)."""
        if minutes is None:
            self._minutes = minutes = self._minutes + 1
        made = {"written_at": self._present - timedelta(minutes=minutes), "text": "Порвалось в первый день", **values}
        feedback = await self.make.feedback(self.shop, rating=rating, nm_id=nm_id, **made)
        await self.refresh(feedback)
        return feedback

    async def refresh(self, *feedbacks: Feedback) -> None:
        async with self.database.direct() as connection:
            await refresh_standings(connection, self.shop.id, [each.wb_id for each in feedbacks])

    async def see(self, *feedbacks: Feedback, source: Source = Source.FILER, **seen: Any) -> None:
        """One observation of each; of a page, unless `is_page=False`."""
        made: dict[str, Any] = {"observed_at": utc_now(), "is_page": True, **seen}
        observation = Observation(source=source, **made)
        async with self.database.direct() as connection:
            await observe(connection, self.shop.id, {each.wb_id: observation for each in feedbacks})

    async def draft(
        self, *feedbacks: Feedback, ready: bool = True, reason_id: int | None = 16, text: str = WORDS, odds: int = 0
    ) -> None:
        """Words of a complaint; approved for filing, unless `ready=False`."""
        now, shop_id = utc_now(), self.shop.id
        async with self.database.transaction() as session:
            for each in feedbacks:
                words = Complaint(
                    shop_id=shop_id, feedback_id=each.wb_id, reason_id=reason_id, text=text, quotes=[], why_not="",
                    why_not_text="", writer="rules", provable=True, version=1, feedback_fingerprint=b"",
                    created_at=now, updated_at=now, updated_by="test", queued_at=now if ready else None, queued_by="",
                )  # fmt: skip
                await session.merge(words)
        seen = Observation(source=Source.PERSON, observed_at=now, complaint=ComplaintState.DRAFT, actor="test")
        async with self.database.direct() as connection:
            known = await lock_known(connection, shop_id, [each.wb_id for each in feedbacks])
            moved = {
                key: Advance(
                    each._replace(complaint=ComplaintState.DRAFT, ready=ready),
                    [Change("complaint", each.complaint, ComplaintState.DRAFT)],
                )
                for key, each in known.items()
            }
            await write(connection, shop_id, {key: (after, seen) for key, after in moved.items()})
            await connection.execute(
                "UPDATE standings SET odds = $3 WHERE shop_id = $1 AND feedback_id = ANY($2)",
                *(shop_id, [each.wb_id for each in feedbacks], odds),
            )

    async def drafted(self, **values: Any) -> Feedback:
        """With a complaint that may be filed."""
        feedback = await self.feedback(**values)
        await self.draft(feedback)
        return feedback

    async def rejected(self, **seen: Any) -> Feedback:
        """Its complaint failed, and the chat may be opened."""
        feedback = await self.feedback()
        await self.see(feedback, complaint=ComplaintState.REJECTED, chat=ChatState.AVAILABLE, **seen)
        return feedback

    async def opened(self, **seen: Any) -> Feedback:
        """Its chat was opened on the page."""
        feedback = await self.feedback()
        await self.see(feedback, chat=ChatState.OPENED, **seen)
        return feedback

    async def offered(self, limits: Limits | None = None) -> Sequence[Task]:
        """What a round of a new token would hold."""
        async with self.database.glance() as connection:
            return await look(connection, self.shop.id, uuid4(), limits or Limits(), now=utc_now())

    async def change(self, *feedbacks: Feedback, **columns: Any) -> None:
        """Columns of standings straight away, for what another part of the house would do; counts follow."""
        changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 3))
        async with self.database.direct() as connection:
            await connection.execute(
                f"UPDATE standings SET {changes} WHERE shop_id = $1 AND feedback_id = ANY($2)",
                *(self.shop.id, [each.wb_id for each in feedbacks], *columns.values()),
            )
            await recount(connection, self.shop.id)

    async def page(
        self, minute: datetime, *, nm_id: int = NM, rating: int = 1, can_submit: bool = True,
        statuses: Iterable[str] = (), feedback_id: str | None = None, feedback_date: str = "", **values: Any,
    ) -> None:  # fmt: skip
        """A reading as it is kept by key; counts follow."""
        made: dict[str, Any] = {
            "chat_status": None, "rating_excluded": False, "read_at": utc_now(), "created_at": utc_now(),
            "updated_at": utc_now(), **values,
        }  # fmt: skip
        row = {
            "shop_id": self.shop.id, "nm_id": nm_id, "rating": rating, "feedback_id": feedback_id,
            "minute": minute.astimezone(UTC).replace(second=0, microsecond=0), "can_submit": can_submit,
            "match": (Match.ONE if feedback_id else Match.NONE).value, "statuses": json.dumps(list(statuses)),
            "feedback_date": feedback_date, **made,
        }  # fmt: skip
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        async with self.database.direct() as connection:
            await connection.execute(f"INSERT INTO page_states ({', '.join(row)}) VALUES ({places})", *row.values())
            await recount(connection, self.shop.id)

    async def standing(self, feedback: Feedback) -> asyncpg.Record:
        """The whole row."""
        async with self.database.glance() as connection:
            row = await connection.fetchrow(
                "SELECT * FROM standings WHERE shop_id = $1 AND feedback_id = $2", self.shop.id, feedback.wb_id
            )
        assert row is not None
        return row

    async def counts(self) -> dict[str, int]:
        """As they are kept."""
        async with self.database.glance() as connection:
            return dict((await counts_of(connection, [self.shop.id])).get(self.shop.id, {}))

    async def true_counts(self) -> dict[str, int]:
        """As the standings and pages themselves say."""
        async with self.database.direct() as connection:
            await recount(connection, self.shop.id)
        return await self.counts()


def ids(*feedbacks: Feedback) -> set[str]:
    """For comparisons with what was handed out."""
    return {each.wb_id for each in feedbacks}
