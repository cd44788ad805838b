"""All questions of one seller, and the two lists WB keeps of them."""

import heapq

from simulator.index import Index
from simulator.knobs import Knobs
from simulator.questions.question import Question


class QuestionBook:
    """Which list a question is on depends only on the clock; `settle` moves those whose moment has come."""

    def __init__(self) -> None:
        self.questions: dict[str, Question] = {}
        self.gone: dict[str, Question] = {}
        self.unviewed = 0
        self.answered, self.unanswered = Index(), Index()
        self._due: list[tuple[float, str]] = []

    def add_many(self, arrivals: list[Question], *, knobs: Knobs, now: float) -> None:
        """An id that is written a second time replaces the first."""
        for question in arrivals:
            self.delete(question.id)
            self.gone.pop(question.id, None)
            self.questions[question.id] = question
            self.unviewed += not question.viewed
            self._remember_next_move(question, knobs, now)
        shown = [question for question in arrivals if question.visible_at <= now]
        answered = {question.key for question in shown if question.is_listed_as_answered(now, knobs)}
        self.answered.add_many(list(answered))
        self.unanswered.add_many([question.key for question in shown if question.key not in answered])

    def settle(self, *, knobs: Knobs, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            question = self.questions.get(heapq.heappop(self._due)[1])
            if question is not None:
                self.place(question, knobs=knobs, now=now)

    def place(self, question: Question, *, knobs: Knobs, now: float) -> None:
        self._take_off(question)
        if question.visible_at <= now:
            answered = question.is_listed_as_answered(now, knobs)
            (self.answered if answered else self.unanswered).add(question.key)
        self._remember_next_move(question, knobs, now)

    def replace_all(self, *, knobs: Knobs, now: float) -> None:
        """After a knob was turned that decides about lists."""
        everything, self.questions = list(self.questions.values()), {}
        self.answered, self.unanswered, self.unviewed = Index(), Index(), 0
        self._due.clear()
        self.add_many(everything, knobs=knobs, now=now)

    def view(self, question: Question, *, viewed: bool = True) -> bool:
        """True if that changed anything."""
        changed = question.viewed is not viewed
        self.unviewed += question.viewed - viewed
        question.viewed = viewed
        return changed

    def delete(self, wb_id: str) -> bool:
        question = self.questions.pop(wb_id, None)
        if question is None:
            return False
        self.view(question)
        self._take_off(question)
        self.gone[wb_id] = question
        return True

    def _take_off(self, question: Question) -> None:
        self.answered.remove(question.key)
        self.unanswered.remove(question.key)

    def _remember_next_move(self, question: Question, knobs: Knobs, now: float) -> None:
        ahead = [moment for moment in question.turning_points(knobs) if moment > now]
        if ahead:
            heapq.heappush(self._due, (min(ahead), question.id))
