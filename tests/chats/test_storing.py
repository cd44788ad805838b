"""What the list and the stream tell, and whose move it is then."""

import pytest

from app.chats.models import ChatStatus
from tests.chats.cabinet import CHAT, OTHER, Cabinet, event, listed, ms_now

pytestmark = pytest.mark.anyio
THREAD = "SELECT text, direction, state FROM messages ORDER BY at, text"


async def test_a_chat_that_the_list_lacks_stays(cabinet: Cabinet) -> None:
    await cabinet.see(listed(), listed(OTHER))

    await cabinet.see(listed(OTHER, sign="sign-2"))

    assert (await cabinet.chat(CHAT)).reply_sign == "sign-1"
    assert (await cabinet.chat(OTHER)).reply_sign == "sign-2"


async def test_an_event_of_a_chat_that_the_list_lacks_makes_one(cabinet: Cabinet) -> None:
    await cabinet.hear(event("Есть размер 46?", chat_id=OTHER, client_name="Пётр", reply_sign="early"))

    chat = await cabinet.chat(OTHER)
    assert (chat.listed, chat.client_name, chat.reply_sign) == (False, "Пётр", "early")
    assert (chat.status, chat.last_message_text) == (ChatStatus.WAITING_FOR_US, "Есть размер 46?")


async def test_the_same_events_twice_are_the_same_thread(cabinet: Cabinet) -> None:
    events = [event("раз"), event("два"), event("три", sender="wb")]

    first = await cabinet.hear(*events)
    before = await cabinet.rows("SELECT * FROM messages ORDER BY id")
    second = await cabinet.hear(*reversed(events))

    assert (first, second) == (3, 0)
    assert await cabinet.rows("SELECT * FROM messages ORDER BY id") == before


async def test_unknown_kinds_are_kept_raw_and_show_nothing(cabinet: Cabinet) -> None:
    await cabinet.hear(event(kind="refund", is_message=False), event(kind="riddle", chat_id="", is_message=False))

    assert await cabinet.rows(THREAD) == []
    assert sorted(row.kind for row in await cabinet.rows("SELECT kind FROM chat_events")) == ["refund", "riddle"]


async def test_a_buyer_reopens_and_the_cabinet_only_ends_the_waiting(cabinet: Cabinet) -> None:
    statuses = []
    for said in (
        event(sender="client", wb_ms=ms_now(seconds=50)),
        event(sender="wb", wb_ms=ms_now(seconds=40)),
        event(sender="seller", source="seller-portal", wb_ms=ms_now(seconds=30)),
        event(sender="client", wb_ms=ms_now(seconds=20)),
    ):
        await cabinet.hear(said)
        statuses.append((await cabinet.chat()).status)

    waiting, answered = ChatStatus.WAITING_FOR_US, ChatStatus.WAITING_FOR_BUYER
    assert statuses == [waiting, waiting, answered, waiting]
    assert await cabinet.rows("SELECT * FROM jobs") == []


async def test_a_closed_chat_is_reopened_by_the_buyer_alone(cabinet: Cabinet) -> None:
    await cabinet.hear(event())
    await cabinet.execute("UPDATE chats SET status = 'closed', close_reason = 'Решено'")

    await cabinet.hear(event(sender="wb"), event(sender="seller", source="seller-portal"))
    still = (await cabinet.chat()).status
    await cabinet.hear(event("Опять я"))

    chat = await cabinet.chat()
    assert still is ChatStatus.CLOSED
    assert (chat.status, chat.close_reason) == (ChatStatus.WAITING_FOR_US, None)


async def test_a_late_old_line_moves_nothing(cabinet: Cabinet) -> None:
    await cabinet.hear(event("новое"))
    await cabinet.execute("UPDATE chats SET status = 'closed', close_reason = 'Решено'")

    await cabinet.hear(event("старое", wb_ms=ms_now(days=3)))

    chat = await cabinet.chat()
    assert (chat.status, chat.last_message_text) == (ChatStatus.CLOSED, "новое")


async def test_a_work_in_progress_stays_one(cabinet: Cabinet) -> None:
    await cabinet.hear(event())
    await cabinet.execute("UPDATE chats SET status = 'in_work'")

    await cabinet.hear(event("и ещё"))

    assert (await cabinet.chat()).status is ChatStatus.IN_WORK


async def test_the_lists_sign_does_not_replace_a_younger_one(cabinet: Cabinet) -> None:
    await cabinet.see(listed(sign="old"))
    await cabinet.execute("UPDATE chats SET reply_sign = 'younger', reply_sign_at = now() + interval '1 s'")

    await cabinet.see(listed(sign="old"))

    assert (await cabinet.chat()).reply_sign == "younger"


async def test_an_unchanged_list_writes_nothing(cabinet: Cabinet) -> None:
    await cabinet.see(listed(), listed(OTHER))
    before = await cabinet.rows("SELECT xmin::text FROM chats ORDER BY chat_id")

    await cabinet.see(listed(), listed(OTHER))

    assert await cabinet.rows("SELECT xmin::text FROM chats ORDER BY chat_id") == before
