"""The job of this package; `worker/handlers.py` binds it."""

from app.kit.jobs import Job, job


@job
class RefreshBuyers(Job):
    """Count the names of a shop that changed anew; the timer asks, readers never do."""

    wake_up = True
    urgency = -5

    def lock(self) -> str:
        return f"refresh-buyers:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "refresh-buyers"
