"""How likely Wildberries is to approve a complaint, by our own outcomes on complaints like it.

One large agency saw 2,451 of 24,566 approved: so a shop without outcomes starts at ten in a hundred. Each kind of
complaint is judged with the kind around it as its prior, and by the lower bound: few outcomes promise little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.complaints.beta import beta_quantile

PRIOR = 0.10
STRENGTH = 10.0
"""A prior weighs as much as so many outcomes."""
ENOUGH = 20
"""Outcomes from which on a kind of complaint is judged by itself."""
DOUBT = 0.10
"""The true share is below the lower bound in one of ten cases."""
MIDDLE, HIGH = 0.10, 0.30


class Level(StrEnum):
    """How alike the counted complaints are, coarse to fine: of the shop, of the reason, its rating, its product."""

    SHOP = "shop"
    REASON = "reason"
    RATING = "rating"
    PRODUCT = "product"


class ChanceWord(StrEnum):
    """What a person reads instead of a number that would look exact."""

    LOW = "низкий"
    MIDDLE = "средний"
    HIGH = "высокий"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Verdicts of one kind; reconsidered ones tell nothing clear and are left out."""

    approved: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """`n` outcomes of the `level` that had enough of them."""

    lower: float
    expected: float
    n: int
    level: Level

    @property
    def word(self) -> ChanceWord:
        if self.lower < MIDDLE:
            return ChanceWord.LOW
        return ChanceWord.MIDDLE if self.lower < HIGH else ChanceWord.HIGH

    @property
    def per_mille(self) -> int:
        """The lower bound, as standings keep it."""
        return round(self.lower * 1000)


def chance_of(outcomes: Mapping[Level, Outcomes]) -> Chance:
    """The finest level with enough outcomes wins; a level with too few leaves it to the one around it."""
    told = [(level, outcomes.get(level, Outcomes())) for level in Level]
    trusted = [each for each in told if each[1].decided >= ENOUGH] or told[:1]
    expected = PRIOR
    for _, counted in trusted[:-1]:
        expected = _posterior_mean(expected, counted)
    level, counted = trusted[-1]
    a = STRENGTH * expected + counted.approved
    b = STRENGTH * (1 - expected) + counted.decided - counted.approved
    return Chance(lower=beta_quantile(DOUBT, a, b), expected=a / (a + b), n=counted.decided, level=level)


def _posterior_mean(prior: float, counted: Outcomes) -> float:
    return (STRENGTH * prior + counted.approved) / (STRENGTH + counted.decided)


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes complaints alike; `group` is the product's subject, or its number where no card is known."""

    reason_id: int
    rating: int
    group: str


@dataclass(frozen=True, slots=True)
class Chances:
    """A shop's counted outcomes by level and kind, as the rows of `complaint_odds` are keyed."""

    counted: Mapping[tuple[str, int, int, str], Outcomes]

    def of(self, kind: Kind) -> Chance:
        """For a complaint that is still to be filed."""
        keys = keys_of(kind)
        return chance_of({level: self.counted.get(key, Outcomes()) for level, key in zip(Level, keys, strict=True)})


def keys_of(kind: Kind) -> Sequence[tuple[str, int, int, str]]:
    """Coarse to fine; zero and empty stand for «any»."""
    return (
        (Level.SHOP.value, 0, 0, ""),
        (Level.REASON.value, kind.reason_id, 0, ""),
        (Level.RATING.value, kind.reason_id, kind.rating, ""),
        (Level.PRODUCT.value, kind.reason_id, kind.rating, kind.group),
    )
