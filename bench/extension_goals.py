"""The bars of the performance table, row by row, and what its own figures make of «so many times the original»."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`share` of bare HTTP; `times` the original's `original` requests/s, where bare HTTP reached `bare`."""

    share: float
    times: float
    original: float
    bare: float
    sql: float
    """Milliseconds of the best SQL, p50 at one connection."""

    @property
    def by_times(self) -> float:
        """The share of bare HTTP that `times` comes to; the original is not at hand to be measured beside us."""
        return round(self.times * self.original / self.bare, 2)


GOALS = {
    "review-statuses, 100 new rows": Goal(0.60, 30, 3.3, 240, 3.3),
    "review-statuses, 100 known rows": Goal(0.60, 25, 5.7, 244, 2.6),
    "complaint-statuses, 100 rows": Goal(0.60, 12, 8.0, 145, 2.5),
    "tasks": Goal(0.50, 0, 6.2, 53, 16),
    "complaints?limit=100": Goal(0.60, 15, 11.5, 265, 1.2),
    "stats": Goal(0.40, 300, 4.5, 3500, 0.1),
    "stores": Goal(0.40, 200, 7.1, 2900, 0.1),
    "review-statuses GET 50": Goal(0.50, 6, 113, 1000, 0.3),
    "complaint/sent": Goal(0.45, 3, 401, 2600, 0.3),
    "chat/opened": Goal(0.45, 4, 264, 1800, 0.4),
    "401 for a bad token": Goal(0.33, 4, 1003, 12000, 0),
}
"""«tasks» is 25 times with our caps; what they leave of the original's 376 KB is not told, so no share follows."""
MEGABYTES = 180
