"""Every filter against the same question put to a list in memory; pages, counts, cursors, and hostile searches."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.feedbacks import listing, searching
from app.feedbacks.filters import Answered, Filters
from app.feedbacks.listing import Page, page_of_feedbacks
from app.feedbacks.models import Feedback
from app.feedbacks.storing import store
from app.kit.db import Database
from app.kit.keyset import BadCursor, Count, Cursor
from app.shops.models import Shop
from tests.factories import Make
from tests.feedbacks.cabinet import EPOCH, incoming
from tests.feedbacks.conftest import Stored

pytestmark = pytest.mark.anyio
STATES = ("draft", "approved", "published")
WORDS = ("кофта", "рукав", "молния")
DAYS = [EPOCH + timedelta(days=n) for n in range(4)]
MANY = settings(max_examples=50)


async def fill(database: Database, shop: Shop, rows: int = 100) -> None:
    """Rows of all kinds, three to a second so that ties abound."""
    chance, arrivals = Random(7), []
    for n in range(rows):
        words = {"text": chance.choice(["", *WORDS]), "pros": chance.choice(["", "", *WORDS])}
        answer = chance.choice([None, None, "Спасибо"])
        arrivals.append(
            incoming(
                f"w{chance.randrange(10**6):06d}",
                DAYS[n % 4] + timedelta(seconds=n // 12),
                rating=chance.randint(1, 5),
                nm_id=chance.randint(1, 3),
                answer_text=answer,
                child_id=chance.choice([None, None, None, "child"]),
                **words,
            )
        )  # fmt: skip
    async with database.transaction() as session:
        await store(session, shop.id, arrivals)
        for state in STATES:
            for wb_id in chance.sample([row.wb_id for row in arrivals], k=rows // 6):
                await session.execute(
                    text("UPDATE feedbacks SET reply_state = :state WHERE wb_id = :wb_id"),
                    {"state": state, "wb_id": wb_id},
                )
        for wb_id in chance.sample([row.wb_id for row in arrivals], k=rows // 5):
            await session.execute(
                text("UPDATE feedbacks SET deleted_at = now() WHERE wb_id = :wb_id"), {"wb_id": wb_id}
            )


@pytest.fixture
async def rows(database: Database, shop: Shop, make: Make, stored: Stored) -> list[Feedback]:
    """The shop's rows, beside those of another shop that nobody may ever see."""
    await fill(database, shop)
    await fill(database, await make.shop(), rows=30)
    return list((await stored.rows()).values())


def fits(row: Feedback, asked: Filters) -> bool:
    """The same question, asked naively."""
    answered = {
        Answered.YES: row.answer_text is not None,
        Answered.NO: row.needs_reply,
        Answered.NOT_NEEDED: row.answer_text is None and not row.needs_reply,
    }
    return all((
        (row.deleted_at is not None) == asked.deleted,
        not asked.states or row.reply_state in asked.states,
        not asked.no_reply_yet or row.reply_state is None,
        not asked.ratings or row.rating in asked.ratings,
        asked.answered is None or answered[asked.answered],
        asked.nm_id is None or row.nm_id == asked.nm_id,
        asked.since is None or row.written_at >= asked.since,
        asked.until is None or row.written_at < asked.until,
        all(word in f"{row.text} {row.pros}" for word in asked.search.split()),
    ))  # fmt: skip


FILTERS = st.builds(
    Filters,
    states=st.lists(st.sampled_from(STATES), max_size=2),
    no_reply_yet=st.booleans(),
    ratings=st.lists(st.integers(1, 5), max_size=3),
    answered=st.none() | st.sampled_from(Answered),
    nm_id=st.none() | st.integers(0, 3),
    since=st.none() | st.sampled_from(DAYS),
    until=st.none() | st.sampled_from(DAYS),
    search=st.just("") | st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    deleted=st.booleans(),
)


