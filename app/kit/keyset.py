"""Pages by key: the cursor between two pages, counts that stop, and words as PostgreSQL can hold them."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.kit.errors import Invalid


class BadCursor(Invalid):
    """Not one of ours."""

    code = "BAD_CURSOR"
    message = "Неизвестный курсор. Начните список сначала."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last row of the page before, in lists that go by time and id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()} {self.id}".encode()).decode()

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises BadCursor."""
        try:
            at, row_id = base64.urlsafe_b64decode(text.encode()).decode().split(" ", 1)
            moment = datetime.fromisoformat(at)
            known_offset = moment.tzinfo is not None and moment.astimezone(UTC)
        except (ValueError, OverflowError, binascii.Error) as error:
            raise BadCursor from error
        if not known_offset or "\x00" in row_id:
            raise BadCursor
        return cls(at=moment, id=row_id)

    def uuid(self) -> UUID:
        """The id where it is one; raises BadCursor."""
        try:
            return UUID(self.id)
        except ValueError as error:
            raise BadCursor from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`more` when there are at least this many and counting stopped (docs/decisions/0004)."""

    count: int
    more: bool

    @classmethod
    def of(cls, found: int, bound: int) -> "Count":
        """From a count that was stopped one past the bound."""
        return cls(count=min(found, bound), more=found > bound)


def searchable(words: str) -> str:
    """What PostgreSQL cannot hold stands in no text either."""
    return words.replace("\x00", " ").encode("utf-8", "replace").decode().strip()
