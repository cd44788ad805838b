"""A seller's cabinet as its pages show it: labels beside each feedback, and one button that works once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Final

from app.kit.clock import MOSCOW

ROWS: Final = 100
ONE_OPEN_IN: Final = 5
CHECKING: Final = "Проверяем жалобу"
APPROVED: Final = "Жалоба одобрена"
REJECTED: Final = "Жалоба отклонена"
EXCLUDED: Final = "Исключён из рейтинга"
# What years of complaining leave behind; most complaints are rejected.
PAST: Final = (
    (REJECTED, "Виден", "Выкуп"),
    (REJECTED, "Виден"),
    (REJECTED, "Возврат"),
    (APPROVED, "Снят с публикации"),
    (CHECKING, "Виден"),
    ("Жалоба пересмотрена", "Виден"),
    (EXCLUDED, "Выкуп"),
)


@dataclass(slots=True, kw_only=True)
class Line:
    """One feedback on a page."""

    wb_id: str
    nm_id: int
    rating: int
    written_at: datetime
    labels: Sequence[str]
    can_submit: bool
    presses: int = 0
    reason: str = ""
    words: str = ""

    @property
    def key(self) -> str:
        """As the filing extension composes it, in UTC."""
        return f"{self.nm_id}_{self.rating}_{self.written_at:%Y-%m-%dT%H:%M}"

    @property
    def printed_key(self) -> str:
        """As the checking extension composes it, of the time that the page prints."""
        return f"{self.nm_id}_{self.rating}_{self.printed_at:%Y-%m-%dT%H:%M}"

    @property
    def printed_at(self) -> datetime:
        return self.written_at.astimezone(MOSCOW)

    def as_row(self) -> dict[str, Any]:
        """What the filing extension reports of it."""
        return {
            "reviewKey": self.key,
            "productId": str(self.nm_id),
            "rating": self.rating,
            "reviewDate": self.written_at.isoformat(),
            "statuses": list(self.labels),
            "canSubmitComplaint": self.can_submit,
            "chatStatus": "chat_not_activated",
            "ratingExcluded": EXCLUDED in self.labels,
        }


class Cabinet:
    """Of four feedbacks in five the complaint is spent already; which ones depends on the seed alone."""

    def __init__(self, feedbacks: Iterable[Mapping[str, Any]], *, seed: int) -> None:
        rng = Random(seed)
        # By stars, so that the few that are open are of all kinds, however small the shop.
        ordered = sorted(feedbacks, key=lambda each: (each["rating"], each["wb_id"]))
        lines = [_line(each, place, rng) for place, each in enumerate(ordered)]
        self.lines = {line.key: line for line in lines}

    @property
    def open(self) -> int:
        """How many buttons can still be pressed."""
        return sum(line.can_submit for line in self.lines.values())

    def pages(self) -> list[list[dict[str, Any]]]:
        """What they show at this moment, newest first, a hundred rows each."""
        newest = sorted(self.lines.values(), key=lambda line: line.written_at, reverse=True)
        rows = [line.as_row() for line in newest]
        return [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]

    def press(self, key: str, *, reason: str, words: str) -> Line:
        """A complaint is filed; that it was the second one, only `presses` will tell."""
        line = self.lines[key]
        line.presses, line.reason, line.words = line.presses + 1, reason, words
        line.labels, line.can_submit = (CHECKING, "Виден"), False
        return line


def _line(feedback: Mapping[str, Any], place: int, rng: Random) -> Line:
    labels, can_submit = rng.choice(PAST), place % ONE_OPEN_IN == 0
    return Line(
        wb_id=feedback["wb_id"],
        nm_id=feedback["nm_id"],
        rating=feedback["rating"],
        written_at=datetime.fromisoformat(feedback["written_at"]),
        labels=("Виден",) if can_submit else labels,
        can_submit=can_submit,
    )