async def all_pages(database: Database, shop_id: UUID, asked: Filters, limit: int) -> list[str]:
    found: list[str] = []
    after: Cursor | None = None
    while True:
        page = await page_of(database, shop_id, asked, after=after, limit=limit)
        found += [row["wb_id"] for row in page.rows]
        if not page.more:
            return found
        last = page.rows[-1]
        after = Cursor.parse(str(Cursor(at=last["written_at"], id=last["wb_id"])))


async def page_of(database: Database, shop_id: UUID, asked: Filters, *, limit: int = 1, **more: Any) -> Page:
    async with database.glance() as connection:
        return await page_of_feedbacks(connection, shop_id, asked, limit=limit, **more)


@MANY
@given(asked=FILTERS, limit=st.integers(4, 60))
async def test_any_filters_find_what_fits_page_by_page_newest_first(
    database: Database, shop: Shop, rows: Sequence[Feedback], asked: Filters, limit: int
) -> None:
    fitting = sorted(
        (row for row in rows if fits(row, asked)), key=lambda row: (row.written_at, row.wb_id), reverse=True
    )

    found = await all_pages(database, shop.id, asked, limit)

    counts = [(await page_of(database, shop.id, asked, limit=size)).total for size in (1, limit)]
    assert found == [row.wb_id for row in fitting]
    assert counts == [Count(count=len(fitting), more=False)] * 2


async def test_every_single_filter_finds_something_and_not_everything(
    database: Database, shop: Shop, rows: Sequence[Feedback]
) -> None:
    alone: list[dict[str, Any]] = [
        {"states": ["draft"]}, {"no_reply_yet": True}, {"ratings": [1, 5]}, {"nm_id": 2}, {"since": DAYS[2]},
        {"until": DAYS[2]}, {"search": "кофта"}, {"deleted": True}, *({"answered": kind} for kind in Answered),
    ]  # fmt: skip

    for one in alone:
        found = await all_pages(database, shop.id, Filters(**one), 50)
        assert 0 < len(found) < len(rows), one


async def test_badges_count_within_the_other_filters(database: Database, shop: Shop, rows: Sequence[Feedback]) -> None:
    asked = Filters(ratings=[4, 5], states=["draft"], answered=Answered.YES)

    badges = (await page_of(database, shop.id, asked, badges=STATES)).badges or {}

    rest = replace(asked, states=(), answered=None)
    expected = {state: sum(fits(row, replace(rest, states=(state,))) for row in rows) for state in STATES}
    waiting = replace(rest, answered=Answered.NO, no_reply_yet=True)
    assert {view: count.count for view, count in badges.items()} == {
        "waiting": sum(fits(row, waiting) for row in rows),
        **expected,
    }


