"""Which shops are read, and which forgotten messages are taken up again."""

import pytest
from sqlalchemy import text

from app.chats.jobs import SendMessages
from app.kit.jobs import enqueue
from app.worker import schedule
from tests.chats.cabinet import CHAT, Cabinet, listed
from tests.factories import Make

pytestmark = pytest.mark.anyio
JOBS = "SELECT kind FROM jobs ORDER BY kind"


async def test_only_shops_whose_token_opens_chats_are_read(cabinet: Cabinet, make: Make) -> None:
    await make.shop()
    await make.shop(token=None)

    await schedule.sync_due_chats(cabinet.database)
    await schedule.sync_due_chats(cabinet.database)

    assert await cabinet.rows("SELECT shop_id, kind FROM jobs") == [(cabinet.shop.id, "SyncChats")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chat_syncs SET next_sync_at = now() + interval '1 hour'",
        "UPDATE shops SET archived_at = now()",
        "UPDATE shop_tokens SET refused_at = now()",
        "UPDATE shop_tokens SET expires_at = now()",
    ],
)
async def test_a_shop_that_may_not_be_read_now_is_left_alone(cabinet: Cabinet, change: str) -> None:
    await cabinet.sync()
    await cabinet.execute("UPDATE chat_syncs SET next_sync_at = now()")
    await cabinet.execute(change)

    await schedule.sync_due_chats(cabinet.database)

    assert await cabinet.rows(JOBS) == []


@pytest.mark.parametrize("state", ["queued", "sending"])
async def test_a_message_without_a_job_is_taken_up_again(cabinet: Cabinet, state: str) -> None:
    await cabinet.see(listed())
    await cabinet.write()
    await cabinet.execute("DELETE FROM jobs")
    await cabinet.execute(f"UPDATE messages SET state = '{state}', at = now() - interval '2 minutes'")

    await schedule.send_forgotten(cabinet.database)

    assert await cabinet.rows(JOBS) == [("SendMessages",)]


async def test_a_message_with_a_job_or_in_doubt_is_not(cabinet: Cabinet) -> None:
    await cabinet.see(listed())
    await cabinet.write()
    await cabinet.execute("UPDATE messages SET at = now() - interval '2 minutes'")
    await schedule.send_forgotten(cabinet.database)
    waiting = await cabinet.rows(JOBS)

    await cabinet.execute("DELETE FROM jobs")
    await cabinet.execute("UPDATE messages SET state = 'unknown'")
    await schedule.send_forgotten(cabinet.database)

    assert waiting == [("SendMessages",)]
    assert await cabinet.rows(JOBS) == []


async def test_each_chat_has_one_job_whoever_asks(cabinet: Cabinet) -> None:
    async with cabinet.database.transaction() as session:
        first = await enqueue(session, SendMessages(shop_id=cabinet.shop.id, chat_id=CHAT))
        second = await enqueue(session, SendMessages(shop_id=cabinet.shop.id, chat_id=CHAT))
        assert (await session.scalar(text("SELECT count(*) FROM jobs"))) == 1

    assert first == second
