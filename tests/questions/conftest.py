"""A shop whose questions live in memory, and the sync between them."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from sqlalchemy import select, text

from app.kit.db import Database
from app.questions.jobs import SyncQuestions
from app.questions.models import Question, QuestionSync
from app.questions.sync import QuestionPace, sync_questions
from app.shops.models import Shop
from tests.factories import Make
from tests.questions.cabinet import QuestionCabinet

Sync = Callable[..., Coroutine[Any, Any, QuestionSync]]


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop()


@pytest.fixture
def cabinet() -> QuestionCabinet:
    return QuestionCabinet()


@pytest.fixture
def sync(database: Database, shop: Shop, cabinet: QuestionCabinet) -> Sync:
    """One delivery of the job; returns how the sync stands after it."""

    async def run(*, page_size: int = 100) -> QuestionSync:
        pace = QuestionPace(page_size=page_size, every=600)
        await sync_questions(SyncQuestions(shop_id=shop.id), database=database, source=cabinet, pace=pace)
        async with database.transaction() as session:
            return await session.get_one(QuestionSync, shop.id)

    return run


class Stored:
    """What stands in the database of the shop."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self.database = database
        self.shop = shop

    async def rows(self) -> dict[str, Question]:
        async with self.database.transaction() as session:
            found: Sequence[Question] = (
                await session.scalars(select(Question).where(Question.shop_id == self.shop.id))
            ).all()
        return {row.wb_id: row for row in found}

    async def row(self, wb_id: str) -> Question:
        return (await self.rows())[wb_id]

    async def jobs(self) -> list[str]:
        """Kinds of the queued jobs."""
        return [row.kind for row in await self.ask("SELECT kind FROM jobs WHERE state = 'queued' ORDER BY kind")]

    async def ask(self, sql: str) -> Sequence[Any]:
        async with self.database.transaction() as session:
            return (await session.execute(text(sql))).all()

    async def order(self, sql: str) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(sql))


@pytest.fixture
def stored(database: Database, shop: Shop) -> Stored:
    return Stored(database, shop)
