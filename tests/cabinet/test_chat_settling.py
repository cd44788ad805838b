"""Links that were there before their feedback or their chat."""

from datetime import timedelta

import pytest

from app.cabinet.matching import FeedbackKey, utc_minute
from app.cabinet.states import ComplaintState
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.linked import address, chat, close, key_of, link, row, settle, sync_chat
from tests.cabinet.world import NM, World
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def test_a_link_made_before_its_feedback_came_is_settled_later(world: World) -> None:
    at = utc_now() - timedelta(minutes=33)
    early = await link(world, FeedbackKey(NM, 1, utc_minute(at)))
    nothing = await settle(world)
    feedback = await world.feedback(written_at=at)

    settled, again = await settle(world), await settle(world)

    assert (early.feedback_id, nothing, settled, again) == (None, 0, 1, 0)
    assert (await row(world, early.id))["feedback_id"] == feedback.wb_id
    standing = await world.standing(feedback)
    assert (standing["chat"], standing["chat_linked"]) == ("opened", True)
    assert await world.counts() == await world.true_counts()


async def test_a_repeated_call_settles_too(world: World) -> None:
    at = utc_now() - timedelta(minutes=33)
    early = await link(world, FeedbackKey(NM, 1, utc_minute(at)))
    feedback = await world.feedback(written_at=at)

    again = await link(world, key_of(feedback))

    assert (again.id, again.created, again.feedback_id) == (early.id, False, feedback.wb_id)


async def test_settling_leaves_rivals_alone_and_takes_nothing_from_another_link(world: World) -> None:
    at = utc_now() - timedelta(minutes=500)
    near_both = await link(world, FeedbackKey(NM, 1, utc_minute(at)), "")
    taken = await world.feedback(minutes=300)
    await link(world, key_of(taken, minutes=2), "")
    late = await link(world, key_of(taken, minutes=-2), address("1:late"))
    for minutes in (499, 501):
        await world.feedback(minutes=minutes)

    settled = await settle(world)

    assert settled == 0
    assert (await row(world, near_both.id))["feedback_id"] is None
    assert late.created is False


async def test_of_two_links_that_fit_one_feedback_the_earlier_gets_it(world: World) -> None:
    at = utc_now() - timedelta(minutes=400)
    minute = utc_minute(at)
    second = await link(world, FeedbackKey(NM, 1, minute + timedelta(minutes=1)), "")
    first = await link(world, FeedbackKey(NM, 1, minute), "", opened_at=utc_now() - timedelta(hours=1))
    feedback = await world.feedback(written_at=at)

    settled = await settle(world), await settle(world)

    assert settled == (1, 0)
    assert (await row(world, first.id))["feedback_id"] == feedback.wb_id
    assert (await row(world, second.id))["feedback_id"] is None


async def test_a_chat_that_comes_after_its_link_was_closed_is_closed_when_settled_and_only_then(world: World) -> None:
    feedback = await world.feedback()
    await link(world, key_of(feedback))
    await world.see(feedback, complaint=ComplaintState.APPROVED)
    await close(world, feedback)
    await sync_chat(world)

    await settle(world)
    closed = await chat(world)
    async with world.database.direct() as connection:
        await connection.execute("UPDATE chats SET status = 'in_work', close_reason = NULL")
    await settle(world)

    assert closed == ("closed", "Жалоба на отзыв одобрена", 2)
    assert (await chat(world))[0] == "in_work"


async def test_a_chat_in_which_the_buyer_has_written_since_stays_open(world: World) -> None:
    feedback = await world.feedback()
    await link(world, key_of(feedback))
    await world.see(feedback, complaint=ComplaintState.APPROVED)
    await close(world, feedback)
    await sync_chat(world, client_at=utc_now() + timedelta(minutes=1))

    await settle(world)

    assert (await chat(world))[0] == "waiting_for_us"


async def test_a_feedback_found_deleted_by_the_sync_closes_its_chat_when_settled(world: World) -> None:
    feedback = await world.feedback()
    linked = await link(world, key_of(feedback))
    async with world.database.direct() as connection:
        await connection.execute("UPDATE feedbacks SET deleted_at = now()")
    await world.refresh(feedback)

    await settle(world)

    assert (await row(world, linked.id))["close_reason"] == "deleted"
