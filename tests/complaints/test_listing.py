"""Tabs, their counts and filters; and the lists of what only a person can settle."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from app.cabinet.states import ComplaintState, FiledBy, Match, Source
from app.complaints import listing, worklists
from app.complaints.listing import ComplaintFilters, Row, Tab
from app.complaints.odds import ChanceWord
from app.complaints.refusals import NoConflict
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.keyset import BadCursor, Cursor
from tests.cabinet.world import NM
from tests.complaints.desk import OBSCENE, PLAIN, Desk

pytestmark = pytest.mark.anyio


async def page(desk: Desk, tab: Tab, *, after: Cursor | None = None, limit: int = 100, **filters: Any) -> list[Row]:
    async with desk.database.transaction() as session:
        wanted = ComplaintFilters(tab=tab, **filters)
        return await listing.page_of_complaints(session, desk.shop.id, wanted, after=after, limit=limit)


async def ids(desk: Desk, tab: Tab, **filters: Any) -> list[str]:
    return [row.standing.feedback_id for row in await page(desk, tab, **filters)]


async def tabs(desk: Desk) -> dict[str, int]:
    async with desk.database.transaction() as session:
        return {tab.value: count.count for tab, count in (await listing.count_tabs(session, desk.shop.id)).items()}


async def one_in_each(desk: Desk) -> dict[Tab, Feedback]:
    made = {Tab.NO_GROUND: await desk.drafted(PLAIN), Tab.TO_APPROVE: await desk.drafted()}
    made[Tab.QUEUED] = await desk.queued()
    for tab, verdict in (
        (Tab.PENDING, ComplaintState.PENDING),
        (Tab.APPROVED, ComplaintState.APPROVED),
        (Tab.REJECTED, ComplaintState.RECONSIDERED),
    ):
        made[tab] = await desk.queued()
        await desk.world.see(made[tab], complaint=verdict)
    made[Tab.CANDIDATES] = await desk.candidate(PLAIN)
    return made


async def test_every_feedback_is_in_its_tab_and_the_counts_agree(desk: Desk) -> None:
    made = await one_in_each(desk)

    for tab, feedback in made.items():
        assert await ids(desk, tab) == [feedback.wb_id], tab
    assert await ids(desk, Tab.DISMISSED) == []
    assert await tabs(desk) == {tab.value: int(tab in made) for tab in Tab}


async def test_what_the_seller_filed_himself_is_listed_without_words_of_ours(desk: Desk) -> None:
    feedback = await desk.world.feedback()
    await desk.world.see(feedback, complaint=ComplaintState.REJECTED, source=Source.CHECKER, is_page=False)

    [row] = await page(desk, Tab.REJECTED)

    assert (row.standing.filed_by, row.complaint, row.chance) == (FiledBy.SELLER, None, None)


async def test_drafts_go_by_their_odds_and_then_the_newest_first(desk: Desk) -> None:
    likely, old, new = [await desk.world.feedback(minutes=minutes) for minutes in (300, 200, 100)]
    await desk.world.draft(likely, ready=False, odds=400)
    await desk.world.draft(old, new, ready=False, odds=50)

    assert await ids(desk, Tab.TO_APPROVE) == [likely.wb_id, new.wb_id, old.wb_id]


@pytest.mark.parametrize("tab", [Tab.TO_APPROVE, Tab.CANDIDATES])
async def test_pages_show_everything_once(desk: Desk, tab: Tab) -> None:
    for _ in range(11):
        await desk.candidate(OBSCENE if tab is Tab.TO_APPROVE else PLAIN)
    if tab is Tab.TO_APPROVE:
        await desk.consider()
    seen: list[str] = []
    after: Cursor | None = None

    while rows := await page(desk, tab, after=after, limit=4):
        seen += [row.standing.feedback_id for row in rows]
        after = Cursor.parse(str(listing.cursor_after(rows[-1], tab)))

    assert len(seen) == len(set(seen)) == 11


async def test_a_cursor_of_another_tab_is_refused(desk: Desk) -> None:
    with pytest.raises(BadCursor):
        await page(desk, Tab.QUEUED, after=Cursor(at=utc_now(), id="fb1"))


async def test_filters_narrow_a_tab(desk: Desk) -> None:
    await desk.world.rule(NM + 1)
    one = await desk.drafted(OBSCENE, rating=1)
    other = await desk.drafted("Ткань редкая, хуйня полная", rating=2, nm_id=NM + 1)

    found: Sequence[list[str]] = [
        await ids(desk, Tab.TO_APPROVE, ratings=[1]),
        await ids(desk, Tab.TO_APPROVE, nm_id=NM + 1),
        await ids(desk, Tab.TO_APPROVE, search="тканью"),
        await ids(desk, Tab.TO_APPROVE, reason_id=16, ratings=[2]),
        await ids(desk, Tab.TO_APPROVE, reason_id=20),
        await ids(desk, Tab.TO_APPROVE, search="'; DROP TABLE standings --\x00"),
    ]

    assert found == [[one.wb_id], [other.wb_id], [other.wb_id], [other.wb_id], [], []]


async def test_a_draft_is_shown_with_its_chance_and_with_whom_it_was_compared(desk: Desk) -> None:
    await desk.drafted()

    [row] = await page(desk, Tab.TO_APPROVE)

    assert row.chance is not None
    assert (row.chance.word, row.chance.n) == (ChanceWord.LOW, 0)
    assert row.standing.odds == row.chance.per_mille


async def test_a_foreign_shop_sees_nothing_of_it(desk: Desk, database: Any, make: Any) -> None:
    await one_in_each(desk)
    stranger = Desk(await type(desk.world).open(database, make))

    assert [await ids(stranger, tab) for tab in Tab] == [[] for _ in Tab]
    assert set((await tabs(stranger)).values()) == {0}


async def keys(desk: Desk, list_of: Any, *, after: Cursor | None = None, limit: int = 50) -> list[worklists.OpenKey]:
    async with desk.database.direct() as connection:
        found: list[worklists.OpenKey] = await list_of(connection, desk.shop.id, after=after, limit=limit)
        return found


async def test_twins_are_shown_with_what_the_page_says_of_their_key(desk: Desk) -> None:
    moment = utc_now() - timedelta(days=2)
    first = await desk.world.feedback(written_at=moment, text="Первый")
    second = await desk.world.feedback(written_at=moment, text="Второй")
    await desk.world.refresh(first, second)
    await desk.world.page(moment, match=Match.SEVERAL.value, statuses=["Жалоба отклонена"], can_submit=False)

    [key] = await keys(desk, worklists.ambiguous_keys)

    assert (key.nm_id, key.statuses, key.can_submit) == (NM, ["Жалоба отклонена"], False)
    assert {twin.text for twin in key.feedbacks} == {"Первый", "Второй"}


async def test_twins_of_which_one_was_read_before_the_other_came_are_found_too(desk: Desk) -> None:
    moment = utc_now() - timedelta(days=2)
    first = await desk.world.feedback(written_at=moment)
    await desk.world.see(first, can_submit=True)
    second = await desk.world.feedback(written_at=moment)
    await desk.world.refresh(first, second)

    [key] = await keys(desk, worklists.ambiguous_keys)

    assert (key.read_at, len(key.feedbacks)) == (None, 2)


async def test_keys_that_fit_nothing_are_listed_page_by_page(desk: Desk) -> None:
    for number in range(7):
        await desk.world.page(utc_now() - timedelta(minutes=number), rating=1 + number % 2)
    seen: list[tuple[int, object]] = []
    after: Cursor | None = None

    while rows := await keys(desk, worklists.unmatched_keys, after=after, limit=3):
        seen += [(row.rating, row.minute) for row in rows]
        after = Cursor.parse(str(rows[-1].cursor))

    assert len(seen) == len(set(seen)) == 7
    assert await keys(desk, worklists.ambiguous_keys) == []


async def contradicted(desk: Desk) -> Feedback:
    """Approved, says the checker; rejected, says a later page."""
    feedback = await desk.queued()
    await desk.world.see(feedback, source=Source.CHECKER, is_page=False, complaint=ComplaintState.APPROVED)
    await desk.world.see(feedback, complaint=ComplaintState.REJECTED)
    return feedback


async def settled(desk: Desk, feedback: Feedback, verdict: ComplaintState) -> None:
    async with desk.database.direct() as connection:
        await worklists.settle_conflict(
            connection, desk.shop.id, feedback.wb_id, verdict, actor="user:olga", now=utc_now()
        )


async def conflicting(desk: Desk) -> list[tuple[str, str]]:
    async with desk.database.direct() as connection:
        rows = await worklists.conflicts(connection, desk.shop.id, after="", limit=10)
    return [(row["complaint"], row["conflict"]) for row in rows]


@pytest.mark.parametrize("verdict", [ComplaintState.APPROVED, ComplaintState.REJECTED])
async def test_a_person_decides_whom_to_believe(desk: Desk, verdict: ComplaintState) -> None:
    feedback = await contradicted(desk)
    listed = await conflicting(desk)

    await settled(desk, feedback, verdict)
    await settled(desk, feedback, verdict)

    row = await desk.world.standing(feedback)
    assert listed == [("approved", "rejected")]
    assert await conflicting(desk) == []
    assert (row["complaint"], row["conflict"]) == (verdict.value, None)
    assert (await desk.history(feedback, ("conflict",)))[-1] == ("rejected", "settled", "user:olga")
    assert await desk.counts_are_true()


async def test_only_one_of_the_two_verdicts_can_be_chosen(desk: Desk) -> None:
    feedback, calm = await contradicted(desk), await desk.queued()

    for about, verdict in ((feedback, ComplaintState.PENDING), (calm, ComplaintState.APPROVED)):
        with pytest.raises(NoConflict):
            await settled(desk, about, verdict)


async def test_an_older_look_does_not_reopen_what_was_settled(desk: Desk) -> None:
    feedback = await contradicted(desk)
    long_ago = utc_now() - timedelta(hours=1)
    await settled(desk, feedback, ComplaintState.APPROVED)

    await desk.world.see(
        feedback, source=Source.CHECKER, is_page=False, complaint=ComplaintState.REJECTED, observed_at=long_ago
    )

    assert (await desk.state(feedback))[0] == "approved"
    assert await conflicting(desk) == []
