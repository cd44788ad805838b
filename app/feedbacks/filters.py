"""What people filter the list by, and the same as SQL for the driver's own connections (docs/decisions/0009)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.kit.keyset import Cursor, searchable

NEWEST_FIRST: Final = "ORDER BY written_at DESC, wb_id DESC"


class Answered(StrEnum):
    """What stands at Wildberries, not here."""

    YES = "yes"
    NO = "no"
    NOT_NEEDED = "not_needed"


_ANSWERED: Final = {
    Answered.YES: "answer_text IS NOT NULL",
    Answered.NO: "needs_reply",
    Answered.NOT_NEEDED: "answer_text IS NULL AND NOT needs_reply",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All must hold; `search` is words in any form, as people write them."""

    states: Sequence[str] = ()
    no_reply_yet: bool = False
    ratings: Sequence[int] = ()
    answered: Answered | None = None
    nm_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    deleted: bool = False

    def __post_init__(self) -> None:
        """What PostgreSQL cannot hold stands in no feedback either."""
        object.__setattr__(self, "search", searchable(self.search))
        object.__setattr__(self, "states", tuple(self.states))
        object.__setattr__(self, "ratings", tuple(self.ratings))

    @property
    def but_views(self) -> "Filters":
        """Without what a badge would replace."""
        return replace(self, states=(), no_reply_yet=False, answered=None)


class Values(list[object]):
    """What stands behind `$1`, `$2`, …; the shop is always the first."""

    def __init__(self, shop_id: UUID) -> None:
        super().__init__([shop_id])

    def put(self, value: object) -> str:
        """The placeholder by which a statement calls it."""
        self.append(value)
        return f"${len(self)}"


def where(filters: Filters, values: Values, *, after: Cursor | None = None) -> str:
    """All but the search."""
    asked = ["shop_id = $1"]
    if filters.answered is not Answered.NO or filters.deleted:  # needs_reply says that it is not gone
        asked.append("deleted_at IS NOT NULL" if filters.deleted else "deleted_at IS NULL")
    if filters.answered is not None:
        asked.append(_ANSWERED[filters.answered])
    if filters.states:
        asked.append(_one_of("reply_state", filters.states, "text", values))
    if filters.no_reply_yet:
        asked.append("reply_state IS NULL")
    if filters.ratings:
        asked.append(_one_of("rating", filters.ratings, "smallint", values))
    if filters.nm_id is not None:
        asked.append(f"nm_id = {values.put(filters.nm_id)}")
    return " AND ".join([*asked, *_within(filters, values, after)])


def ranges(filters: Filters, values: Values, *, after: Cursor | None = None) -> list[str]:
    """The same split so that each part is one ordered range of one index.

    PostgreSQL reads `x IN (…)` in date order only by sorting all of it or by filtering everything.
    """
    if filters.states:
        parts = [replace(filters, states=(state,)) for state in dict.fromkeys(filters.states)]
    elif filters.ratings and filters.nm_id is None and filters.answered is None:
        parts = [replace(filters, ratings=(rating,)) for rating in dict.fromkeys(filters.ratings)]
    else:
        parts = [filters]
    return [where(part, values, after=after) for part in parts]


def _one_of(column: str, wanted: Sequence[object], kind: str, values: Values) -> str:
    if len(wanted) == 1:
        return f"{column} = {values.put(wanted[0])}"
    return f"{column} = ANY({values.put(list(wanted))}::{kind}[])"


def _within(filters: Filters, values: Values, after: Cursor | None) -> list[str]:
    asked = []
    if filters.since is not None:
        asked.append(f"written_at >= {values.put(filters.since)}")
    if filters.until is not None:
        asked.append(f"written_at < {values.put(filters.until)}")
    if after is not None:
        asked.append(f"(written_at, wb_id) < ({values.put(after.at)}, {values.put(after.id)})")
    return asked
