"""Feedbacks, replies, histories and costs of a shop by the roll of dice, kept in memory as well as in the database."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import mark_deleted, store
from app.kit.clock import utc_now
from app.kit.db import Database
from app.replies.models import Reply, ReplyEvent, ReplyState, WriterCall
from app.shops.models import Shop
from tests.factories import incoming

MIDNIGHT = datetime(2026, 4, 9, 21, tzinfo=UTC)
"""In Moscow, between the 9th and the 10th of April."""
STATES = tuple(ReplyState)
TAGS = ("цена", "качество", "упаковка", "=1+1")


@dataclass
class World:
    """What the database should hold; `days` from MIDNIGHT are those on which feedbacks are written."""

    database: Database
    shop: Shop
    dice: random.Random
    days: range = range(-12, 12)
    feedbacks: dict[str, IncomingFeedback] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    replies: list[Reply] = field(default_factory=list)
    events: list[ReplyEvent] = field(default_factory=list)
    calls: list[WriterCall] = field(default_factory=list)

    def living(self) -> list[IncomingFeedback]:
        return [row for wb_id, row in self.feedbacks.items() if wb_id not in self.deleted]

    async def arrive(self, count: int) -> None:
        made = [self._feedback() for _ in range(count)]
        await self._store(made)

    async def change(self) -> None:
        """Somebody answers in the cabinet, a buyer changes the stars or the tags."""
        if self.feedbacks:
            row = self._any()
            await self._store([replace(self._feedback(), wb_id=row.wb_id, written_at=row.written_at, nm_id=row.nm_id)])

    async def delete(self) -> None:
        if self.feedbacks:
            wb_id = self._any().wb_id
            async with self.database.transaction() as session:
                await mark_deleted(session, self.shop.id, [wb_id], now=utc_now())
            self.deleted.add(wb_id)

    async def reply(self) -> None:
        """A reply in any state, with an event of its history and a call of the model."""
        free = [wb_id for wb_id in self.feedbacks if wb_id not in {reply.feedback_id for reply in self.replies}]
        if not free:
            return
        reply = self._reply(self.feedbacks[self.dice.choice(sorted(free))])
        async with self.database.transaction() as session:
            session.add(reply)
            await session.flush()
            self.replies.append(reply)
            self._happen(session, reply)

    async def advance(self) -> None:
        """The reply is another day's news; its day stays the feedback's."""
        if not self.replies:
            return
        reply = self.dice.choice(self.replies)
        new: dict[str, Any] = self._standing(self.feedbacks[str(reply.feedback_id)])
        async with self.database.transaction() as session:
            await session.execute(
                update(Reply).where(Reply.shop_id == reply.shop_id, Reply.id == reply.id).values(**new)
            )
            self._happen(session, reply)
        for name, value in new.items():
            setattr(reply, name, value)

    def _happen(self, session: AsyncSession, reply: Reply) -> None:
        was: str | None
        was, became = self.dice.choice(
            ((None, "draft"), ("draft", "draft"), ("failed", "draft"), ("draft", "approved"), ("failed", "approved"),
             ("approved", "draft"), ("approved", "publishing"), ("unknown", "approved"))
        )  # fmt: skip
        event = ReplyEvent(
            id=uuid4(), shop_id=self.shop.id, reply_id=reply.id, at=utc_now(), text="",
            actor=self.dice.choice(("user:1", "user:2", "auto")), from_state=was, to_state=became, reason="", version=1,
        )  # fmt: skip
        call = WriterCall(
            id=uuid4(), shop_id=self.shop.id, subject_id=str(reply.feedback_id), at=utc_now(),
            model=self.dice.choice(("gpt", "gpt-mini")), input_tokens=self.dice.randint(1, 999), output_tokens=7,
            cost_usd=Decimal(self.dice.randint(1, 9999)) / 1_000_000, seconds=self.dice.randint(1, 9) / 4,
        )  # fmt: skip
        self.events.append(event)
        self.calls.append(call)
        session.add_all([event, call])

    async def _store(self, rows: Sequence[IncomingFeedback]) -> None:
        async with self.database.transaction() as session:
            await store(session, self.shop.id, rows)
        self.feedbacks |= {row.wb_id: row for row in rows}
        self.deleted -= {row.wb_id for row in rows}

    def _any(self) -> IncomingFeedback:
        return self.feedbacks[self.dice.choice(sorted(self.feedbacks))]

    def _feedback(self) -> IncomingFeedback:
        dice = self.dice
        row = incoming(
            rating=dice.randint(1, 5), nm_id=dice.randint(1, 4), tags=tuple(dice.sample(TAGS, dice.randint(0, 2))),
            written_at=MIDNIGHT + timedelta(days=dice.choice(self.days), seconds=dice.choice((-1, 0, 1, 40_000))),
            answer_text=dice.choice((None, "Спасибо")),
            parent_id=self._any().wb_id if self.feedbacks and dice.random() < 0.3 else None,
        )  # fmt: skip
        return row

    def _reply(self, feedback: IncomingFeedback) -> Reply:
        return Reply(
            shop_id=self.shop.id, id=uuid4(), feedback_id=feedback.wb_id, question_id=None, rejects=False, revision=1,
            text="", version=1, needs_human=False, reasons=[], writer="", created_at=utc_now(), attempts=0, checks=0,
            **self._standing(feedback),
        )  # fmt: skip

    def _standing(self, feedback: IncomingFeedback) -> dict[str, Any]:
        sent = feedback.written_at + timedelta(seconds=self.dice.randint(-5, 500_000))
        return {
            "state": self.dice.choice(STATES),
            "sent_at": self.dice.choice((None, sent)),
            "changed_at": utc_now(),
        }
