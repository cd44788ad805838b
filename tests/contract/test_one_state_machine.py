"""§4 over the wire: whatever arrives, from whichever client, late, twice or never, a complaint only goes on.

Every sequence of observations: tests/cabinet/test_{gate,sequences}.py; pages that lack a feedback, and its rest:
tests/extension/test_reports.py, tests/cabinet/test_pages.py; the frozen text: tests/complaints/test_service.py.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.cabinet.states import ChatState
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from tests.api.clients import Clients
from tests.cabinet.world import World
from tests.contract.desk import Desk, page_row, verdict_row
from tests.extension.callers import Extension
from tests.factories import Make

pytestmark = pytest.mark.anyio

TEXTS = {
    "pending": "Проверяем жалобу", "approved": "Жалоба одобрена", "rejected": "Жалоба отклонена",
    "reconsidered": "Жалоба пересмотрена",
}  # fmt: skip


async def tell(desk: Desk, by: str, feedback: Feedback, state: str, *, at: datetime | None = None) -> None:
    """One client's report of a complaint's state."""
    if by == "checker":
        await desk.check(verdict_row(feedback, TEXTS[state]))
    else:
        more = {"parsedAt": at.isoformat()} if at else {}
        await desk.sync(page_row(feedback, statuses=[TEXTS[state]], canSubmitComplaint=False), **more)


async def filed(world: World, desk: Desk, **values: Any) -> Feedback:
    feedback = await world.feedback(**values)
    await world.draft(feedback)
    assert (await desk.sent(feedback)).status_code == 200
    return feedback


async def test_the_stale_page_after_sent_and_opened_takes_nothing_back(world: World, desk: Desk) -> None:
    feedback = await world.feedback()
    await world.draft(feedback)
    stale = page_row(feedback)

    await desk.sent(feedback)
    await desk.opened(feedback)
    await desk.sync(stale)

    assert await desk.stands(feedback, "complaint", "chat", "can_submit") == ("pending", "opened", False)
    assert set((await desk.tasks())["totals"].values()) == {0}


@pytest.mark.parametrize("state", TEXTS)
@pytest.mark.parametrize("by", ["filer", "checker"])
async def test_a_pending_complaint_goes_on_through_either_endpoint(
    world: World, desk: Desk, by: str, state: str
) -> None:
    feedback = await filed(world, desk)

    await tell(desk, by, feedback, state)

    assert await desk.stands(feedback, "complaint") == state


@pytest.mark.parametrize("state", TEXTS)
async def test_a_page_without_a_complaint_takes_none_back_and_offers_none_again(
    world: World, desk: Desk, state: str
) -> None:
    feedback = await filed(world, desk)
    await tell(desk, "filer", feedback, state)

    await desk.sync(page_row(feedback, statuses=[], canSubmitComplaint=True))
    again = await desk.sent(feedback)

    assert await desk.stands(feedback, "complaint") == state
    assert again.status_code == 409
    assert await desk.offered() == set()


@pytest.mark.parametrize(
    ("before", "by", "said", "after", "conflict"),
    [
        ("rejected", "filer", "approved", "approved", None), ("rejected", "checker", "approved", "approved", None),
        ("approved", "checker", "rejected", "rejected", None),
        ("approved", "filer", "rejected", "approved", "rejected"), ("approved", "filer", "pending", "approved", None),
        ("rejected", "checker", "pending", "rejected", None),
        ("reconsidered", "filer", "rejected", "reconsidered", None),
        ("reconsidered", "checker", "approved", "reconsidered", None),
        ("approved", "filer", "reconsidered", "reconsidered", None),
    ],
)  # fmt: skip
async def test_verdicts_may_be_revised_as_wildberries_revises_them(
    world: World, desk: Desk, before: str, by: str, said: str, after: str, conflict: str | None
) -> None:
    feedback = await filed(world, desk)
    await tell(desk, "checker", feedback, before)

    await tell(desk, by, feedback, said)

    assert await desk.stands(feedback, "complaint", "conflict") == (after, conflict)


async def test_a_contradiction_is_shown_to_a_person(
    world: World, desk: Desk, extension: Extension, make: Make, database: Database
) -> None:
    feedback = await filed(world, desk)
    await tell(desk, "checker", feedback, "approved")
    await tell(desk, "filer", feedback, "rejected")

    async with Clients(extension.app, database, make) as clients:  # type: ignore[arg-type]
        person = await clients.of(await make.member(world.shop))
        (listed,) = (await person.get(f"/api/complaints/{world.shop.id}/conflicts")).json()["items"]

    assert feedback.wb_id in listed.values()


async def test_a_page_read_before_the_one_applied_changes_nothing(world: World, desk: Desk) -> None:
    feedback = await world.feedback()
    await desk.sync(page_row(feedback, statuses=["Виден", "Выкуп"], chatStatus="chat_not_activated"))
    before = dict(await world.standing(feedback))

    data = await desk.sync(
        page_row(feedback, statuses=["Снят с публикации", "Жалоба отклонена"], ratingExcluded=True),
        parsedAt=(utc_now() - timedelta(hours=1)).isoformat(),
    )

    assert dict(await world.standing(feedback)) == before
    assert (data["received"], data["created"], data["updated"]) == (1, 0, 0)


@pytest.mark.parametrize("later", ["chat_available", "chat_not_activated", None])
async def test_an_opened_chat_stays_opened(world: World, desk: Desk, later: str | None) -> None:
    feedback = await world.feedback(rating=4)
    await desk.opened(feedback)

    await desk.sync(page_row(feedback, chatStatus=later))

    assert await desk.stands(feedback, "chat") == "opened"
    assert await desk.offered("chatOpens") == set()


async def test_a_chat_button_comes_and_goes(world: World, desk: Desk) -> None:
    feedback = await world.feedback()
    seen = []

    for said in ("chat_available", "chat_not_activated", "chat_available"):
        await desk.sync(page_row(feedback, chatStatus=said))
        seen.append(await desk.stands(feedback, "chat"))

    assert seen == ["available", "unavailable", "available"]


async def test_who_filed_and_when_is_never_erased_by_silence(world: World, desk: Desk) -> None:
    feedback = await world.feedback(minutes=3 * 24 * 60)
    day = f"{utc_now() - timedelta(days=1):%d.%m.%Y}"
    await desk.check(verdict_row(feedback, "Проверяем жалобу", filedBy="R5", complaintDate=day))
    before = await desk.stands(feedback, "filed_by", "filed_at")

    await desk.check(verdict_row(feedback, "Жалоба отклонена", filedBy=None, complaintDate=None))
    await tell(desk, "filer", feedback, "rejected")

    assert before[0] == "us"
    assert before[1] is not None
    assert await desk.stands(feedback, "filed_by", "filed_at") == before


@pytest.mark.parametrize("by", ["filer", "checker"])
async def test_a_complaint_that_the_seller_filed_gets_a_row_too(world: World, desk: Desk, by: str) -> None:
    feedback = await world.feedback()

    if by == "checker":
        await desk.check(verdict_row(feedback, "Проверяем жалобу", filedBy="Продавец"))
    else:
        await tell(desk, "filer", feedback, "pending")

    listed = await desk.get("/stores/{storeId}/complaints", filter="pending")
    assert [(item["reviewId"], item["status"]) for item in listed["complaints"]] == [(feedback.wb_id, "pending")]
    assert await desk.stands(feedback, "filed_by") == "seller"


async def test_sent_without_a_draft_of_ours_is_filed_elsewhere(world: World, desk: Desk) -> None:
    feedback = await world.feedback()

    answer = await desk.sent(feedback)

    assert (answer.status_code, answer.json()["new_status"]) == (200, "pending")
    assert await desk.stands(feedback, "complaint", "filed_by") == ("pending", "seller")


async def test_a_lost_sent_is_repaired_by_the_next_page(world: World, desk: Desk) -> None:
    feedback = await world.feedback()
    await world.draft(feedback)

    await tell(desk, "filer", feedback, "pending")

    assert await desk.stands(feedback, "complaint", "filed_by") == ("pending", "us")
    assert await desk.offered() == set()


async def test_the_history_tells_from_to_source_time_actor_and_words(world: World, desk: Desk) -> None:
    feedback = await filed(world, desk)
    seen_at = utc_now()
    await tell(desk, "filer", feedback, "rejected", at=seen_at)
    await tell(desk, "filer", feedback, "rejected")
    await tell(desk, "checker", feedback, "approved")

    steps = [step for step in await desk.history(feedback) if step[0] == "complaint"]

    assert steps == [
        ("complaint", "none", "draft", "person"), ("complaint", "draft", "pending", "filer"),
        ("complaint", "pending", "rejected", "filer"), ("complaint", "rejected", "approved", "checker"),
    ]  # fmt: skip
    async with world.database.glance() as connection:
        row = await connection.fetchrow("SELECT * FROM standing_events WHERE to_state = 'rejected'")
    assert row is not None
    assert (row["observed_at"], row["raw"]) == (seen_at, "Жалоба отклонена")
    whose = (await desk.post("/auth/verify", {}))["data"]
    assert row["actor"] in (f"user:{whose['userId']}", f"token:{whose['tokenId']}")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ({"statuses": ["Жалоба одобрена"]}, "complaint_approved"), ({"statuses": ["Снят с публикации"]}, "unpublished"),
        ({"statuses": ["Временно скрыт"]}, "hidden"), ({"statuses": ["Исключён из рейтинга"]}, "excluded"),
        ({"statuses": [], "ratingExcluded": True}, "rating_excluded"),
    ],
)  # fmt: skip
async def test_what_is_resolved_leaves_the_queues_and_its_chat_closes(
    world: World, desk: Desk, seen: dict[str, Any], reason: str
) -> None:
    linked, waiting, unread = await world.feedback(), await world.feedback(rating=4), await world.feedback()
    await desk.opened(linked)
    await world.see(waiting, chat=ChatState.AVAILABLE)
    await world.change(unread, read_again=True)
    assert (await desk.backlog())["chatOpens"] == 1

    await desk.sync(*[page_row(each, **seen) for each in (linked, waiting, unread)])

    assert set((await desk.backlog()).values()) == {0}
    again = await desk.opened(linked)
    assert (again["reviewResolved"], again["resolvedReason"]) == (True, reason)
    async with world.database.glance() as connection:
        closed = await connection.fetchrow("SELECT closed_at, close_reason FROM chat_links WHERE feedback_id = $1",
                                           linked.wb_id)  # fmt: skip
    assert closed is not None
    assert closed["closed_at"] is not None
    assert closed["close_reason"] == reason


async def test_a_hidden_feedback_may_still_be_complained_about(world: World, desk: Desk) -> None:
    """§5 says so of this one queue, though §4 calls it resolved."""
    feedback = await world.feedback()
    await world.draft(feedback)

    await desk.sync(page_row(feedback, statuses=["Временно скрыт"], chatStatus=None))

    assert await desk.offered() == {feedback.wb_id}
