"""A shop, its board at Wildberries in memory, and the three jobs between them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.feedbacks.models import Feedback
from app.kit.db import Database
from app.pins import service
from app.pins.jobs import PinFeedbacks, SyncPins, UnpinFeedbacks
from app.pins.models import Pin, PinBoard, PinEvent, PinOn
from app.pins.publishing import PinWriter, pin_feedbacks, unpin_feedbacks
from app.pins.reading import Reader, sync_pins
from app.pins.service import Asked, Wish
from app.shops.models import Shop
from tests.factories import Make
from tests.pins.board import FakeBoard

SETTLE = 60.0


class Desk:
    """What a person and the worker do, and what stands in the database afterwards."""

    def __init__(self, database: Database, shop: Shop, board: FakeBoard) -> None:
        self.database, self.shop, self.wildberries = database, shop, board
        self.reader = Reader(database=database, wildberries=board, settle=SETTLE)

    async def ask(self, *feedbacks: Feedback | str, on: PinOn = PinOn.NM) -> list[Asked]:
        ids = [feedback if isinstance(feedback, str) else feedback.wb_id for feedback in feedbacks]
        wishes = [Wish(feedback_id=wb_id, pin_on=on, pin_method=None) for wb_id in ids]
        async with self.database.transaction() as session:
            return await service.pin(session, self.shop.id, wishes, actor="olga")

    async def take_back(self, *pins: Pin) -> None:
        async with self.database.transaction() as session:
            await service.unpin(session, self.shop.id, [pin.id for pin in pins], actor="olga")

    async def pin(self) -> None:
        await pin_feedbacks(PinFeedbacks(shop_id=self.shop.id), writer=self._writer())

    async def unpin(self) -> None:
        await unpin_feedbacks(UnpinFeedbacks(shop_id=self.shop.id), writer=self._writer())

    async def sync(self) -> None:
        await sync_pins(SyncPins(shop_id=self.shop.id), reader=self.reader)

    def _writer(self) -> PinWriter:
        return PinWriter(reader=self.reader, still_ours=lambda: None)

    async def time_passes(self, passed: timedelta = timedelta(minutes=10)) -> None:
        """For pins and boards only: whatever was written was written so much earlier."""
        columns = {
            "pins": ("created_at", "changed_at", "seen_at", "claimed_at"),
            "pin_boards": ("checked_at", "run_started_at", "next_sync_at", "finished_at"),
        }
        async with self.database.transaction() as session:
            for table, names in columns.items():
                changes = ", ".join(f"{name} = {name} - CAST(:passed AS interval)" for name in names)
                await session.execute(text(f"UPDATE {table} SET {changes}"), {"passed": passed})

    async def pins(self) -> Sequence[Pin]:
        async with self.database.transaction() as session:
            return (await session.scalars(select(Pin).order_by(Pin.feedback_id, Pin.created_at))).all()

    async def one(self) -> Pin:
        [pin] = await self.pins()
        return pin

    async def board(self) -> PinBoard:
        async with self.database.transaction() as session:
            return await session.get_one(PinBoard, self.shop.id)

    async def history(self) -> list[tuple[str, str]]:
        """(actor, state) from the first to the last."""
        async with self.database.transaction() as session:
            events = await session.scalars(select(PinEvent).order_by(PinEvent.at))
            return [(event.actor, event.to_state) for event in events]

    async def jobs(self) -> set[Any]:
        async with self.database.transaction() as session:
            return set(await session.scalars(text("SELECT kind FROM jobs WHERE state = 'queued' AND kind ~* 'pin'")))

    async def forget_jobs(self) -> None:
        async with self.database.transaction() as session:
            await session.execute(text("DELETE FROM jobs"))


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


@pytest.fixture
def wildberries() -> FakeBoard:
    return FakeBoard()


@pytest.fixture
def desk(database: Database, shop: Shop, wildberries: FakeBoard) -> Desk:
    return Desk(database, shop, wildberries)
