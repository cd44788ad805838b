"""The job of this package; `worker/handlers.py` binds it."""

from app.kit.jobs import Job, job


@job
class RefreshRollups(Job):
    """Count the changed days of a shop anew; the timer asks, readers never do."""

    wake_up = True
    urgency = -5

    def lock(self) -> str:
        return f"refresh-rollups:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "refresh-rollups"
