"""What people do with chats, and what they are not let do."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from app.chats import service
from app.chats.capability import ChatsOff, ChatsReadOnly
from app.chats.models import ChatStatus, MessageState
from app.chats.service import ChatChange, ChatChanged, KeyReused, MessageBlocked, NothingToSend, NotNow, ReasonMissing
from app.shops.models import ShopSettings
from app.shops.queries import MemberNotFound
from tests.chats.cabinet import CHAT, JPEG, Cabinet, event, listed
from tests.factories import Make

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("open_chat")]
S = MessageState


@pytest.fixture
async def open_chat(cabinet: Cabinet) -> None:
    await cabinet.see(listed())
    await cabinet.hear(event("Здравствуйте"))


def wish(status: ChatStatus = ChatStatus.IN_WORK, **more: object) -> ChatChange:
    values = {"status": status, "close_reason": None, "assignee_id": None, "version": 2, **more}
    return ChatChange(**values)  # type: ignore[arg-type]


async def changed(cabinet: Cabinet, wanted: ChatChange) -> None:
    async with cabinet.database.transaction() as session:
        await service.change(session, cabinet.shop.id, CHAT, wanted)


async def test_the_same_key_is_the_same_message(cabinet: Cabinet) -> None:
    first = await cabinet.write("Спасибо!", key="k", files=[JPEG])
    again = await cabinet.write("Спасибо!", key="k", files=[JPEG])

    assert first.id == again.id
    with pytest.raises(KeyReused):
        await cabinet.write("Другое сообщение", key="k")
    with pytest.raises(KeyReused):
        await cabinet.write("Спасибо!", key="k", files=[])


@pytest.mark.parametrize("words", ["Пишите на почту anna@example.com", "Позвоните +7 916 123-45-67", "я" * 1001])
async def test_the_linter_stands_at_this_door_too(cabinet: Cabinet, words: str) -> None:
    with pytest.raises(MessageBlocked) as blocked:
        await cabinet.write(words)

    assert blocked.value.details


async def test_the_shops_own_stop_words_count(cabinet: Cabinet) -> None:
    async with cabinet.database.transaction() as session:
        await session.execute(update(ShopSettings).values(blacklist_keywords=["скидка"]))

    with pytest.raises(MessageBlocked):
        await cabinet.write("Будет скидка на следующий заказ")


async def test_a_thousand_code_points_may_leave(cabinet: Cabinet) -> None:
    words = ("Добрый день, спасибо за вопрос. " * 40)[:999] + "👍"

    assert (await cabinet.write(words)).state is S.QUEUED


async def test_nothing_is_not_sent_but_a_file_alone_is(cabinet: Cabinet) -> None:
    with pytest.raises(NothingToSend):
        await cabinet.write("")

    assert (await cabinet.write("", files=[JPEG])).state is S.QUEUED


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("UPDATE shop_tokens SET read_only = TRUE", ChatsReadOnly),
        ("DELETE FROM shop_tokens WHERE purpose = 'chat'", ChatsOff),
    ],
)
async def test_without_the_right_nothing_is_queued(cabinet: Cabinet, change: str, error: type[Exception]) -> None:
    await cabinet.execute(change)

    with pytest.raises(error):
        await cabinet.write()

    assert await cabinet.rows("SELECT 1 FROM messages WHERE direction = 'out'") == []


async def test_a_queued_message_can_be_taken_back(cabinet: Cabinet) -> None:
    message = await cabinet.write(files=[JPEG])

    async with cabinet.database.transaction() as session:
        await service.dismiss(session, cabinet.shop.id, CHAT, message.id, as_sent=False)
    await cabinet.post()

    assert ((await cabinet.again(message)).state, cabinet.wildberries.sent) == (S.DISMISSED, [])
    assert await cabinet.rows("SELECT 1 FROM message_files") == []


async def test_a_person_may_say_that_an_unknown_message_arrived(cabinet: Cabinet) -> None:
    message = await cabinet.write()
    await cabinet.execute("UPDATE messages SET state = 'unknown', sending_at = now(), attempts = 1 WHERE author <> ''")

    async with cabinet.database.transaction() as session:
        await service.dismiss(session, cabinet.shop.id, CHAT, message.id, as_sent=True)
    with pytest.raises(NotNow):
        await cabinet.resend(message)

    assert (await cabinet.again(message)).state is S.SENT


async def test_a_chat_changes_only_by_what_was_seen(cabinet: Cabinet, make: Make) -> None:
    colleague = await make.member(cabinet.shop)
    seen = (await cabinet.chat()).version

    await changed(cabinet, wish(assignee_id=colleague.id, version=seen))
    with pytest.raises(ChatChanged):
        await changed(cabinet, wish(version=seen))
    await cabinet.hear(event("Ещё вопрос"))
    with pytest.raises(ChatChanged):
        await changed(cabinet, wish(ChatStatus.CLOSED, close_reason="Решено", version=seen + 1))

    chat = await cabinet.chat()
    assert (chat.status, chat.assignee_id) == (ChatStatus.IN_WORK, colleague.id)


async def test_closing_takes_a_reason_and_nothing_else_does(cabinet: Cabinet) -> None:
    seen = (await cabinet.chat()).version

    with pytest.raises(ReasonMissing):
        await changed(cabinet, wish(ChatStatus.CLOSED, version=seen))
    with pytest.raises(ReasonMissing):
        await changed(cabinet, wish(close_reason="Решено", version=seen))
    await changed(cabinet, wish(ChatStatus.CLOSED, close_reason="Решено", version=seen))

    assert (await cabinet.chat()).close_reason == "Решено"


async def test_only_a_member_is_made_responsible(cabinet: Cabinet, make: Make) -> None:
    stranger = await make.user()

    for nobody in (stranger.id, uuid4()):
        with pytest.raises(MemberNotFound):
            await changed(cabinet, wish(assignee_id=nobody, version=(await cabinet.chat()).version))
