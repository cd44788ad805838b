"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class ConsiderFeedbacks(Job):
    """Look for grounds in feedbacks about which a complaint is possible; the timer comes back for what is left."""

    wake_up = True

    def lock(self) -> str:
        return f"consider-feedbacks:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "consider-feedbacks"


@job
class DraftComplaint(Job):
    """Write one complaint anew on a person's request; the earlier versions stay on record."""

    feedback_id: str
    asked_by: str
    version: int

    def dedupe_key(self) -> str:
        return f"draft-complaint:{self.feedback_id}"


@job
class RefreshOdds(Job):
    """Count the shop's verdicts anew; any number of times to the same result."""

    wake_up = True

    def lock(self) -> str:
        return f"refresh-odds:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "refresh-odds"
