"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class RefreshStandings(Job):
    """Bring the standings of changed feedbacks up to date; the timer asks, and who changes rules."""

    wake_up = True
    urgency = -1

    def lock(self) -> str:
        return f"refresh-standings:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "refresh-standings"


@job
class LookAgain(Job):
    """A page lacked this feedback: ask Wildberries whether it still exists."""

    feedback_id: str
    urgency = -5

    def dedupe_key(self) -> str:
        return f"look-again:{self.feedback_id}"
