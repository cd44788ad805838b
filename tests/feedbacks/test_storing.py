"""What a page leaves in the database, and what it does not touch."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.feedbacks.storing import Stored as Tally
from app.feedbacks.storing import mark_archived, mark_deleted, store
from app.kit.db import Database
from app.replies.models import ReplyState
from app.shops.models import Shop
from tests.factories import Make
from tests.feedbacks.cabinet import changed, incoming
from tests.feedbacks.conftest import Stored

pytestmark = pytest.mark.anyio
TYPED = "u0000"


async def keep(database: Database, shop: Shop, *rows: object, archived: bool = False) -> Tally:
    async with database.transaction() as session:
        return await store(session, shop.id, rows, archived=archived)  # type: ignore[arg-type]


async def versions(stored: Stored) -> dict[str, str]:
    """PostgreSQL's own mark of the last transaction that wrote each row."""
    return {row.wb_id: row.version for row in await stored.ask("SELECT wb_id, xmin::text AS version FROM feedbacks")}


async def test_new_rows_are_inserted_with_all_they_came_with(database: Database, shop: Shop, stored: Stored) -> None:
    written = datetime(2026, 11, 2, 10, 20, 30, 123456, tzinfo=UTC)
    row = incoming("a", written, tags=("цена", "качество"), pros="тёплая", photo_count=3, answer_text="Спасибо")

    tally = await keep(database, shop, row)

    kept = await stored.row("a")
    assert tally == Tally(new=1, changed=0)
    assert (kept.written_at, kept.written_minute) == (written, written.replace(second=0, microsecond=0))
    assert (kept.tags, kept.pros, kept.photo_count, kept.answer_text) == (["цена", "качество"], "тёплая", 3, "Спасибо")
    assert kept.raw == row.raw


async def test_only_what_changed_is_written(database: Database, shop: Shop, stored: Stored) -> None:
    same, other = incoming("same"), incoming("other")
    await keep(database, shop, same, other)
    before = await versions(stored)

    tally = await keep(database, shop, same, changed(other, text="Передумал"))

    after = await versions(stored)
    assert tally == Tally(new=0, changed=1)
    assert after["same"] == before["same"]
    assert after["other"] != before["other"]
    assert (await stored.row("other")).text == "Передумал"


async def test_the_order_of_keys_is_no_change(database: Database, shop: Shop) -> None:
    row = incoming("a", raw={"id": "a", "text": "x"})
    await keep(database, shop, row)

    tally = await keep(database, shop, incoming("a", raw={"text": "x", "id": "a"}))

    assert tally == Tally(new=0, changed=0)


@pytest.mark.parametrize(
    ("change", "remembered"),
    [
        ({"rating": 2}, True),
        ({"nm_id": 99}, True),
        ({"written_at": datetime(2026, 11, 2, 10, 21, tzinfo=UTC)}, True),
        ({"written_at": datetime(2026, 11, 2, 10, 20, 59, tzinfo=UTC)}, False),
        ({"text": "Передумал"}, False),
    ],
)
async def test_the_key_under_which_a_feedback_was_known_is_remembered(
    database: Database, shop: Shop, stored: Stored, change: dict[str, Any], remembered: bool
) -> None:
    row = incoming("a", datetime(2026, 11, 2, 10, 20, 30, tzinfo=UTC), nm_id=7, rating=1)
    await keep(database, shop, row, incoming("b", nm_id=7, rating=1))

    for _ in range(2):
        await keep(database, shop, changed(row, **change), incoming("new", nm_id=7))

    keys = await stored.ask("SELECT shop_id, nm_id, rating, minute, wb_id FROM feedback_former_keys")
    known = (shop.id, 7, 1, datetime(2026, 11, 2, 10, 20, tzinfo=UTC), "a")
    assert [tuple(key) for key in keys] == ([known] if remembered else [])


async def test_every_key_a_feedback_ever_had_is_kept_and_those_of_other_shops_are_theirs(
    database: Database, shop: Shop, make: Make, stored: Stored
) -> None:
    row, other = incoming("a", rating=1), await make.shop()
    for one in (shop, other):
        await keep(database, one, row)

    for rating in (2, 1, 3):
        await keep(database, shop, changed(row, rating=rating))

    keys = await stored.ask("SELECT shop_id, rating FROM feedback_former_keys ORDER BY rating")
    assert [tuple(key) for key in keys] == [(shop.id, 1), (shop.id, 2)]


async def test_a_row_twice_on_a_page_is_stored_once(database: Database, shop: Shop) -> None:
    assert await keep(database, shop, incoming("a"), incoming("a")) == Tally(new=1, changed=0)


async def test_the_archive_marks_and_no_other_list_unmarks(database: Database, shop: Shop, stored: Stored) -> None:
    row = incoming("a")
    await keep(database, shop, row)

    await keep(database, shop, row, archived=True)
    await keep(database, shop, changed(row, text="Ещё слово"))

    assert (await stored.row("a")).archived


