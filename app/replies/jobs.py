"""The jobs of this package; `worker/handlers.py` binds them."""

from uuid import UUID

from app.kit.jobs import Job, job
from app.replies.subjects import Subject, a_feedback, a_question


@job
class PublishReply(Job):
    """Bring one approved reply to Wildberries, exactly once however often this runs."""

    reply_id: UUID
    wake_up = True
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

    feedback_id: str | None = None
    question_id: str | None = None
    asked_by: str
    version: int | None = None

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return a_feedback(self.feedback_id) if self.feedback_id is not None else a_question(self.question_id or "")

    def dedupe_key(self) -> str:
        return f"draft:{self.subject.kind}:{self.subject.wb_id}"
