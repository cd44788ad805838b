"""Every filter against the same question put to a list in memory; pages, counts, badges."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.kit.db import Database
from app.kit.keyset import BadCursor, Count, Cursor
from app.questions import listing
from app.questions.listing import (
    QuestionAnswered,
    QuestionFilters,
    count_question_views,
    count_questions,
    page_of_questions,
)
from app.questions.models import Question
from app.questions.storing import store
from app.shops.models import Shop
from tests.factories import Make
from tests.questions.cabinet import EPOCH, asked
from tests.questions.conftest import Stored

pytestmark = pytest.mark.anyio
STATES = ("draft", "approved", "published")
WORDS = ("кофта", "рукав", "молния")
DAYS = [EPOCH + timedelta(days=n) for n in range(4)]
MANY = settings(max_examples=50)


async def fill(database: Database, shop: Shop, rows: int = 100) -> None:
    """Rows of all kinds, three to a second so that ties abound."""
    chance, arrivals = Random(7), []
    for n in range(rows):
        shown = chance.choice([("suppliersPortalSynch", None)] * 2 + [("wbRu", "Да"), ("none", "Нет"), ("none", None)])
        arrivals.append(
            asked(
                f"q{chance.randrange(10**6):06d}",
                DAYS[n % 4] + timedelta(seconds=n // 12),
                nm_id=chance.randint(1, 3),
                text=" ".join(chance.sample(WORDS, k=chance.randint(0, 2))),
                wb_state=shown[0],
                answer_text=shown[1],
            )
        )
    ids = [row.wb_id for row in arrivals]
    async with database.transaction() as session:
        await store(session, shop.id, arrivals)
        for state in STATES:
            named = {"state": state, "ids": chance.sample(ids, k=rows // 6)}
            await session.execute(text("UPDATE questions SET reply_state = :state WHERE wb_id = ANY(:ids)"), named)
        gone = {"ids": chance.sample(ids, k=rows // 5)}
        await session.execute(text("UPDATE questions SET deleted_at = now() WHERE wb_id = ANY(:ids)"), gone)


@pytest.fixture
async def rows(database: Database, shop: Shop, make: Make, stored: Stored) -> list[Question]:
    """The shop's rows, beside those of another shop that nobody may ever see."""
    await fill(database, shop)
    await fill(database, await make.shop(), rows=30)
    return list((await stored.rows()).values())


def fits(row: Question, filters: QuestionFilters) -> bool:
    """The same question, asked naively."""
    rejected = row.wb_state == "none"
    answered = {
        QuestionAnswered.YES: row.answer_text is not None and not rejected,
        QuestionAnswered.NO: row.answer_text is None and not rejected and row.deleted_at is None,
        QuestionAnswered.REJECTED: rejected,
    }
    return all((
        (row.deleted_at is not None) == filters.deleted,
        not filters.states or row.reply_state in filters.states,
        not filters.no_reply_yet or row.reply_state is None,
        filters.answered is None or answered[filters.answered],
        filters.nm_id is None or row.nm_id == filters.nm_id,
        filters.since is None or row.written_at >= filters.since,
        filters.until is None or row.written_at < filters.until,
        all(word in row.text for word in filters.search.split()),
    ))  # fmt: skip


FILTERS = st.builds(
    QuestionFilters,
    states=st.lists(st.sampled_from(STATES), max_size=2),
    no_reply_yet=st.booleans(),
    answered=st.none() | st.sampled_from(QuestionAnswered),
    nm_id=st.none() | st.integers(0, 3),
    since=st.none() | st.sampled_from(DAYS),
    until=st.none() | st.sampled_from(DAYS),
    search=st.just("") | st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    deleted=st.booleans(),
)


async def all_pages(database: Database, shop_id: UUID, filters: QuestionFilters, limit: int) -> list[str]:
    found: list[str] = []
    after: Cursor | None = None
    async with database.transaction() as session:
        while True:
            page = await page_of_questions(session, shop_id, filters, after=after, limit=limit)
            found += [row.wb_id for row in page]
            if len(page) < limit:
                return found
            after = Cursor.parse(str(Cursor(at=page[-1].written_at, id=page[-1].wb_id)))


@MANY
@given(filters=FILTERS, limit=st.integers(4, 60))
async def test_any_filters_find_what_fits_page_by_page_newest_first(
    database: Database, shop: Shop, rows: Sequence[Question], filters: QuestionFilters, limit: int
) -> None:
    fitting = sorted(
        (row for row in rows if fits(row, filters)), key=lambda row: (row.written_at, row.wb_id), reverse=True
    )

    found = await all_pages(database, shop.id, filters, limit)

    async with database.transaction() as session:
        count = await count_questions(session, shop.id, filters)
    assert found == [row.wb_id for row in fitting]
    assert count == Count(count=len(fitting), more=False)


async def test_badges_count_what_their_view_lists(database: Database, shop: Shop, rows: Sequence[Question]) -> None:
    filters = QuestionFilters(nm_id=2, states=["draft"], answered=QuestionAnswered.YES)

    async with database.transaction() as session:
        views = await count_question_views(session, shop.id, filters, STATES)

    alive = [row for row in rows if row.nm_id == 2 and row.deleted_at is None]
    assert {name: view.count for name, view in views.items()} == {
        "waiting": sum(row.needs_reply and row.reply_state is None for row in alive),
        **{state: sum(row.reply_state == state for row in alive) for state in STATES},
    }


async def test_counting_stops_and_says_so(
    database: Database, shop: Shop, rows: Sequence[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED_TO", 10)

    async with database.transaction() as session:
        count = await count_questions(session, shop.id, QuestionFilters())

    assert count == Count(count=10, more=True)


@pytest.mark.parametrize("search", ["'; DROP TABLE questions; --", "\x00", "\ud83d", "<-> & | !", "(" * 100, '"'])
async def test_a_hostile_search_finds_nothing_and_breaks_nothing(
    database: Database, shop: Shop, rows: Sequence[Question], search: str
) -> None:
    async with database.transaction() as session:
        await page_of_questions(session, shop.id, QuestionFilters(search=search), after=None, limit=10)
        await count_questions(session, shop.id, QuestionFilters(search=search))


@pytest.mark.parametrize("cursor", ["мусор", "bm9w", "MjAyNi0wMS0wMSBh", "\ud83d"])
async def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.parse(cursor)