@pytest.mark.parametrize(
    "words", ["nul \x00 here", "half \ud83d pair", rf"typed \{TYPED} by hand", rf"\\{TYPED}", f"\\\x00{TYPED}"]
)
async def test_words_that_postgresql_cannot_hold_are_stored_without_them(
    database: Database, shop: Shop, stored: Stored, words: str
) -> None:
    row = incoming("a", text=words, tags=(words,), raw={"id": "a", "text": words, "nested": [{words: words}]})

    await keep(database, shop, row)

    kept = await stored.row("a")
    expected = words.replace("\x00", "").replace("\ud83d", "?")
    assert (kept.text, kept.tags, kept.raw["text"]) == (expected, [expected], expected)


@pytest.mark.parametrize(
    ("how", "wants"),
    [
        ({}, True),
        ({"text": "", "cons": "жмёт"}, True),
        ({"text": "", "photo_count": 1}, True),
        ({"text": "", "has_video": True}, True),
        ({"text": ""}, False),
        ({"answer_text": "Спасибо"}, False),
        ({"child_id": "b"}, False),
        ({"parent_id": "b"}, True),
    ],
)
async def test_who_needs_a_reply(
    database: Database, shop: Shop, stored: Stored, how: dict[str, Any], wants: bool
) -> None:
    await keep(database, shop, incoming("a", **how))

    assert (await stored.row("a")).needs_reply is wants
    assert await stored.jobs() == (["FeedbacksArrived"] if wants else [])


async def test_a_deleted_one_needs_no_reply_until_it_is_seen_again(
    database: Database, shop: Shop, stored: Stored
) -> None:
    await keep(database, shop, incoming("a", raw={"id": "a"}))
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, ["a", "never seen"], now=datetime.now(UTC))
    assert not (await stored.row("a")).needs_reply
    await stored.order("DELETE FROM jobs")

    tally = await keep(database, shop, incoming("a", raw={"id": "a"}))

    assert tally == Tally(new=0, changed=1)
    assert (await stored.row("a")).needs_reply
    assert await stored.jobs() == ["FeedbacksArrived"]


async def test_news_is_told_once_and_only_of_changes(
    database: Database, shop: Shop, stored: Stored, make: Make
) -> None:
    row = incoming("a", raw={"id": "a"})
    await keep(database, shop, row)
    await make.reply(await stored.row("a"), state=ReplyState.SENT)
    await stored.order("DELETE FROM jobs")
    answered = changed(row, answer_text="Спасибо", answer_state="reviewRequired")

    await keep(database, shop, row)
    told_of_nothing = await stored.jobs()
    await keep(database, shop, answered)
    told_of_the_answer = await stored.jobs()
    await stored.order("DELETE FROM jobs")
    await keep(database, shop, answered)

    assert told_of_nothing == []
    assert told_of_the_answer == ["AnswersSeen"]
    assert await stored.jobs() == []


async def test_shops_do_not_see_each_others_rows(database: Database, shop: Shop, make: Make, stored: Stored) -> None:
    other = await make.shop()
    await keep(database, shop, incoming("a", text="моё"))
    await keep(database, other, incoming("a", text="чужое"))

    async with database.transaction() as session:
        await mark_deleted(session, other.id, ["a"], now=datetime.now(UTC))

    kept = await stored.row("a")
    assert (kept.text, kept.deleted_at) == ("моё", None)


async def test_overlapping_pages_at_the_same_time_do_not_deadlock(
    database: Database, shop: Shop, stored: Stored
) -> None:
    ids = [f"w{n:03d}" for n in range(200)]

    async def somebody(number: int) -> None:
        shuffled = random.Random(number).sample(ids, k=150)
        async with database.transaction() as session:
            if number % 3 == 0:
                await mark_deleted(session, shop.id, shuffled, now=datetime.now(UTC))
            elif number % 3 == 1:
                await mark_archived(session, shop.id, shuffled, now=datetime.now(UTC))
            else:
                await store(session, shop.id, [incoming(wb_id, text=f"{number}") for wb_id in shuffled])

    await keep(database, shop, *(incoming(wb_id) for wb_id in ids))

    await asyncio.wait_for(asyncio.gather(*(somebody(number) for number in range(24))), timeout=30)

    assert len(await stored.rows()) == 200


async def test_five_thousand_rows_go_in_one_statement(database: Database, shop: Shop) -> None:
    """About a second; `bench/` watches the time."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [incoming(f"w{n:04d}", start + timedelta(seconds=n)) for n in range(5000)]

    assert await keep(database, shop, *rows) == Tally(new=5000, changed=0)
    assert await keep(database, shop, *rows) == Tally(new=0, changed=0)
