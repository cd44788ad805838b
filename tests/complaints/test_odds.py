"""The chance of approval from our own outcomes: cautious with few of them, and never looser than they allow."""

from math import comb
from typing import Any

import pytest

from app.cabinet.states import ComplaintState, FiledBy
from app.complaints.beta import beta_quantile, incomplete_beta
from app.complaints.counting import load_chances, refresh_odds, shops_with_new_verdicts
from app.complaints.jobs import RefreshOdds
from app.complaints.odds import Chances, ChanceWord, Kind, Level, Outcomes, chance_of
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.products.models import Product
from tests.cabinet.world import NM
from tests.complaints.desk import Desk


@pytest.mark.parametrize(("a", "b", "x"), [(5, 5, 0.3), (3, 12, 0.1), (40, 2, 0.97), (1, 9, 0.05), (60, 300, 0.11)])
def test_incomplete_beta_is_the_binomial_tail(a: int, b: int, x: float) -> None:
    trials = a + b - 1

    tail = sum(comb(trials, k) * x**k * (1 - x) ** (trials - k) for k in range(a, trials + 1))

    assert incomplete_beta(x, a, b) == pytest.approx(tail, abs=1e-12)


@pytest.mark.parametrize(
    ("share", "a", "b", "value"),
    [
        (0.1, 1, 9, 1 - 0.9 ** (1 / 9)),
        (0.3, 4, 1, 0.3**0.25),
        (0.5, 7, 7, 0.5),
        (0.5, 2, 3, 0.3857275681323),
        (0.1, 1, 1, 0.1),
    ],
)
def test_quantiles_of_known_values(share: float, a: float, b: float, value: float) -> None:
    assert beta_quantile(share, a, b) == pytest.approx(value, abs=1e-9)


def test_the_quantile_inverts_the_mass() -> None:
    for a, b in ((0.5, 3.5), (1, 9), (23, 180), (2452, 22124)):
        assert incomplete_beta(beta_quantile(0.1, a, b), a, b) == pytest.approx(0.1, abs=1e-7)


def test_without_outcomes_a_shop_starts_from_what_is_known_of_others() -> None:
    chance = chance_of({})

    assert (chance.n, chance.level, chance.word) == (0, Level.SHOP, ChanceWord.LOW)
    assert chance.expected == pytest.approx(0.10)
    assert 0 < chance.lower < 0.10


def test_the_finest_level_with_enough_outcomes_wins() -> None:
    outcomes = {
        Level.SHOP: Outcomes(100, 1000),
        Level.REASON: Outcomes(80, 200),
        Level.RATING: Outcomes(15, 20),
        Level.PRODUCT: Outcomes(19, 19),
    }

    chance = chance_of(outcomes)

    assert (chance.level, chance.n) == (Level.RATING, 20)


def test_few_outcomes_leave_it_to_the_level_around_them() -> None:
    around = {Level.SHOP: Outcomes(100, 1000), Level.REASON: Outcomes(120, 300)}

    lucky = chance_of({**around, Level.RATING: Outcomes(5, 5)})

    assert lucky == chance_of(around)
    assert (lucky.level, lucky.word) == (Level.REASON, ChanceWord.HIGH)


