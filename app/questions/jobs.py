"""The jobs of this package; `worker/handlers.py` binds them."""

from app.kit.jobs import Job, job


@job
class SyncQuestions(Job):
    """Bring the shop's questions up to date; one at a time per shop, whoever asks."""

    def lock(self) -> str:
        return f"sync-questions:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "sync-questions"


@job
class ViewQuestion(Job):
    """Tell Wildberries that a person has seen the question."""

    question_id: str

    def dedupe_key(self) -> str:
        return f"view-question:{self.question_id}"


@job
class QuestionsArrived(Job):
    """Questions that want a reply came or changed."""

    wake_up = True

    def lock(self) -> str:
        return f"questions-arrived:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "questions-arrived"


@job
class QuestionAnswersSeen(Job):
    """Questions that have a reply here changed: answered, rejected, or no longer so."""

    wake_up = True
    urgency = 5

    def lock(self) -> str:
        return f"question-answers-seen:{self.shop_id}"

    def dedupe_key(self) -> str:
        return "question-answers-seen"