async def test_counting_stops_and_says_so(
    database: Database, shop: Shop, rows: Sequence[Feedback], monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = sum(fits(row, Filters()) for row in rows)
    counts = []

    for limit in (exact + 1, exact, exact - 1):
        monkeypatch.setattr(listing, "COUNTED_TO", limit)
        counts.append((await page_of(database, shop.id, Filters())).total)

    assert counts == [
        Count(count=exact, more=False), Count(count=exact, more=False), Count(count=exact - 1, more=True),
    ]  # fmt: skip


@pytest.mark.parametrize("often", [1, 3, 1000])
@pytest.mark.parametrize("depth", [1, 12, 1000])
@pytest.mark.parametrize("asked", [{}, {"ratings": [4, 5]}, {"states": ["draft"]}, {"nm_id": 2}])
async def test_words_are_found_by_date_as_well_as_by_the_text_index(
    database: Database, shop: Shop, rows: Sequence[Feedback], monkeypatch: pytest.MonkeyPatch,
    often: int, depth: int, asked: dict[str, Any],
) -> None:  # fmt: skip
    monkeypatch.setattr(searching, "SAMPLE", 6)
    monkeypatch.setattr(searching, "OFTEN", often)
    monkeypatch.setattr(searching, "DEPTH", depth)

    for word in WORDS:
        filters = Filters(search=word, **asked)
        fitting = sorted((row for row in rows if fits(row, filters)), key=lambda row: (row.written_at, row.wb_id))
        assert await all_pages(database, shop.id, filters, 3) == [row.wb_id for row in reversed(fitting)]


async def test_a_frequent_word_is_counted_to_a_bound_that_says_so(
    database: Database, shop: Shop, rows: Sequence[Feedback], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SAMPLE", 6)
    exact = sum(fits(row, Filters(search="кофта")) for row in rows)

    async def told(**bounds: int) -> Count | None:
        for name, value in bounds.items():
            monkeypatch.setattr(searching, name, value)
        page = await page_of(database, shop.id, Filters(search="кофта"), badges=STATES)
        assert page.badges is not None
        assert page.total is not None
        assert {badge.more for badge in page.badges.values()} == {page.total.more}
        return page.total

    by_index = await told(OFTEN=0, COMMON=1000, OFTEN_MATCHES=5)
    by_date = await told(COMMON=0, COUNTED_AMONG=20)
    of_few = await told(OFTEN=1000, COMMON=1000, OFTEN_MATCHES=5)

    assert exact > 20
    assert by_index == Count(count=5, more=True)
    assert by_date is not None
    assert 0 < by_date.count < 20
    assert by_date.more
    assert of_few == Count(count=exact, more=False)


@pytest.mark.parametrize(
    ("words", "sought", "found"),
    [
        ("Пришла рваная куртка", "рваные куртки", True),
        ("Куртки хорошие", "куртка", True),
        ("Молния сломалась", "сломанный рукав", False),
        ("Отличная сумка маме", "сумки", True),
        ("Отличная сумка маме", "СУМКАМИ", True),
        ("Размер не подошёл", '"не подошёл"', True),
        ("Куртка синяя", "куртка -синий", False),
    ],
)
async def test_words_are_found_in_any_form(
    database: Database, shop: Shop, make: Make, words: str, sought: str, found: bool
) -> None:
    await make.feedback(shop, text=words, product_name="", supplier_article="", buyer_name="")

    assert bool(await all_pages(database, shop.id, Filters(search=sought), 10)) is found


async def test_a_blank_search_is_no_search(database: Database, shop: Shop, make: Make) -> None:
    await make.feedback(shop)

    assert len(await all_pages(database, shop.id, Filters(search=" \x00 "), 10)) == 1


@MANY
@given(sought=st.text(max_size=60) | st.text(alphabet="\"'\\-&|!:*()<>\x00 %;аб\ud800", max_size=60))
async def test_no_search_is_an_error(database: Database, shop: Shop, sought: str) -> None:
    await page_of(database, shop.id, Filters(search=sought))


def encoded(words: str) -> str:
    return base64.urlsafe_b64encode(words.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "", "ы", "\ud800", "====", encoded("2026-11-01"), encoded("yesterday w1"), encoded("2026-11-01T00:00:00 w1"),
     encoded("2026-11-01T00:00:00+00:00 w\x00"), encoded("0001-01-01T00:00:00+14:00 w1"),
     encoded("9999-12-31T23:59:59-14:00 w1")],
)  # fmt: skip
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.parse(cursor)


@MANY
@given(cursor=st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
async def test_whatever_cursor_parses_can_be_asked_for(database: Database, shop: Shop, cursor: str) -> None:
    try:
        after = Cursor.parse(cursor)
    except BadCursor:
        return

    await page_of(database, shop.id, Filters(), after=after)


async def test_the_edges_of_the_calendar_can_be_asked_for(database: Database, shop: Shop, make: Make) -> None:
    await make.feedback(shop)
    ends = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]

    for since, until in product([None, *ends], repeat=2):
        found = await all_pages(database, shop.id, Filters(since=since, until=until), 10)
        assert len(found) == (since != ends[1] and until != ends[0])
