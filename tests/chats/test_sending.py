"""A message leaves at most once, and is never silently lost."""

from collections.abc import Callable

import pytest

from app.chats.jobs import SendMessages
from app.chats.models import ChatStatus, MessageState
from app.chats.ports import Accepted, AmbiguousSend, Outgoing, SignatureRefused
from app.chats.sending import SendTooOld, send_messages
from app.chats.service import NotNow
from app.kit.errors import Forbidden, Invalid, RateLimited, Unauthorized, Unavailable
from app.kit.locks import LocksLost
from tests.chats.cabinet import CHAT, JPEG, Cabinet, FakeWildberries, event, listed, ms_now

S = MessageState


@pytest.fixture
async def open_chat(cabinet: Cabinet) -> None:
    await cabinet.see(listed())
    await cabinet.hear(event("Подойдёт ли на 46?", wb_ms=ms_now(minutes=5)))


pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("open_chat")]


async def test_a_message_arrives_and_its_files_are_not_kept(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write(files=[JPEG])
    wildberries.outcomes = [Accepted(wb_ms=ms_now(), reply_sign="sign-2")]

    await cabinet.post()

    sent, chat = await cabinet.again(message), await cabinet.chat()
    assert (sent.state, sent.attempts, sent.error) == (S.SENT, 1, None)
    assert [(one.reply_sign, one.text, len(one.files)) for one in wildberries.sent] == [
        ("sign-1", "Добрый день! Проверим.", 1)
    ]
    assert await cabinet.rows("SELECT * FROM message_files") == []
    assert (chat.reply_sign, chat.status, chat.last_sender) == ("sign-2", ChatStatus.WAITING_FOR_BUYER, "seller")


async def test_messages_of_a_chat_leave_in_order(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    for words in ("раз, раз", "два, два", "три, три"):
        await cabinet.write(words)

    await cabinet.post()
    await cabinet.post()

    assert [one.text for one in wildberries.sent] == ["раз, раз", "два, два", "три, три"]


async def test_a_lost_answer_leaves_it_unknown_and_nobody_sends_again(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    message = await cabinet.write(files=[JPEG])
    wildberries.outcomes = [AmbiguousSend()]

    for _ in range(3):
        await cabinet.post()

    lost = await cabinet.again(message)
    assert (lost.state, len(wildberries.sent)) == (S.UNKNOWN, 1)
    assert await cabinet.rows("SELECT 1 FROM message_files")
    assert [row.kind for row in await cabinet.rows("SELECT kind FROM jobs WHERE kind = 'SyncChats'")] == ["SyncChats"]


async def test_a_claim_of_a_dead_worker_is_unknown(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write()
    await cabinet.execute("UPDATE messages SET state = 'sending', sending_at = now(), attempts = 1 WHERE author <> ''")

    await cabinet.post()

    assert (await cabinet.again(message)).state is S.UNKNOWN
    assert wildberries.sent == []


async def test_only_a_person_sends_again_and_only_after_the_echo_was_sought(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    message = await cabinet.write()
    wildberries.outcomes = [AmbiguousSend()]
    await cabinet.post()

    with pytest.raises(NotNow):
        await cabinet.resend(message)
    await cabinet.age(message, seconds=100)
    await cabinet.sync()
    await cabinet.resend(message)
    await cabinet.post()

    assert ((await cabinet.again(message)).state, len(wildberries.sent)) == (S.SENT, 2)


@pytest.mark.parametrize("by_time", [True, False])
async def test_the_echo_is_the_message_and_not_another_line(
    cabinet: Cabinet, wildberries: FakeWildberries, by_time: bool
) -> None:
    message, at = await cabinet.write("Спасибо  за\nвопрос &amp; терпение"), ms_now()
    wildberries.outcomes = [Accepted(wb_ms=at, reply_sign=None)]
    await cabinet.post()

    echo = event("Спасибо за вопрос & терпение", sender="seller", wb_ms=at if by_time else at + 1500)
    await cabinet.hear(echo)

    assert (await cabinet.again(message)).event_id == echo.event_id
    assert len(await cabinet.rows("SELECT 1 FROM messages WHERE direction = 'out'")) == 1


async def test_the_echo_settles_what_was_unknown(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write(files=[JPEG])
    wildberries.outcomes = [AmbiguousSend()]
    await cabinet.post()

    files = ({"kind": "image", "download_id": "d-1"},)
    await cabinet.hear(event(message.text, sender="seller", attachments=files))

    found = await cabinet.again(message)
    assert (found.state, found.error, found.attachments) == (S.SENT, None, list(files))
    assert await cabinet.rows("SELECT * FROM message_files") == []


async def test_an_echo_that_overtakes_the_answer_leaves_one_line(
    cabinet: Cabinet, wildberries: FakeWildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words were tidied beyond recognition, so at first it passes for somebody else's."""
    message, at = await cabinet.write("Спасибо!"), ms_now()
    send = wildberries.send

    async def slow(shop_id: object, outgoing: Outgoing, fence: Callable[[], None]) -> Accepted:
        await cabinet.hear(event("Спасибо", sender="seller", wb_ms=at, event_id="echo"))
        await send(cabinet.shop.id, outgoing, fence)
        return Accepted(wb_ms=at, reply_sign=None)

    monkeypatch.setattr(wildberries, "send", slow)
    await cabinet.post()

    lines = await cabinet.rows("SELECT id, event_id, state FROM messages WHERE direction = 'out'")
    assert lines == [(message.id, "echo", "sent")]


async def test_one_echo_settles_one_of_two_alike(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    first, second = await cabinet.write("Спасибо!"), await cabinet.write("Спасибо!")
    wildberries.outcomes = [AmbiguousSend(), AmbiguousSend()]
    await cabinet.post()

    await cabinet.hear(event("Спасибо!", sender="seller"))

    states = [(await cabinet.again(one)).state for one in (first, second)]
    assert states == [S.SENT, S.UNKNOWN]


async def test_the_same_words_hours_later_or_from_the_cabinet_are_no_echo(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    message = await cabinet.write("Спасибо!")
    wildberries.outcomes = [AmbiguousSend()]
    await cabinet.post()

    await cabinet.hear(
        event("Спасибо!", sender="seller", source="seller-portal"),
        event("Спасибо!", sender="seller", wb_ms=ms_now(hours=-2)),
        event("Спасибо!", sender="client"),
    )

    assert (await cabinet.again(message)).state is S.UNKNOWN


async def test_a_refused_signature_is_fetched_once_and_tried_once_more(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    message = await cabinet.write()
    wildberries.outcomes = [SignatureRefused()]
    wildberries.listed = [listed(sign="sign-2")]

    await cabinet.post()

    assert wildberries.calls == ["send", "list", "send"]
    assert [one.reply_sign for one in wildberries.sent] == ["sign-1", "sign-2"]
    assert (await cabinet.again(message)).state is S.SENT


async def test_a_signature_refused_twice_has_failed(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write()
    wildberries.outcomes = [SignatureRefused(), SignatureRefused()]

    await cabinet.post()

    failed = await cabinet.again(message)
    assert wildberries.calls == ["send", "list", "send"]
    assert (failed.state, failed.error) == (S.FAILED, SignatureRefused.message)


async def test_a_chat_without_a_signature_looks_into_the_list_once(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    await cabinet.execute("UPDATE chats SET reply_sign = NULL")
    wildberries.listed = []
    message = await cabinet.write()

    await cabinet.post()

    assert (wildberries.calls, (await cabinet.again(message)).state) == (["list"], S.FAILED)


@pytest.mark.parametrize("error", [Invalid("Слишком длинно."), Forbidden("Нельзя."), Unauthorized("Токен умер.")])
async def test_a_clear_no_has_failed_and_a_person_may_try_again(
    cabinet: Cabinet, wildberries: FakeWildberries, error: Exception
) -> None:
    message = await cabinet.write()
    wildberries.outcomes = [error]

    await cabinet.post()
    failed = await cabinet.again(message)
    await cabinet.resend(message)
    await cabinet.post()

    assert (failed.state, failed.error) == (S.FAILED, str(error))
    assert (await cabinet.again(message)).state is S.SENT


@pytest.mark.parametrize("error", [RateLimited(3600), Unavailable(), LocksLost()])
async def test_what_surely_did_not_leave_waits_in_the_queue(
    cabinet: Cabinet, wildberries: FakeWildberries, error: Exception
) -> None:
    message = await cabinet.write()
    wildberries.outcomes = [error]

    with pytest.raises(type(error)):
        await cabinet.post()

    waiting = await cabinet.again(message)
    assert (waiting.state, waiting.attempts, waiting.sending_at) == (S.QUEUED, 0, None)
    await cabinet.post()
    assert (await cabinet.again(message)).state is S.SENT


async def test_a_worker_that_stood_still_sends_nothing(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write()

    with pytest.raises(SendTooOld):
        await cabinet.post(settle=0)

    assert ((await cabinet.again(message)).state, wildberries.sent) == (S.QUEUED, [])


async def test_a_worker_that_lost_its_lock_sends_nothing(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write()

    def lost() -> None:
        raise LocksLost

    job = SendMessages(shop_id=cabinet.shop.id, chat_id=CHAT)
    with pytest.raises(LocksLost):
        await send_messages(
            job, database=cabinet.database, sender=wildberries, source=wildberries, settle=60, still_ours=lost
        )

    assert ((await cabinet.again(message)).state, wildberries.sent) == (S.QUEUED, [])


async def test_a_slow_answer_settles_what_another_worker_gave_up(
    cabinet: Cabinet, wildberries: FakeWildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await cabinet.write()

    async def slow(shop_id: object, outgoing: Outgoing, fence: Callable[[], None]) -> Accepted:
        await cabinet.post()  # another worker believes us dead
        assert (await cabinet.again(message)).state is S.UNKNOWN
        return Accepted(wb_ms=ms_now(), reply_sign=None)

    monkeypatch.setattr(wildberries, "send", slow)
    await cabinet.post()

    assert (await cabinet.again(message)).state is S.SENT


async def test_files_that_wildberries_lost_are_named(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write(files=[JPEG])
    complaint = 'attachment: "чек.jpg" has unsupported mime type'
    wildberries.outcomes = [Accepted(wb_ms=ms_now(), reply_sign=None, errors=[complaint])]

    await cabinet.post()

    sent = await cabinet.again(message)
    assert (sent.state, sent.file_errors, sent.attachments[0]["error"]) == (S.SENT, [complaint], complaint)


async def test_an_archived_shop_sends_nothing(cabinet: Cabinet, wildberries: FakeWildberries) -> None:
    message = await cabinet.write()
    await cabinet.execute("UPDATE shops SET archived_at = now()")

    await cabinet.post()

    assert ((await cabinet.again(message)).state, wildberries.sent) == (S.QUEUED, [])
