"""What is handed out: each queue's own cases, what keeps a task out of it, and how much one round holds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from app.cabinet.states import ChatState, ComplaintState, Visibility, WorkStatus
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.cabinet.world import NM, World
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database: Database, make: Make) -> World:
    return await World.open(database, make)


async def kinds(world: World) -> dict[str, list[str]]:
    """Which queues each feedback is handed out of; without readings of articles that have nothing else."""
    found: dict[str, list[str]] = {}
    for task in await world.offered():
        found.setdefault(task["feedback_id"], []).append(task["kind"])
    return found


async def counted(world: World) -> tuple[int, int, int, int]:
    counts, truth = await world.counts(), await world.true_counts()
    names = ("queued_complaints", "queued_chats", "queued_links", "queued_readings")
    assert {name: counts.get(name, 0) for name in names} == {name: truth[name] for name in names}
    complaints, chats, links, readings = (counts.get(name, 0) for name in names)
    return complaints, chats, links, readings


async def test_an_approved_draft_is_a_complaint_to_file(world: World) -> None:
    feedback = await world.drafted()

    assert await kinds(world) == {feedback.wb_id: ["complaint"]}
    assert await counted(world) == (1, 0, 0, 0)


@pytest.mark.parametrize("visibility", [Visibility.VISIBLE, Visibility.HIDDEN])
async def test_a_visible_or_hidden_feedback_may_be_complained_about(world: World, visibility: Visibility) -> None:
    feedback = await world.drafted()
    await world.see(feedback, visibility=visibility)

    assert await kinds(world) == {feedback.wb_id: ["complaint"]}


async def test_a_draft_that_nobody_approved_is_not_filed(world: World) -> None:
    await world.draft(await world.feedback(), ready=False)

    assert await kinds(world) == {}
    assert await counted(world) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "seen",
    [
        {"visibility": Visibility.UNPUBLISHED},
        {"visibility": Visibility.EXCLUDED},
        {"visibility": Visibility.DELETED},
        {"rating_excluded": True},
        {"complaint": ComplaintState.PENDING},
        {"complaint": ComplaintState.APPROVED},
        {"complaint": ComplaintState.REJECTED},
    ],
)
async def test_what_a_page_shows_takes_a_complaint_out(world: World, seen: dict[str, Any]) -> None:
    await world.see(await world.drafted(), **seen)

    assert "complaint" not in chain(*(await kinds(world)).values())
    assert (await counted(world))[0] == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"work_status": WorkStatus.PAUSED},
        {"work_status": WorkStatus.STOPPED},
        {"complaint_ratings": [2, 3]},
        {"work_from": datetime.now(UTC) + timedelta(days=1)},
    ],
)
async def test_a_products_own_rule_takes_a_complaint_out(world: World, rule: dict[str, Any]) -> None:
    await world.rule(NM + 1)
    elsewhere = await world.drafted(nm_id=NM + 1)
    await world.drafted()

    await world.rule(NM, **rule)

    assert await kinds(world) == {elsewhere.wb_id: ["complaint"]}
    assert await counted(world) == (1, 0, 0, 0)


async def test_a_product_without_a_rule_and_a_feedback_before_the_cut_off_are_left_alone(world: World) -> None:
    await world.drafted(nm_id=NM + 1)
    await world.drafted(written_at=datetime(2023, 9, 30, 20, 59, tzinfo=UTC))
    first = await world.drafted(written_at=datetime(2023, 9, 30, 21, 0, tzinfo=UTC))

    assert await kinds(world) == {first.wb_id: ["complaint"]}


@pytest.mark.parametrize(("reason_id", "text"), [(10, "Слова"), (21, "Слова"), (None, "Слова"), (16, " ")])
async def test_a_complaint_without_a_reason_of_the_cabinet_or_without_words_is_never_sent(
    world: World, reason_id: int | None, text: str
) -> None:
    await world.draft(await world.feedback(), reason_id=reason_id, text=text)
    sound = await world.drafted()

    assert await kinds(world) == {sound.wb_id: ["complaint"]}


async def test_two_feedbacks_with_one_key_are_never_sent(world: World) -> None:
    at = utc_now().replace(second=1)
    twins = [await world.drafted(written_at=at), await world.drafted(written_at=at.replace(second=2))]
    await world.refresh(*twins)

    assert await kinds(world) == {}
    assert await counted(world) == (0, 0, 0, 0)


async def test_a_feedback_that_a_page_lacked_rests(world: World) -> None:
    await world.change(await world.drafted(), cooling=True, cool_until=utc_now() + timedelta(hours=1))

    assert await kinds(world) == {}


async def test_a_rejected_complaint_opens_the_chat(world: World) -> None:
    feedback = await world.rejected()

    assert await kinds(world) == {feedback.wb_id: ["open"]}
    assert await counted(world) == (0, 1, 0, 0)


async def test_four_stars_need_no_complaint_for_a_chat_and_three_do(world: World) -> None:
    four, three = await world.feedback(rating=4), await world.feedback(rating=3)
    await world.see(four, three, chat=ChatState.AVAILABLE)

    assert await kinds(world) == {four.wb_id: ["open"]}


@pytest.mark.parametrize(
    "change",
    [
        {"supplemented": True},
        {"chat_linked": True},
        {"visibility": "hidden"},
        {"visibility": "deleted"},
        {"rating_excluded": True},
        {"complaint": "approved"},
        {"complaint": "reconsidered"},
        {"chat": "unavailable"},
        {"chat_allowed": False},
        {"key_shared": True},
    ],
)
async def test_a_chat_is_not_opened_when(world: World, change: dict[str, Any]) -> None:
    kept, out = await world.rejected(), await world.rejected()

    await world.change(out, **change)

    assert await kinds(world) == {kept.wb_id: ["open"]}


async def test_an_opened_chat_without_a_link_is_linked_even_when_the_feedback_is_resolved(world: World) -> None:
    feedback = await world.opened(visibility=Visibility.UNPUBLISHED)

    assert await kinds(world) == {feedback.wb_id: ["link"]}
    assert await counted(world) == (0, 0, 1, 0)


@pytest.mark.parametrize("change", [{"chat_linked": True}, {"visibility": "deleted"}, {"in_work": False}])
async def test_an_opened_chat_is_not_linked_when(world: World, change: dict[str, Any]) -> None:
    await world.change(await world.opened(), **change)

    assert await kinds(world) == {}


async def test_an_unread_page_goes_along_with_other_work_of_its_product(world: World) -> None:
    unread, complaint = await world.feedback(), await world.drafted()

    assert await kinds(world) == {unread.wb_id: ["reading"], complaint.wb_id: ["complaint"]}
    assert await counted(world) == (1, 0, 0, 1)


async def test_a_product_with_nothing_but_unread_pages_is_counted_and_not_sent(world: World) -> None:
    await world.feedback()

    assert await kinds(world) == {}
    assert await counted(world) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("change", "queued"),
    [
        ({"page_read_at": utc_now()}, 0),
        ({"page_read_at": utc_now(), "read_again": True}, 1),
        ({"complaint_allowed": False}, 1),
        ({"complaint_allowed": False, "chat_allowed": False}, 0),
        ({"complaint": "draft"}, 0),
        ({"complaint": "approved"}, 0),
        ({"visibility": "excluded"}, 0),
        ({"key_shared": True}, 0),
        ({"rating": 5}, 0),
    ],
)
async def test_a_page_is_to_be_read_when(world: World, change: dict[str, Any], queued: int) -> None:
    await world.drafted()
    feedback = await world.feedback()

    await world.change(feedback, **change)

    assert Counter(chain(*(await kinds(world)).values()))["reading"] == queued
    assert (await counted(world))[3] == queued


async def test_nothing_of_another_shop_is_seen(world: World, make: Make) -> None:
    other = await World.open(world.database, make)
    theirs = await other.drafted()
    ours = await world.drafted()

    assert await kinds(world) == {ours.wb_id: ["complaint"]}
    assert await kinds(other) == {theirs.wb_id: ["complaint"]}
