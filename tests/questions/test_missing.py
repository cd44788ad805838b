"""What left the unanswered list is asked for one by one: answered elsewhere, rejected, or deleted."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kit.errors import RateLimited
from app.questions.sync import LOOKUPS
from tests.questions.cabinet import QuestionCabinet, asked
from tests.questions.conftest import Stored, Sync

pytestmark = pytest.mark.anyio
OLD = timedelta(days=40)


@pytest.fixture(autouse=True)
def questions(cabinet: QuestionCabinet) -> None:
    """Older than any window of the answered list."""
    start = datetime.now(UTC) - OLD
    cabinet.add(*(asked(f"w{n:03d}", start + timedelta(minutes=n)) for n in range(30)))
    cabinet.add(asked("new", datetime.now(UTC)))


async def test_answered_rejected_and_deleted_are_told_apart(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    await sync()
    cabinet.answer("w001", "Ответ из кабинета")
    cabinet.change("w002", wb_state="none", answer_text="Не о товаре")
    del cabinet.rows["w003"]

    await sync()

    rows = await stored.rows()
    assert sorted(cabinet.looked_up) == ["w001", "w002", "w003"]
    assert (rows["w001"].answer_text, rows["w001"].needs_reply) == ("Ответ из кабинета", False)
    assert (rows["w002"].wb_state, rows["w002"].needs_reply) == ("none", False)
    assert rows["w003"].deleted_at is not None
    assert rows["w004"].deleted_at is None


async def test_at_most_a_few_are_asked_for_in_a_run_and_all_have_their_turn(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored
) -> None:
    await sync()
    for n in range(30):
        cabinet.answer(f"w{n:03d}")

    await sync()
    assert len(cabinet.looked_up) == LOOKUPS
    await sync()

    assert len(set(cabinet.looked_up)) == 30
    assert {wb_id for wb_id, row in (await stored.rows()).items() if row.needs_reply} == {"new"}


async def test_those_that_stay_unanswered_by_id_do_not_keep_the_others_waiting(
    sync: Sync, cabinet: QuestionCabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync()
    monkeypatch.setattr(cabinet, "listed", lambda *, answered: [])

    await sync()
    await sync()

    assert len(set(cabinet.looked_up)) == 30


async def test_who_comes_back_lives_again(sync: Sync, cabinet: QuestionCabinet, stored: Stored) -> None:
    await sync()
    hidden = cabinet.rows.pop("w005")
    await sync()
    assert (await stored.row("w005")).deleted_at is not None
    cabinet.add(hidden)

    await sync()

    assert (await stored.row("w005")).needs_reply


async def test_what_came_a_moment_ago_is_not_missed_yet(sync: Sync, cabinet: QuestionCabinet) -> None:
    await sync()
    del cabinet.rows["new"]

    await sync()

    assert cabinet.looked_up == []


async def test_a_budget_that_ends_amid_the_lookups_loses_none_of_them(
    sync: Sync, cabinet: QuestionCabinet, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync()
    for n in range(4):
        del cabinet.rows[f"w{n:03d}"]
    look_up = cabinet.one

    async def two_only(shop_id: object, wb_id: str) -> object:
        if len(cabinet.looked_up) == 2:
            raise RateLimited(60)
        return await look_up(stored.shop.id, wb_id)

    monkeypatch.setattr(cabinet, "one", two_only)
    with pytest.raises(RateLimited):
        await sync()
    monkeypatch.setattr(cabinet, "one", look_up)

    await sync()

    assert {wb_id for wb_id, row in (await stored.rows()).items() if row.deleted_at} == {
        "w000", "w001", "w002", "w003",
    }  # fmt: skip
    assert len(cabinet.looked_up) == 4
