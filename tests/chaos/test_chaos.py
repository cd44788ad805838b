"""50 workers killed in the middle of work, and Wildberries at its worst: each answer stands there exactly once."""

from dataclasses import asdict
from pathlib import Path

import pytest

from app.kit.db import Database
from tests.chaos.storm import storm

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FEEDBACKS, KILLS = 200, 50


async def test_every_approved_feedback_is_answered_exactly_once(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = await storm(database.url, tmp_path, feedbacks=FEEDBACKS, kills=KILLS, seed=2026, say=print)

    assert result.good, asdict(result)
    assert result.approved == FEEDBACKS
    assert result.kills_at_work >= KILLS * 0.9, asdict(result)
    assert result.faults_fired > FEEDBACKS / 5, asdict(result)
    with capsys.disabled():
        print(f"\nchaos: {asdict(result)}")  # noqa: T201
