from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.feedbacks.models import Feedback
from app.kit.db import Database
from app.replies import gate
from app.replies.gate import WAYS, WrongState, advance, not_sent, rewrite
from app.replies.models import ReplyState
from app.replies.queries import lock_reply
from tests.factories import Make
from tests.replies.conftest import Book

pytestmark = pytest.mark.anyio
S = ReplyState
STEPS = st.lists(st.one_of(st.sampled_from(S), st.text(alphabet="абв", min_size=1, max_size=4)), max_size=14)


@given(steps=STEPS)
@settings(max_examples=25)
async def test_only_known_ways_are_gone_and_every_step_leaves_a_line(
    database: Database, make: Make, book: Book, steps: list[ReplyState | str]
) -> None:
    feedback = await make.feedback(await make.shop())
    reply = await make.reply(feedback)
    lines: list[tuple[ReplyState | None, ReplyState, str]] = [(None, S.DRAFT, reply.text)]
    state, text, rewritten = S.DRAFT, reply.text, 0

    for step in steps:
        allowed = step in WAYS[state] if isinstance(step, ReplyState) else state in gate.EDITABLE
        before = state
        try:
            async with database.transaction() as session:
                locked = await lock_reply(session, reply.shop_id, reply.id)
                if isinstance(step, ReplyState):
                    await advance(session, locked, step, actor="a", reason="r")
                    state = step
                else:
                    await rewrite(session, locked, step, actor="a", reason="r")
                    state, text, rewritten = S.DRAFT, step, rewritten + 1
        except WrongState:
            assert not allowed
            continue
        assert allowed
        lines.append((before, state, text))

    assert [(line.from_state, line.to_state, line.text) for line in await book.history(feedback)] == lines
    assert (await book.reply(reply)).state is state
    assert (await book.feedback(feedback)).reply_state == state
    assert (await book.reply(reply)).version == 1 + rewritten


async def test_every_state_can_be_reached_and_every_open_one_can_be_left() -> None:
    reached = {S.DRAFT}
    while more := {to for state in reached for to in WAYS[state]} - reached:
        reached |= more

    assert reached == set(S)
    assert all(WAYS[state] for state in gate.UNSETTLED)


async def test_an_old_answer_does_not_speak_for_its_edit(
    make: Make, feedback: Feedback, book: Book, database: Database
) -> None:
    answer = await make.reply(feedback, state=S.PUBLISHED)
    await make.reply(feedback, revision=2)

    await book.advance(answer, S.REJECTED)

    assert (await book.feedback(feedback)).reply_state == S.DRAFT


async def test_what_is_sent_is_looked_at_again_whoever_noticed(make: Make, feedback: Feedback, book: Book) -> None:
    reply = await make.reply(feedback, state=S.APPROVED)

    await book.advance(reply, S.PUBLISHING, S.ON_MODERATION)
    moderated = await book.reply(reply)
    await book.advance(reply, S.PUBLISHED)

    assert moderated.next_check_at is not None
    assert moderated.sent_at == moderated.publishing_at
    assert (await book.reply(reply)).next_check_at is None


async def test_a_claim_that_sent_nothing_counts_as_none(
    make: Make, feedback: Feedback, book: Book, database: Database
) -> None:
    reply = await make.reply(feedback, state=S.APPROVED)
    await book.advance(reply, S.PUBLISHING)

    async with database.transaction() as session:
        await not_sent(session, await lock_reply(session, reply.shop_id, reply.id), actor="worker", reason="лимит")

    found = await book.reply(reply)
    assert (found.state, found.attempts) == (S.APPROVED, 0)


async def test_times_are_those_of_the_steps(make: Make, feedback: Feedback, book: Book) -> None:
    began = datetime.now(UTC)
    reply = await make.reply(feedback, state=S.APPROVED)

    await book.advance(reply, S.PUBLISHING, S.SENT, S.PUBLISHED)

    found = await book.reply(reply)
    assert found.publishing_at is not None
    assert found.sent_at is not None
    assert found.published_at is not None
    assert began <= found.publishing_at <= found.sent_at <= found.published_at
