"""Standings say what feedbacks and rules say, whatever happens and in whatever order; and the counts stay true."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from app.cabinet.applying import observe
from app.cabinet.gate import Observation
from app.cabinet.jobs import LookAgain
from app.cabinet.looking import look_again
from app.cabinet.models import Standing
from app.cabinet.refreshing import OVERLAP, shops_to_refresh
from app.cabinet.states import ComplaintState, FiledBy, Source, Visibility, WorkStatus
from app.feedbacks.models import Feedback
from app.feedbacks.storing import mark_deleted
from app.kit.clock import utc_now
from app.kit.db import Database
from app.shops.models import Shop
from tests.cabinet.following import NM, WRITTEN, counts, known, refresh, rule, standing, true_counts
from tests.factories import Make, incoming
from tests.feedbacks.cabinet import Cabinet

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(make: Make) -> Shop:
    return await make.shop(owner=await make.user())


async def due(database: Database, *, after: timedelta = timedelta()) -> Sequence[Any]:
    async with database.transaction() as session:
        return await shops_to_refresh(session, now=utc_now() + after, limit=10)


async def test_feedbacks_of_one_to_four_stars_get_a_standing(database: Database, shop: Shop, make: Make) -> None:
    made = {rating: await make.feedback(shop, rating=rating) for rating in range(1, 6)}

    await refresh(database, shop)

    standings = {rating: await standing(database, shop, row.wb_id) for rating, row in made.items()}
    assert [rating for rating, found in standings.items() if found is not None] == [1, 2, 3, 4]


async def test_a_feedback_that_changes_later_is_followed(database: Database, shop: Shop, make: Make) -> None:
    row = incoming(rating=5, nm_id=NM)
    await make.feedback(shop, **_values(row))
    await refresh(database, shop)

    await make.feedback(shop, **{**_values(row), "rating": 2, "text": ""})
    await refresh(database, shop)
    lower = await known(database, shop, row.wb_id)
    await make.feedback(shop, **{**_values(row), "rating": 5, "text": "Исправили"})
    await refresh(database, shop)
    higher = await known(database, shop, row.wb_id)

    assert (lower.rating, lower.has_words) == (2, False)
    assert (higher.rating, higher.has_words) == (5, True)


@pytest.mark.parametrize(
    ("written", "work_from", "expected"),
    [
        (WRITTEN, None, True),
        (WRITTEN, WRITTEN, True),
        (WRITTEN, WRITTEN + timedelta(seconds=1), False),
        (datetime(2023, 9, 30, 20, 59, 59, tzinfo=UTC), None, False),
        (datetime(2023, 9, 30, 21, tzinfo=UTC), None, True),
        (datetime(2023, 9, 30, 20, 59, 59, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC), False),
    ],
)
async def test_only_what_rule_and_wildberries_still_allow_is_in_work(
    database: Database, shop: Shop, make: Make, written: datetime, work_from: datetime | None, expected: bool
) -> None:
    row = await make.feedback(shop, rating=1, nm_id=NM, written_at=written)
    await rule(database, shop, make, work_from=work_from)

    await refresh(database, shop)

    assert (await known(database, shop, row.wb_id)).in_work is expected


async def test_rules_decide_by_rating_and_at_once(database: Database, shop: Shop, make: Make) -> None:
    rows = [await make.feedback(shop, rating=rating, nm_id=NM) for rating in (2, 4)]
    await refresh(database, shop)

    await rule(database, shop, make, complaint_ratings=(2,), chats=True, chat_ratings=(4,))
    two, four = [await known(database, shop, row.wb_id) for row in rows]
    await rule(database, shop, make, work_status=WorkStatus.PAUSED)
    paused = await known(database, shop, rows[0].wb_id)

    assert (two.in_work, two.complaint_allowed, two.chat_allowed, two.queued_reading) == (True, True, False, True)
    assert (four.in_work, four.complaint_allowed, four.chat_allowed) == (True, False, True)
    assert (paused.in_work, paused.complaint_allowed, paused.queued_reading) == (False, True, False)
    assert await counts(database, shop) == await true_counts(database, shop)


async def test_a_standing_made_with_former_rules_while_they_changed_is_put_right(
    database: Database, shop: Shop, make: Make
) -> None:
    row = await make.feedback(shop, rating=1, nm_id=NM)
    await refresh(database, shop)
    await rule(database, shop, make)
    async with database.transaction() as session:
        await session.execute(update(Standing).values(in_work=False))

    await refresh(database, shop)

    assert (await known(database, shop, row.wb_id)).in_work


async def test_a_deleted_feedback_is_resolved_until_it_comes_back(database: Database, shop: Shop, make: Make) -> None:
    row = incoming(rating=1, nm_id=NM)
    await make.feedback(shop, **_values(row))
    await rule(database, shop, make)
    await refresh(database, shop)
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [row.wb_id], now=utc_now())

    await refresh(database, shop)
    gone = await known(database, shop, row.wb_id)
    await make.feedback(shop, **_values(row))
    await refresh(database, shop)
    back = await known(database, shop, row.wb_id)

    assert (gone.visibility, gone.queued_reading) == (Visibility.DELETED, False)
    assert (back.visibility, back.queued_reading) == (Visibility.UNKNOWN, True)


async def test_an_amended_feedback_leaves_the_work(database: Database, shop: Shop, make: Make) -> None:
    row = incoming(rating=1, nm_id=NM)
    await make.feedback(shop, **_values(row))
    await rule(database, shop, make)
    await refresh(database, shop)
    before = (await known(database, shop, row.wb_id)).in_work

    await make.feedback(shop, **{**_values(row), "child_id": "younger"})
    await refresh(database, shop)

    assert (before, (await known(database, shop, row.wb_id)).in_work) == (True, False)


async def test_twins_block_each_other_until_one_is_gone(database: Database, shop: Shop, make: Make) -> None:
    first = await make.feedback(shop, nm_id=NM, rating=1, written_at=WRITTEN)
    await refresh(database, shop)
    alone = (await known(database, shop, first.wb_id)).key_shared

    second = await make.feedback(shop, nm_id=NM, rating=1, written_at=WRITTEN + timedelta(seconds=30))
    await refresh(database, shop)
    shared = [(await known(database, shop, row.wb_id)).key_shared for row in (first, second)]
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [second.wb_id], now=utc_now())
    await refresh(database, shop)

    assert (alone, shared) == (False, [True, True])
    assert not (await known(database, shop, first.wb_id)).key_shared


async def test_a_twin_that_gets_other_stars_frees_the_one_it_leaves(database: Database, shop: Shop, make: Make) -> None:
    first = await make.feedback(shop, nm_id=NM, rating=1, written_at=WRITTEN)
    second = incoming(nm_id=NM, rating=1, written_at=WRITTEN)
    await make.feedback(shop, **_values(second))
    await refresh(database, shop)

    await make.feedback(shop, **{**_values(second), "rating": 5})
    await refresh(database, shop)

    assert not (await known(database, shop, first.wb_id)).key_shared
    assert not (await known(database, shop, second.wb_id)).key_shared


async def test_a_complaint_that_wildberries_knows_of_is_pending_and_nobody_elses_news_undo_it(
    database: Database, shop: Shop, make: Make
) -> None:
    filed = await make.feedback(shop, nm_id=NM, rating=1, complaint_reason=16)
    judged = await make.feedback(shop, nm_id=NM, rating=2, complaint_reason=16)
    rejected = Observation(source=Source.CHECKER, observed_at=WRITTEN, complaint=ComplaintState.REJECTED)
    async with database.direct() as connection:
        await observe(connection, shop.id, {judged.wb_id: rejected})

    await refresh(database, shop)
    await refresh(database, shop, now=utc_now() + 2 * OVERLAP)

    pending, rest = [await known(database, shop, row.wb_id) for row in (filed, judged)]
    assert (pending.complaint, pending.filed_by) == (ComplaintState.PENDING, FiledBy.SELLER)
    assert pending.complaint_at == filed.changed_at
    assert rest.complaint is ComplaintState.REJECTED
    async with database.transaction() as session:
        lines = (await session.execute(text("SELECT source, to_state, raw FROM standing_events ORDER BY at"))).all()
    assert [tuple(line) for line in lines] == [("checker", "rejected", ""), ("wildberries", "pending", "16")]


async def test_feedbacks_are_counted_by_rating_without_the_deleted(database: Database, shop: Shop, make: Make) -> None:
    for rating in (1, 1, 5, 4):
        last = await make.feedback(shop, rating=rating)
    await refresh(database, shop)
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [last.wb_id], now=utc_now())

    await refresh(database, shop)

    async with database.transaction() as session:
        rows = await session.execute(text("SELECT rating, feedbacks FROM feedback_counts ORDER BY rating"))
        assert [tuple(row) for row in rows] == [(1, 2), (5, 1)]


async def test_only_shops_with_changes_are_due(database: Database, make: Make) -> None:
    busy, empty = await make.shop(), await make.shop()
    await make.feedback(busy)

    before = await due(database)
    await refresh(database, busy)
    after = await due(database)
    await make.feedback(busy)
    changed = await due(database)

    assert (list(before), list(after), list(changed)) == ([busy.id], [], [busy.id])
    assert empty.id not in before


async def test_a_change_committed_late_is_found_by_a_second_look_and_then_it_is_quiet(
    database: Database, shop: Shop, make: Make
) -> None:
    await make.feedback(shop, rating=1)
    await refresh(database, shop)
    late = await make.feedback(shop, rating=1)
    async with database.transaction() as session:
        await session.execute(
            update(Feedback).where(Feedback.wb_id == late.wb_id).values(changed_at=utc_now() - timedelta(minutes=9))
        )

    unnoticed, looked_for = await due(database), await due(database, after=OVERLAP)
    now = utc_now()
    for look in range(1, 5):
        await refresh(database, shop, now=now + look * (OVERLAP + timedelta(minutes=1)))

    assert (list(unnoticed), list(looked_for)) == ([], [shop.id])
    assert await standing(database, shop, late.wb_id) is not None
    assert list(await due(database, after=timedelta(days=1))) == []


@pytest.mark.parametrize("still_there", [True, False])
async def test_what_a_page_lacked_is_asked_of_wildberries(
    database: Database, shop: Shop, make: Make, still_there: bool
) -> None:
    row, cabinet = incoming(rating=1), Cabinet()
    await make.feedback(shop, **_values(row))
    if still_there:
        cabinet.add(row)

    for wb_id in (row.wb_id, "never-here"):
        await look_again(LookAgain(shop_id=shop.id, feedback_id=wb_id), database=database, source=cabinet)
    await refresh(database, shop)

    expected = Visibility.UNKNOWN if still_there else Visibility.DELETED
    assert (await known(database, shop, row.wb_id)).visibility is expected
    assert cabinet.looked_up == [row.wb_id]


def _values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__ if name != "raw"}
