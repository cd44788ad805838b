"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class SyncFeedbacks(Job):
    """Bring the shop's feedbacks up to date; one at a time per shop, whoever asks."""

    def lock(self) -> str:
        return f"sync-feedbacks:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "sync-feedbacks"


@job
class FeedbacksArrived(Job):
    """Feedbacks that want a reply came or changed."""

    wake_up = True

    def lock(self) -> str:
        return f"feedbacks-arrived:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "feedbacks-arrived"


@job
class AnswersSeen(Job):
    """Wildberries shows answers, new or changed, under feedbacks that have a reply here."""

    wake_up = True
    urgency = 5

    def lock(self) -> str:
        return f"answers-seen:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "answers-seen"
