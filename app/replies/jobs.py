"""The jobs of this package; `worker/handlers.py` binds them."""

from uuid import UUID

from app.kit.jobs import Job, job


@job
class PublishReply(Job):
    """Bring one approved reply to Wildberries, exactly once however often this runs."""

    reply_id: UUID
    urgency = 10

    def lock(self) -> str:
        return f"publish:{self.shop_id}:{self.reply_id}"

    def dedupe_key(self) -> str:
        return f"publish:{self.reply_id}"


@job
class VerifyReplies(Job):
    """Read back what was sent and is not settled yet; wakes itself as long as something is."""

    wake_up = True
    urgency = 5

    def lock(self) -> str:
        return f"verify:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "verify-replies"


@job
class DraftReply(Job):
    """Write one draft on a person's request; a draft that is there gets new words."""

    feedback_id: str
    asked_by: str

    def dedupe_key(self) -> str:
        return f"draft:{self.feedback_id}"
