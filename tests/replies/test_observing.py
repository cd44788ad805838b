import pytest

from app.feedbacks.models import Feedback
from app.kit.db import Database
from app.replies.models import ReplyState
from app.replies.observing import Answer, observe, same_letters, same_words
from app.replies.queries import lock_reply
from tests.factories import Make
from tests.replies.conftest import Book

pytestmark = pytest.mark.anyio
S = ReplyState
WORDS = 'Спасибо за "отзыв"!\nЖдём вас снова'


@pytest.mark.parametrize(
    "shown",
    [WORDS, f"  {WORDS}\r\n", WORDS.replace("\n", "\r\n"), WORDS.replace('"', "&quot;"), WORDS.replace(" ", "\u00a0")],
)
def test_tidied_words_are_the_same_words(shown: str) -> None:
    assert same_words(WORDS, shown)


def test_other_marks_and_lost_emoji_are_the_same_letters_but_not_the_same_words() -> None:
    assert same_letters("Спасибо! 💛 Ждём", "спасибо, ждём")
    assert not same_words("Спасибо! 💛 Ждём", "спасибо, ждём")
    assert not same_letters("💛", "💙")
    assert not same_letters("Спасибо", "Спасибо вам")


@pytest.mark.parametrize(
    ("ours", "shown", "then"),
    [
        (S.PUBLISHING, "wbRu", S.PUBLISHED),
        (S.PUBLISHING, "reviewRequired", S.ON_MODERATION),
        (S.SENT, "rejected", S.REJECTED),
        (S.SENT, "rejectedAntispam", S.REJECTED),
        (S.ON_MODERATION, "wbRu", S.PUBLISHED),
        (S.UNKNOWN, "wbRu", S.PUBLISHED),
        (S.PUBLISHED, "rejected", S.REJECTED),
        (S.PUBLISHING, "unheardOf", S.SENT),
        (S.SENT, "unheardOf", S.SENT),
        (S.APPROVED, "wbRu", S.ANSWERED_ELSEWHERE),
        (S.DRAFT, "wbRu", S.ANSWERED_ELSEWHERE),
        (S.FAILED, "wbRu", S.ANSWERED_ELSEWHERE),
    ],
)
async def test_our_words_as_wildberries_shows_them(
    make: Make, feedback: Feedback, book: Book, database: Database, ours: ReplyState, shown: str, then: ReplyState
) -> None:
    reply = await make.reply(feedback, text=WORDS, state=ours)

    async with database.transaction() as session:
        locked = await lock_reply(session, reply.shop_id, reply.id)
        await observe(session, locked, Answer(text=WORDS, state=shown, editable=True))

    assert (await book.reply(reply)).state is then


@pytest.mark.parametrize("ours", [S.DRAFT, S.APPROVED, S.PUBLISHING, S.SENT, S.ON_MODERATION, S.UNKNOWN, S.FAILED])
async def test_other_words_mean_that_somebody_else_answered(
    make: Make, feedback: Feedback, book: Book, database: Database, ours: ReplyState
) -> None:
    reply = await make.reply(feedback, text=WORDS, state=ours)

    async with database.transaction() as session:
        locked = await lock_reply(session, reply.shop_id, reply.id)
        assert await observe(session, locked, Answer(text="Другой ответ", state="wbRu", editable=True))

    assert (await book.reply(reply)).state is S.ANSWERED_ELSEWHERE


async def test_nothing_shown_says_nothing(make: Make, feedback: Feedback, database: Database) -> None:
    reply = await make.reply(feedback, state=S.SENT)

    async with database.transaction() as session:
        assert not await observe(session, await lock_reply(session, reply.shop_id, reply.id), None)


@pytest.mark.parametrize(
    ("shown", "editable", "then"),
    [
        (WORDS, True, S.SENT),
        (WORDS + ".", False, S.PUBLISHED),
        ("Прежний ответ", True, S.SENT),
        ("Чужая правка", False, S.ANSWERED_ELSEWHERE),
    ],
)
async def test_an_edit_is_told_from_the_words_it_replaces(
    make: Make, feedback: Feedback, book: Book, database: Database, shown: str, editable: bool, then: ReplyState
) -> None:
    await make.reply(feedback, text=WORDS, state=S.PUBLISHED)
    edit = await make.reply(feedback, text=WORDS + ".", state=S.SENT, revision=2)

    async with database.transaction() as session:
        locked = await lock_reply(session, edit.shop_id, edit.id)
        await observe(session, locked, Answer(text=shown, state="wbRu", editable=editable))

    assert (await book.reply(edit)).state is then
