"""Names are counted anew whenever something under them changes, and leave when nothing does any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from app.buyers.jobs import RefreshBuyers
from app.buyers.models import Buyer, Mention
from app.buyers.names import key_of
from app.buyers.refreshing import OVERLAP, rebuild, refresh, refresh_buyers, shops_to_refresh
from app.chats.models import Chat, ChatStatus
from app.feedbacks.ports import IncomingFeedback
from app.feedbacks.storing import mark_deleted, store
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.buyers.talk import NOON, chat
from tests.factories import Make, incoming

pytestmark = pytest.mark.anyio
NAMES = ("Анна", " анна ", "Олег", "И***", "", "Покупатель")
STEP = st.tuples(
    st.sampled_from(("feedback", "delete", "chat", "rename", "refresh")), st.integers(0, 4), st.sampled_from(NAMES),
    st.integers(1, 5),
)  # fmt: skip


async def counted(database: Database, shop: Shop) -> dict[str, Buyer]:
    async with database.transaction() as session:
        found = await session.scalars(select(Buyer).where(Buyer.shop_id == shop.id))
        return {buyer.name_key: buyer for buyer in found}


async def refreshed(database: Database, shop: Shop) -> dict[str, Buyer]:
    await refresh_buyers(RefreshBuyers(shop_id=shop.id), database=database)
    return await counted(database, shop)


async def everything(database: Database, shop: Shop) -> list[Sequence[Any]]:
    async with database.transaction() as session:
        return [
            (await session.execute(select(table.__table__).where(table.shop_id == shop.id).order_by(*keys))).all()
            for table, keys in ((Buyer, (Buyer.name_key,)), (Mention, (Mention.kind, Mention.ref)))
        ]


async def test_feedbacks_and_chats_are_counted_under_one_name(database: Database, make: Make) -> None:
    shop = await make.shop()
    await make.feedback(shop, buyer_name="Анна", rating=5, written_at=NOON, answer_text="Спасибо")
    await make.feedback(shop, buyer_name="АННА ", rating=2, written_at=NOON - timedelta(days=3))
    await chat(database, shop, " анна", at=NOON + timedelta(hours=1), status=ChatStatus.WAITING_FOR_US)
    await chat(database, shop, "Олег", status=ChatStatus.WAITING_FOR_BUYER)

    found = await refreshed(database, shop)

    anna, oleg = found["анна"], found["олег"]
    assert (anna.name, anna.feedbacks, anna.chats, anna.average_rating, anna.lowest_rating) == ("анна", 2, 1, 3.5, 2)
    assert (anna.unanswered, anna.last_at) == (2, NOON + timedelta(hours=1))
    assert (oleg.feedbacks, oleg.chats, oleg.average_rating, oleg.lowest_rating, oleg.unanswered) == (
        0,
        1,
        None,
        None,
        0,
    )


@pytest.mark.parametrize("nobody", ["", "И***", "Покупатель"])
async def test_what_is_nobodys_name_is_not_gathered(database: Database, make: Make, nobody: str) -> None:
    shop = await make.shop()
    await make.feedback(shop, buyer_name=nobody)
    await chat(database, shop, nobody)

    assert await refreshed(database, shop) == {}


async def test_a_name_that_changes_leaves_its_old_thread(database: Database, make: Make) -> None:
    shop = await make.shop()
    arrived = incoming(buyer_name="Анна")
    nameless = await chat(database, shop, "")
    async with database.transaction() as session:
        await store(session, shop.id, [arrived])
    before = await refreshed(database, shop)

    async with database.transaction() as session:
        await store(session, shop.id, [replace(arrived, buyer_name="Вера", raw={"new": 1})])
        await session.execute(update(Chat).where(Chat.chat_id == nameless.chat_id).values(client_name="Вера"))
    after = await refreshed(database, shop)

    assert list(before) == ["анна"]
    assert {key: (buyer.feedbacks, buyer.chats) for key, buyer in after.items()} == {"вера": (1, 1)}


async def test_other_shops_are_left_alone(database: Database, make: Make) -> None:
    ours, theirs = await make.shop(), await make.shop()
    await make.feedback(ours, buyer_name="Анна")
    await make.feedback(theirs, buyer_name="Анна")
    await refreshed(database, theirs)

    found = await refreshed(database, ours)
    async with database.transaction() as session:
        await rebuild(session, ours.id, now=utc_now())

    assert found["анна"].feedbacks == 1
    assert (await counted(database, theirs))["анна"].feedbacks == 1


class Cabinet:
    """Five feedbacks and five chats that change at random."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self.database, self.shop = database, shop
        self.feedbacks: dict[int, IncomingFeedback] = {}
        self.chats: dict[int, Chat] = {}

    async def do(self, doing: str, number: int, name: str, rating: int) -> None:
        async with self.database.transaction() as session:
            if doing == "refresh":
                await refresh(session, self.shop.id, now=utc_now(), overlap=timedelta())
            elif doing == "feedback":
                known = self.feedbacks.get(number) or incoming(written_at=NOON)
                raw = {"name": name, "rating": rating}
                self.feedbacks[number] = replace(known, buyer_name=name, rating=rating, raw=raw)
                await store(session, self.shop.id, [self.feedbacks[number]])
            elif doing == "delete" and number in self.feedbacks:
                await mark_deleted(session, self.shop.id, [self.feedbacks[number].wb_id], now=utc_now())
        if doing == "chat" and number not in self.chats:
            self.chats[number] = await chat(self.database, self.shop, name)
        elif doing == "rename" and number in self.chats:
            async with self.database.transaction() as session:
                row = await session.merge(self.chats[number])
                row.client_name, row.last_message_at = name, NOON + timedelta(minutes=rating)


@given(steps=st.lists(STEP, max_size=25))
@settings(max_examples=40)
async def test_refreshing_step_by_step_equals_a_rebuild(
    database: Database, make: Make, steps: list[tuple[str, int, str, int]]
) -> None:
    cabinet = Cabinet(database, await make.shop(token=None))
    for step in (("refresh", 0, "", 1), *steps, ("refresh", 0, "", 1)):
        await cabinet.do(*step)
    stepwise = await everything(database, cabinet.shop)

    async with database.transaction() as session:
        await rebuild(session, cabinet.shop.id, now=utc_now())

    assert await everything(database, cabinet.shop) == stepwise
    assert {row.name_key for row in stepwise[0]} <= {key_of(name) for name in NAMES} - {""}


async def due(database: Database, *, after: timedelta = timedelta()) -> list[Any]:
    async with database.transaction() as session:
        return list(await shops_to_refresh(session, now=utc_now() + after, limit=10))


async def test_only_shops_with_changes_are_due_and_once_more_for_late_commits(database: Database, make: Make) -> None:
    shop, _empty = await make.shop(), await make.shop()
    nobody_yet = await due(database)
    await chat(database, shop, "Анна")
    first = await due(database)
    await refreshed(database, shop)
    settled, looked_for = await due(database), await due(database, after=OVERLAP)
    await chat(database, shop, "Анна", at=utc_now())

    assert (nobody_yet, first, settled, looked_for) == ([], [shop.id], [], [shop.id])
    assert await due(database) == [shop.id]


async def test_rows_that_vanish_are_noticed_within_a_week(database: Database, make: Make) -> None:
    shop = await make.shop()
    await make.feedback(shop)
    await refreshed(database, shop)

    async with database.transaction() as session:
        await session.execute(text("DELETE FROM feedbacks"))
        await refresh(session, shop.id, now=utc_now() + timedelta(days=8))

    assert await counted(database, shop) == {}
