"""Five hundred random sequences of reports; `bench/sequences.py` runs a hundred thousand."""

import pytest

from app.kit.db import Database
from tests.cabinet.outcome import wrong_counts
from tests.cabinet.storm import Storm
from tests.factories import Make

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_nothing_goes_backward_and_nothing_is_offered_twice(database: Database, make: Make) -> None:
    shop = await make.shop()

    outcome = await Storm(database, shop.id, feedbacks=500, first=0, seed=20261122).run(ticks=8)
    outcome.wrong_counts = await wrong_counts(database, shop.id)

    assert outcome.holds, outcome
    assert outcome.sequences == 500
    assert outcome.offers > 300
    assert outcome.filed > 100
    assert outcome.reports > 5000
