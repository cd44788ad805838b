"""Feedbacks and chat lines of one name in one order, whatever the page size."""

from datetime import timedelta
from random import Random

import pytest

from app.buyers.jobs import RefreshBuyers
from app.buyers.refreshing import refresh_buyers
from app.buyers.threads import Entry, page_of_thread
from app.chats.models import MessageState
from app.kit.db import Database
from app.kit.keyset import BadCursor, Cursor
from app.replies.models import ReplyState
from app.shops.models import Shop
from tests.buyers.talk import NOON, chat, lines, minutes
from tests.factories import Make

pytestmark = pytest.mark.anyio


async def whole(database: Database, shop: Shop, *, size: int) -> list[Entry]:
    await refresh_buyers(RefreshBuyers(shop_id=shop.id), database=database)
    found: list[Entry] = []
    before = None
    async with database.transaction() as session:
        while page := await page_of_thread(session, shop.id, "анна", before=before, limit=size):
            found += page
            before = Cursor.parse(str(page[-1].cursor))
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_pages_of_any_size_tell_the_whole_thread_once(database: Database, make: Make, size: int) -> None:
    shop, dice = await make.shop(), Random(9)
    moments = minutes(*range(5))
    expected: set[str] = set()
    for _ in range(12):
        expected.add((await make.feedback(shop, buyer_name="Анна", written_at=dice.choice(moments))).wb_id)
    for _ in range(8):
        talk = await chat(database, shop, "АННА")
        said = await lines(database, talk, *dice.choices(moments, k=dice.randint(0, 4)))
        expected |= {str(line.id) for line in said}

    thread = await whole(database, shop, size=size)

    assert [entry.ref for entry in thread] == [entry.ref for entry in await whole(database, shop, size=500)]
    assert sorted(entry.ref for entry in thread) == sorted(expected)
    assert [entry.at for entry in thread] == sorted((entry.at for entry in thread), reverse=True)


async def test_feedbacks_come_with_our_reply_and_drafts_of_chats_do_not_come(database: Database, make: Make) -> None:
    shop = await make.shop()
    feedback = await make.feedback(shop, buyer_name="Анна", written_at=NOON)
    await make.reply(feedback, text="Спасибо, Анна!", state=ReplyState.PUBLISHED)
    talk = await chat(database, shop, "Анна")
    await lines(database, talk, NOON + timedelta(minutes=1), text="Где заказ?")
    await lines(database, talk, NOON + timedelta(minutes=2), state=MessageState.DRAFT)

    thread = await whole(database, shop, size=10)

    assert [entry.kind for entry in thread] == ["message", "feedback"]
    assert thread[0].message is not None
    assert thread[0].message.text == "Где заказ?"
    assert thread[1].reply is not None
    assert (thread[1].reply.text, thread[1].reply.state) == ("Спасибо, Анна!", ReplyState.PUBLISHED)


async def test_other_names_other_shops_and_deleted_feedbacks_stay_out(database: Database, make: Make) -> None:
    shop, theirs = await make.shop(), await make.shop()
    await make.feedback(theirs, buyer_name="Анна")
    await make.feedback(shop, buyer_name="Аннабель")
    await lines(database, await chat(database, theirs, "Анна"), NOON)
    await lines(database, await chat(database, shop, "Олег"), NOON)

    assert await whole(database, shop, size=10) == []


@pytest.mark.parametrize("ref", ["", "chat:1", "question:1", "message:not-a-uuid", ":"])
async def test_a_foreign_cursor_is_refused(database: Database, make: Make, ref: str) -> None:
    shop = await make.shop()

    async with database.transaction() as session:
        with pytest.raises(BadCursor):
            await page_of_thread(session, shop.id, "анна", before=Cursor(at=NOON, id=ref), limit=5)
