"""Why a person is told no."""

from app.drafting.findings import Finding
from app.kit.errors import Conflict, Invalid


class StaleVersion(Conflict):
    """The words changed since the caller saw them."""

    code = "STALE_VERSION"
    message = "Черновик обновился. Посмотрите новый текст."


class PublicationBlocked(Invalid):
    """The linter found what must not be said in public; the details tell what and where."""

    code = "PUBLICATION_BLOCKED"
    message = "Так публиковать нельзя: исправьте отмеченное."

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__()
        self.details = [("text", f"{found.message}: «{found.excerpt}»") for found in findings]


class NothingToEdit(Conflict):
    """The answer's single edit is spent, out of time, or there is no answer."""

    code = "EDIT_UNAVAILABLE"
    message = "Правка недоступна: Wildberries разрешает одну в течение 60 дней."


class FeedbackDeleted(Conflict):
    """The feedback vanished from Wildberries."""

    code = "FEEDBACK_DELETED"
    message = "Отзыв удалён на Wildberries, отвечать некуда."


class QuestionDeleted(Conflict):
    """The question vanished from Wildberries."""

    code = "QUESTION_DELETED"
    message = "Вопрос удалён на Wildberries, отвечать некуда."


class AnsweredQuestion(Conflict):
    """Buyers already read an answer: it can be edited once, and no longer be turned into a rejection."""

    code = "QUESTION_ANSWERED"
    message = "На вопрос уже ответили, отклонить его нельзя."


class RejectedQuestion(Conflict):
    """The seller rejected it, here or in the cabinet, and that cannot be undone."""

    code = "QUESTION_REJECTED"
    message = "Вопрос отклонён и скрыт от покупателей, ответить на него нельзя."


class AlreadyAnswered(Conflict):
    """Somebody answered outside of WBRM: only a person may spend that answer's single edit."""

    code = "ALREADY_ANSWERED"
    message = "Здесь уже ответили. Изменить ответ можно один раз, своими словами."
