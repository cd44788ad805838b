"""Every outcome of a write, and every point at which the process may die: at most one answer, and we know of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.errors import Conflict, Forbidden, Invalid, NotFound, RateLimited, Unauthorized, Unavailable
from app.kit.locks import LocksLost
from app.replies.claiming import ATTEMPTS, Settling
from app.replies.models import Reply, ReplyState
from app.replies.ports import AmbiguousOutcome
from app.replies.publishing import ClaimTooOld
from tests.factories import Make
from tests.replies.conftest import PACE, WORDS, Book, Publish, Wildberries

pytestmark = pytest.mark.anyio
S = ReplyState


async def test_an_approved_reply_is_sent_once_and_looked_after(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, feedback: Feedback, database: Database
) -> None:
    for _ in range(3):
        await publish(reply)

    found = await book.reply(reply)
    assert wildberries.calls == [("answer", feedback.wb_id, WORDS)]
    assert (found.state, found.attempts) == (S.SENT, 1)
    assert found.next_check_at is not None
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM jobs WHERE kind = 'VerifyReplies'")) == 1


@pytest.mark.parametrize("state", [S.DRAFT, S.SENT, S.PUBLISHED, S.REJECTED, S.ANSWERED_ELSEWHERE, S.FAILED, S.UNKNOWN])
async def test_only_an_approved_reply_is_sent(
    publish: Publish, make: Make, feedback: Feedback, wildberries: Wildberries, state: ReplyState
) -> None:
    await publish(await make.reply(feedback, state=state))

    assert wildberries.calls == []


@pytest.mark.parametrize(
    "error",
    [RateLimited(3600), Unauthorized(), Forbidden(), Unavailable(), LocksLost(), ClaimTooOld()],
    ids=lambda error: type(error).__name__,
)
async def test_what_surely_was_not_sent_is_approved_again_and_costs_no_look_next_time(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, error: Any
) -> None:
    wildberries.does = error
    with pytest.raises(type(error)):
        await publish(reply)
    found = await book.reply(reply)
    assert (found.state, found.attempts, found.error) == (S.APPROVED, 0, error.message)

    wildberries.does = None
    await publish(reply)

    assert (await book.reply(reply)).state is S.SENT
    assert ("read", reply.feedback_id) not in wildberries.calls


@pytest.mark.parametrize("error", [Invalid(), Conflict(), NotFound()], ids=lambda error: type(error).__name__)
async def test_what_wildberries_refuses_fails_and_is_a_persons_turn(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, error: Any
) -> None:
    wildberries.does = error

    await publish(reply)

    found = await book.reply(reply)
    assert (found.state, found.error) == (S.FAILED, error.message)


@pytest.mark.parametrize("error", [AmbiguousOutcome(), RuntimeError("a bug"), asyncio.CancelledError()])
@pytest.mark.parametrize("arrived", [True, False])
async def test_after_any_doubt_it_is_read_first_and_only_when_the_write_can_no_longer_arrive(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, error: BaseException, arrived: bool
) -> None:
    async def fail(wb_id: str, words: str) -> None:
        if arrived:
            wildberries.take(wb_id, words)
        raise error

    wildberries.does = fail
    with pytest.raises((Settling, RuntimeError, asyncio.CancelledError)):
        await publish(reply)
    assert (await book.reply(reply)).state is S.PUBLISHING

    wildberries.does = None
    with pytest.raises(Settling) as waits:
        await publish(reply)
    assert 50 < waits.value.retry_after <= 60
    assert len(wildberries.calls) == 1

    await book.age(reply)
    await publish(reply)

    assert wildberries.calls[1] == ("read", reply.feedback_id)
    assert len(wildberries.writes) == (1 if arrived else 2)
    assert (await book.reply(reply)).state is (S.PUBLISHED if arrived else S.SENT)


async def test_a_process_that_dies_before_it_writes_leaves_a_claim_that_another_renews(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, feedback: Feedback
) -> None:
    await book.advance(reply, S.PUBLISHING)
    await book.age(reply)

    await publish(reply)

    assert wildberries.calls == [("read", feedback.wb_id), ("answer", feedback.wb_id, WORDS)]
    assert [line.to_state for line in await book.history(feedback)][-4:] == [
        S.PUBLISHING, S.APPROVED, S.PUBLISHING, S.SENT,
    ]  # fmt: skip


async def test_a_process_that_cannot_record_its_success_finds_it_by_reading(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, database: Database
) -> None:
    async def die_after(wb_id: str, words: str) -> None:
        wildberries.take(wb_id, words)
        await database.close()
        raise ConnectionResetError

    wildberries.does = die_after
    with pytest.raises(ConnectionResetError):
        await publish(reply)
    await book.age(reply)
    wildberries.does = None

    await publish(reply)

    assert len(wildberries.writes) == 1
    assert (await book.reply(reply)).state is S.PUBLISHED


async def test_without_its_lock_nothing_leaves(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries
) -> None:
    def lost() -> None:
        raise LocksLost

    with pytest.raises(LocksLost):
        await publish(reply, still_ours=lost)

    assert wildberries.writes == []
    assert (await book.reply(reply)).state is S.APPROVED


async def test_a_claim_half_as_old_as_settling_takes_may_not_write(
    publish: Publish, reply: Reply, wildberries: Wildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stand_still() -> None:
        now = utc_now()
        monkeypatch.setattr("app.replies.publishing.utc_now", lambda: now + timedelta(seconds=PACE.settle / 2 + 1))

    wildberries.before = stand_still
    with pytest.raises(ClaimTooOld):
        await publish(reply)

    assert wildberries.writes == []


async def test_whoever_was_overtaken_while_reading_neither_writes_nor_decides(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book.advance(reply, S.PUBLISHING)
    await book.age(reply)
    real_read = wildberries.read

    async def overtaken(*where: Any) -> Any:
        seen = await real_read(*where)
        await book.change(reply, publishing_at=utc_now())
        return seen

    monkeypatch.setattr(wildberries, "read", overtaken)
    await publish(reply)

    assert wildberries.writes == []
    assert (await book.reply(reply)).state is S.PUBLISHING


async def test_an_outcome_is_not_written_over_what_the_sync_saw_meanwhile(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries
) -> None:
    async def seen_by_the_sync(wb_id: str, words: str) -> None:
        await book.advance(reply, S.PUBLISHED)

    wildberries.does = seen_by_the_sync
    await publish(reply)

    found = await book.reply(reply)
    assert found.state is S.PUBLISHED
    assert found.sent_at is not None


async def test_words_that_stand_there_in_an_unknown_state_have_arrived(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries, feedback: Feedback
) -> None:
    await book.advance(reply, S.PUBLISHING)
    await book.age(reply)
    wildberries.shows(feedback, WORDS, state="somethingNew")

    await publish(reply)

    found = await book.reply(reply)
    assert (found.state, wildberries.writes) == (S.SENT, [])
    assert found.next_check_at is not None


async def test_a_wildberries_that_swallows_everything_gets_ever_more_rest_and_a_person_in_the_end(
    publish: Publish, reply: Reply, book: Book, wildberries: Wildberries
) -> None:
    wildberries.does = AmbiguousOutcome()
    waits = []
    while (await book.reply(reply)).state in (S.APPROVED, S.PUBLISHING):
        try:
            await publish(reply)
        except Settling as settling:
            waits.append(settling.retry_after)
        await book.age(reply)

    assert (await book.reply(reply)).state is S.FAILED
    assert len(wildberries.writes) == ATTEMPTS
    assert waits == sorted(waits)
    assert waits[0] == 60
    assert waits[-1] == 1800