def test_more_outcomes_of_the_same_share_promise_more() -> None:
    bounds = [chance_of({Level.SHOP: Outcomes(n // 2, n)}).lower for n in (0, 10, 40, 200, 2000)]

    assert bounds == sorted(bounds)
    assert bounds[-1] < 0.5


def test_a_refused_kind_is_worth_less_than_an_approved_one() -> None:
    shop = {("shop", 0, 0, ""): Outcomes(60, 120)}
    chances = Chances({**shop, ("reason", 16, 0, ""): Outcomes(55, 60), ("reason", 11, 0, ""): Outcomes(5, 60)})

    obscene, foreign = chances.of(Kind(16, 1, "Платья")), chances.of(Kind(11, 1, "Платья"))

    assert (obscene.word, foreign.word) == (ChanceWord.HIGH, ChanceWord.LOW)
    assert obscene.per_mille > foreign.per_mille


async def outcomes(desk: Desk, verdict: ComplaintState, number: int, *, reason_id: int = 16, rating: int = 1) -> None:
    feedbacks = [await desk.world.feedback(rating=rating) for _ in range(number)]
    await desk.world.draft(*feedbacks, reason_id=reason_id)
    await desk.world.see(*feedbacks, complaint=verdict, filed_by=FiledBy.US)


async def refreshed(desk: Desk) -> None:
    await refresh_odds(RefreshOdds(shop_id=desk.shop.id), database=desk.database)


async def counted(desk: Desk) -> Chances:
    async with desk.database.direct() as connection:
        return await load_chances(connection, desk.shop.id, ["Платья", f"nm {NM}"])


@pytest.mark.anyio
async def test_verdicts_are_counted_at_each_level_however_often(desk: Desk) -> None:
    async with desk.database.transaction() as session:
        session.add(product(desk, NM, "Платья"))
    await outcomes(desk, ComplaintState.APPROVED, 2)
    await outcomes(desk, ComplaintState.REJECTED, 3, rating=2)
    await outcomes(desk, ComplaintState.RECONSIDERED, 1)
    await outcomes(desk, ComplaintState.PENDING, 1)

    await refreshed(desk)
    await refreshed(desk)

    assert (await counted(desk)).counted == {
        ("shop", 0, 0, ""): Outcomes(2, 5),
        ("reason", 16, 0, ""): Outcomes(2, 5),
        ("rating", 16, 1, ""): Outcomes(2, 2),
        ("rating", 16, 2, ""): Outcomes(0, 3),
        ("product", 16, 1, "Платья"): Outcomes(2, 2),
        ("product", 16, 2, "Платья"): Outcomes(0, 3),
    }


@pytest.mark.anyio
async def test_the_sellers_own_complaint_tells_of_the_shop_but_not_of_our_reason(desk: Desk) -> None:
    feedback = await desk.world.feedback()
    await desk.world.draft(feedback, ready=False)
    await desk.world.see(feedback, complaint=ComplaintState.REJECTED, filed_by=FiledBy.SELLER)

    await refreshed(desk)

    assert (await counted(desk)).counted == {("shop", 0, 0, ""): Outcomes(0, 1)}


@pytest.mark.anyio
async def test_drafts_get_new_odds_and_nothing_else_changes(desk: Desk) -> None:
    likely, unlikely = await desk.world.feedback(), await desk.world.feedback()
    await desk.world.draft(likely, reason_id=16)
    await desk.world.draft(unlikely, reason_id=11, ready=False)
    await outcomes(desk, ComplaintState.APPROVED, 25)
    await outcomes(desk, ComplaintState.REJECTED, 25, reason_id=11)
    before = await row_of(desk, likely)

    await refreshed(desk)

    after = await row_of(desk, likely)
    assert after["odds"] == (await counted(desk)).of(Kind(16, 1, f"nm {NM}")).per_mille
    assert after["odds"] > 300 > (await row_of(desk, unlikely))["odds"]
    assert {**before, "odds": 0} == {**after, "odds": 0}
    assert await desk.counts_are_true()


@pytest.mark.anyio
async def test_the_timer_finds_shops_whose_verdicts_are_not_counted_yet(desk: Desk) -> None:
    async def due() -> bool:
        async with desk.database.direct() as connection:
            return desk.shop.id in await shops_with_new_verdicts(connection, limit=10)

    nothing = await due()
    await outcomes(desk, ComplaintState.APPROVED, 1)
    one = await due()
    await refreshed(desk)
    settled = await due()
    await outcomes(desk, ComplaintState.REJECTED, 1)

    assert (nothing, one, settled, await due()) == (False, True, False, True)


async def row_of(desk: Desk, feedback: Feedback) -> dict[str, Any]:
    return dict(await desk.world.standing(feedback))


def product(desk: Desk, nm_id: int, subject: str) -> Product:
    return Product(
        shop_id=desk.shop.id, nm_id=nm_id, imt_id=None, vendor_code="", subject_id=1, subject=subject, brand="",
        title="", description="", characteristics={}, sizes=[], photos=[], video=None, wb_updated_at=None,
        stored_at=utc_now(),
    )  # fmt: skip
