"""What the complaints page says of complaints, whoever filed them."""

from datetime import datetime, timedelta, timezone

import pytest

from app.cabinet.matching import FeedbackKey
from app.cabinet.states import ComplaintState, FiledBy
from app.cabinet.verdicts import VerdictReading, VerdictsReport, filing_day, report_verdicts
from app.cabinet.words import chat_of, facts_of, filer_of, verdict_of
from tests.cabinet.test_pages import EVENING, NOW, Pages, page, pages  # noqa: F401

pytestmark = pytest.mark.anyio
C = ComplaintState
MOSCOW = timezone(timedelta(hours=3))


def verdict(
    minutes: int, complaint: ComplaintState, *, filed_by: FiledBy | None = None, on: str = ""
) -> VerdictReading:
    """As the checker prints it: Moscow's time."""
    wall = EVENING + timedelta(minutes=minutes, hours=3)
    return VerdictReading(key=FeedbackKey(77, 1, wall), complaint=complaint, filed_by=filed_by, filed_on=on, raw="…")


async def told(pages: Pages, *readings: VerdictReading, now: datetime = NOW) -> VerdictsReport:  # noqa: F811
    async with pages.database.direct() as connection:
        return await report_verdicts(connection, pages.shop.id, readings, actor="token:c", now=now)


async def test_a_pending_complaint_gets_verdict_filer_and_day(pages: Pages) -> None:  # noqa: F811
    first, second = await pages.write(0, 1)
    await pages.report(page(0, "Проверяем жалобу"), page(1, "Проверяем жалобу"))

    report = await told(
        pages, verdict(0, C.APPROVED, filed_by=FiledBy.US, on="09.01.2026"), verdict(1, C.REJECTED, on="10.01")
    )

    approved, rejected = await pages.standing(first), await pages.standing(second)
    assert (approved["complaint"], approved["filed_by"]) == ("approved", "us")
    assert approved["filed_at"] == datetime(2026, 1, 9, tzinfo=MOSCOW)
    assert (rejected["complaint"], rejected["filed_by"]) == ("rejected", "seller")
    assert rejected["filed_at"] == datetime(2026, 1, 10, tzinfo=MOSCOW)
    assert (report.feedbacks, report.complaints, report.hours, report.unusual_clock) == (2, 2, 3, False)


async def test_a_complaint_that_only_the_checker_knows_of_is_known_from_then_on(pages: Pages) -> None:  # noqa: F811
    (wb_id,) = await pages.write(0)

    await told(pages, verdict(0, C.PENDING, filed_by=FiledBy.SELLER))

    stands = await pages.standing(wb_id)
    assert (stands["complaint"], stands["filed_by"], stands["candidate"]) == ("pending", "seller", False)


async def test_rows_that_no_one_feedback_fits_are_named(pages: Pages) -> None:  # noqa: F811
    await pages.write(0, 1, 1)

    report = await told(pages, verdict(0, C.PENDING), verdict(1, C.APPROVED), verdict(30, C.APPROVED))

    assert (report.feedbacks, report.ambiguous, report.unmatched) == (1, 1, 1)
    assert report.open_keys == {1: "ambiguous", 2: "unmatched"}


async def test_the_checker_may_correct_an_approval_later_and_history_keeps_both(pages: Pages) -> None:  # noqa: F811
    (wb_id,) = await pages.write(0)
    await told(pages, verdict(0, C.APPROVED))

    await told(pages, verdict(0, C.REJECTED), now=NOW + timedelta(hours=1))

    assert (await pages.standing(wb_id))["complaint"] == "rejected"
    lines = await pages.rows("SELECT from_state, to_state FROM standing_events WHERE shop_id = $1 ORDER BY at")
    assert [tuple(line) for line in lines] == [("none", "approved"), ("approved", "rejected")]


@pytest.mark.parametrize(
    ("said", "written", "now", "expected"),
    [
        ("05.01.2026", "2025-12-20", "2026-03-01", "2026-01-05"),
        ("05.01", "2025-12-20", "2026-03-01", "2026-01-05"),
        ("31.12", "2025-12-20", "2026-03-01", "2025-12-31"),
        ("29.02", "2024-01-10", "2026-03-01", "2024-02-29"),
        ("01.06", "2025-12-20", "2026-03-01", None),
        ("19.12", "2025-12-20", "2025-12-25", None),
        ("05.01.26", "2025-12-20", "2026-03-01", "2026-01-05"),
        ("31.02.2026", "2025-12-20", "2026-03-01", None),
        ("вчера", "2025-12-20", "2026-03-01", None),
        ("", "2025-12-20", "2026-03-01", None),
    ],
)
def test_a_filing_day_without_a_year_is_the_latest_that_can_be(
    said: str, written: str, now: str, expected: str | None
) -> None:
    found = filing_day(
        said, written_at=datetime.fromisoformat(f"{written}T12:00Z"), now=datetime.fromisoformat(f"{now}T12:00Z")
    )

    assert found == (datetime.fromisoformat(f"{expected}T00:00+03:00") if expected else None)


@pytest.mark.parametrize(
    ("statuses", "complaint"),
    [
        (("Жалоба отклонена", "Жалоба одобрена", "Проверяем жалобу"), C.REJECTED),
        (("Жалоба отклонена", "Жалоба пересмотрена"), C.RECONSIDERED),
        (("Проверяем жалобу", "Жалоба одобрена"), C.APPROVED),
        (("Проверяем\u00a0жалобу",), C.PENDING),
        (("Выкуп", "Что-то ещё"), None),
    ],
)
def test_of_several_complaint_texts_the_strongest_counts(
    statuses: tuple[str, ...], complaint: ComplaintState | None
) -> None:
    assert facts_of(statuses).complaint is complaint


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("Жалоба одобрена", C.APPROVED), ("Одобрена", C.APPROVED), ("approved", C.APPROVED),
        ("Отклонена", C.REJECTED), ("Проверяем жалобу", C.PENDING), ("На рассмотрении", C.PENDING),
        ("Жалоба пересмотрена", C.RECONSIDERED), ("Пересмотрена", C.RECONSIDERED), ("Спасибо", None), ("", None),
    ],
)  # fmt: skip
def test_the_checkers_words_are_read_long_and_short(said: str, state: ComplaintState | None) -> None:
    assert verdict_of(said) is state


def test_excluded_is_read_with_and_without_dots_and_who_filed_by_his_mark() -> None:
    assert facts_of(("Исключён из рейтинга",)) == facts_of(("Исключен из рейтинга",))
    assert [filer_of(each) for each in ("R5", " r5 ", "Продавец", "", None)] == [
        FiledBy.US, FiledBy.US, FiledBy.SELLER, None, None,
    ]  # fmt: skip
    assert chat_of(None) is chat_of("chat_something_new") is None
