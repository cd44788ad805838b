"""What the states of pages save: shown from rows, not claimed."""

import random
from datetime import timedelta
from typing import Any

import pytest

from app.cabinet.applying import observe
from app.cabinet.gate import Observation
from app.cabinet.standings import refresh_standings
from app.cabinet.states import ComplaintState, FiledBy, Source, Visibility
from app.complaints import stats
from app.feedbacks.storing import store
from app.kit.clock import utc_now
from tests.cabinet.world import NM
from tests.complaints.desk import OBSCENE, PLAIN, USAGE, Desk, Model
from tests.factories import incoming

pytestmark = pytest.mark.anyio
OPEN = {"can_submit": True, "visibility": Visibility.VISIBLE}
SHOWN: list[tuple[int, dict[str, Any]]] = [
    (20, OPEN),
    (38, {"can_submit": False, "complaint": ComplaintState.REJECTED, "visibility": Visibility.VISIBLE}),
    (6, {"can_submit": False, "complaint": ComplaintState.APPROVED, "visibility": Visibility.UNPUBLISHED}),
    (5, {"can_submit": False, "complaint": ComplaintState.PENDING}),
    (12, {"can_submit": True, "visibility": Visibility.EXCLUDED}),
    (4, {"can_submit": True, "visibility": Visibility.HIDDEN}),
    (7, {"can_submit": True, "rating_excluded": True, "visibility": Visibility.VISIBLE}),
    (8, {"can_submit": False, "visibility": Visibility.VISIBLE}),
]
"""Of a hundred negative feedbacks of a shop that has complained for a while, what their pages say."""


async def savings(desk: Desk) -> stats.Savings:
    async with desk.database.direct() as connection:
        return await stats.savings_of(connection, desk.shop.id)


async def real_shop(desk: Desk, number: int) -> int:
    """Feedbacks of one to three stars whose pages were read; says about how many a complaint is possible."""
    chance, now = random.Random(20260222), utc_now()
    pages = [chance.choices([shown for _, shown in SHOWN], [weight for weight, _ in SHOWN])[0] for _ in range(number)]
    feedbacks = [
        incoming(nm_id=NM, rating=chance.choice((1, 1, 2, 3)), text=PLAIN, written_at=now - timedelta(minutes=minute))
        for minute in range(60, 60 + number)
    ]
    async with desk.database.transaction() as session:
        await store(session, desk.shop.id, feedbacks)
    seen = {
        feedback.wb_id: Observation(source=Source.FILER, observed_at=now, is_page=True, **page)
        for feedback, page in zip(feedbacks, pages, strict=True)
    }
    async with desk.database.direct() as connection:
        await refresh_standings(connection, desk.shop.id, sorted(seen))
        await observe(connection, desk.shop.id, seen)
    return sum(page is OPEN for page in pages)


async def test_about_eighty_of_a_hundred_calls_are_saved_on_a_shop_like_real_ones(desk: Desk) -> None:
    still_open = await real_shop(desk, 1000)
    model = Model()

    await desk.consider(model)

    told = await savings(desk)
    assert len(set(model.asked)) == len(model.asked) == still_open
    assert (told.asked, told.saved, told.waiting, told.calls) == (still_open, 1000 - still_open, 0, still_open)
    assert told.share == pytest.approx((1000 - still_open) / 1000)
    assert told.share == pytest.approx(0.8, abs=0.03)
    assert told.cost_usd == still_open * USAGE.cost_usd
    assert told.saved_usd == (1000 - still_open) * USAGE.cost_usd


async def test_nothing_is_claimed_before_there_is_anything_to_compare(desk: Desk) -> None:
    told = await savings(desk)

    assert (told.asked, told.saved, told.share, told.saved_usd) == (0, 0, None, None)


async def test_only_what_would_have_been_asked_counts_as_saved(desk: Desk) -> None:
    """Not stars without words, nor a product without rules, nor a page that nobody has read."""
    shut: dict[str, Any] = {"can_submit": False}
    await desk.world.see(await desk.world.feedback(text=""), **shut)
    await desk.world.see(await desk.world.feedback(nm_id=NM + 1), **shut)
    await desk.world.rule(NM + 2, complaint_ratings=[1])
    await desk.world.see(await desk.world.feedback(nm_id=NM + 2, rating=3), **shut)
    await desk.world.feedback()
    await desk.world.see(await desk.world.feedback(), **shut)

    told = await savings(desk)

    assert (told.asked, told.saved, told.waiting) == (0, 1, 1)


async def test_what_was_asked_about_is_not_saved_whatever_came_of_it(desk: Desk) -> None:
    filed, excluded = await desk.queued(OBSCENE), await desk.drafted(PLAIN)
    await desk.world.see(filed, complaint=ComplaintState.REJECTED)
    await desk.world.see(excluded, visibility=Visibility.EXCLUDED)

    told = await savings(desk)

    assert (told.asked, told.saved) == (2, 0)


async def test_what_wildberries_says_saves_too(desk: Desk) -> None:
    await desk.candidate(OBSCENE, complaint_possible=False)

    await desk.consider(Model())

    assert (await savings(desk)).saved == 1


async def test_outcomes_by_reason_of_what_was_filed_in_the_period(desk: Desk) -> None:
    now = utc_now()
    for verdict, number, filed_at in (
        (ComplaintState.APPROVED, 1, now), (ComplaintState.REJECTED, 3, now), (ComplaintState.PENDING, 2, now),
        (ComplaintState.APPROVED, 1, now - timedelta(days=40)),
    ):  # fmt: skip
        for _ in range(number):
            feedback = await desk.world.feedback()
            await desk.world.draft(feedback, reason_id=16)
            await desk.world.see(feedback, complaint=verdict, filed_by=FiledBy.US, filed_at=filed_at)
    sellers = await desk.world.feedback()
    await desk.world.see(sellers, complaint=ComplaintState.REJECTED, filed_at=now)

    async with desk.database.direct() as connection:
        found = await stats.stats_by_reason(
            connection, desk.shop.id, since=now - timedelta(days=30), until=now + timedelta(days=1)
        )

    assert [(each.reason_id, each.approved, each.rejected, each.pending, each.approval_rate) for each in found] == [
        (0, 0, 1, 0, 0.0),
        (16, 1, 3, 2, 0.25),
    ]


async def test_the_share_without_ground_is_of_what_was_looked_at(desk: Desk) -> None:
    await desk.drafted(OBSCENE)
    for _ in range(3):
        await desk.drafted(PLAIN)
    await desk.candidate(PLAIN)

    async with desk.database.direct() as connection:
        found = await stats.considered_of(connection, desk.shop.id)

    assert (found.drafted, found.no_ground, found.no_ground_share) == (1, 3, 0.75)
