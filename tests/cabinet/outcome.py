"""What a storm of reports left behind."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.cabinet.tallies import counts_of, recount
from app.kit.db import Database
from tests.cabinet.sizes import wrong_sizes


@dataclass(kw_only=True)
class Outcome:
    """What a storm found; every list must be empty."""

    sequences: int = 0
    reports: int = 0
    offers: int = 0
    filed: int = 0
    offered_again: list[str] = field(default_factory=list)
    filed_twice: list[str] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    broken_histories: list[str] = field(default_factory=list)
    wrong_counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def plus(self, other: "Outcome") -> "Outcome":
        """Both together."""
        mine, theirs = vars(self), vars(other)
        return Outcome(**{name: _both(mine[name], theirs[name]) for name in mine})

    @property
    def holds(self) -> bool:
        return not any((self.offered_again, self.filed_twice, self.backward, self.broken_histories, self.wrong_counts))


def _both(mine: Any, theirs: Any) -> Any:
    return {**mine, **theirs} if isinstance(mine, dict) else mine + theirs


async def wrong_counts(database: Database, shop_id: UUID) -> dict[str, tuple[int, int]]:
    """Kept counts against true ones."""
    async with database.direct() as connection:
        sizes = {" ".join(map(str, size)): each for size, each in (await wrong_sizes(connection, shop_id)).items()}
        kept = (await counts_of(connection, [shop_id]))[shop_id]
        await recount(connection, shop_id)
        true = (await counts_of(connection, [shop_id]))[shop_id]
    return sizes | {
        name: (kept[name], true[name])
        for name in true
        if name not in ("page_at", "shop_id") and kept[name] != true[name]
    }
