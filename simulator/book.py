"""All feedbacks of one seller, and the lists that WB keeps of them."""

import heapq
from enum import IntFlag
from typing import NamedTuple

from simulator.clock import DAY
from simulator.feedback import Feedback
from simulator.index import Index
from simulator.knobs import Knobs


class Shelf(IntFlag):
    """The lists a feedback may be on: two at once are usual."""

    NONE = 0
    UNPROCESSED = 1
    PROCESSED = 2
    ARCHIVE = 4


class Due(NamedTuple):
    at: float
    wb_id: str


class Book:
    """Which list a feedback is on depends only on the clock; `settle` moves those whose moment has come."""

    def __init__(self) -> None:
        self.feedbacks: dict[str, Feedback] = {}
        self.gone: dict[str, Feedback] = {}
        self.unviewed = 0
        self.lists = {Shelf.UNPROCESSED: Index(), Shelf.PROCESSED: Index(), Shelf.ARCHIVE: Index()}
        self._due: list[Due] = []

    def add_many(self, arrivals: list[Feedback], *, knobs: Knobs, now: float) -> None:
        for feedback in arrivals:
            self._forget(feedback.id)
            self.feedbacks[feedback.id] = feedback
            self.unviewed += not feedback.viewed
            feedback.shelf = _shelf(feedback, knobs, now)
            self._remember_next_move(feedback, knobs, now)
        for shelf, index in self.lists.items():
            index.add_many([feedback.key for feedback in arrivals if feedback.shelf & shelf])

    def settle(self, *, knobs: Knobs, now: float) -> None:
        while self._due and self._due[0].at <= now:
            feedback = self.feedbacks.get(heapq.heappop(self._due).wb_id)
            if feedback is not None:
                self.place(feedback, knobs=knobs, now=now)

    def place(self, feedback: Feedback, *, knobs: Knobs, now: float) -> None:
        """Put it where it belongs at this moment, and note when that may change."""
        self._move(feedback, _shelf(feedback, knobs, now))
        self._remember_next_move(feedback, knobs, now)

    def view(self, feedback: Feedback) -> None:
        self.unviewed -= not feedback.viewed
        feedback.viewed = True

    def delete(self, wb_id: str) -> bool:
        """It vanishes from every list without a trace; the test may still ask what was answered."""
        feedback = self.feedbacks.pop(wb_id, None)
        if feedback is None:
            return False
        self.view(feedback)
        self._move(feedback, Shelf.NONE)
        self.gone[wb_id] = feedback
        return True

    def replace_all(self, *, knobs: Knobs, now: float) -> None:
        """After a knob was turned that decides about lists."""
        self._due.clear()
        everything, self.feedbacks = list(self.feedbacks.values()), {}
        self.unviewed = 0
        self.lists = {shelf: Index() for shelf in self.lists}
        self.add_many(everything, knobs=knobs, now=now)

    def _forget(self, wb_id: str) -> None:
        """An id that is written a second time replaces the first."""
        self.gone.pop(wb_id, None)
        former = self.feedbacks.pop(wb_id, None)
        if former is not None:
            self.view(former)
            self._move(former, Shelf.NONE)

    def _move(self, feedback: Feedback, shelf: Shelf) -> None:
        for one, index in self.lists.items():
            if one & feedback.shelf and not one & shelf:
                index.remove(feedback.key)
            elif one & shelf and not one & feedback.shelf:
                index.add(feedback.key)
        feedback.shelf = shelf

    def _remember_next_move(self, feedback: Feedback, knobs: Knobs, now: float) -> None:
        moments = (feedback.visible_at, feedback.processed_at, feedback.created + knobs.archive_days * DAY)
        ahead = [moment for moment in moments if moment is not None and moment > now]
        if ahead and (feedback.visible_at > now or not feedback.is_processed(now)):
            heapq.heappush(self._due, Due(min(ahead), feedback.id))


def _shelf(feedback: Feedback, knobs: Knobs, now: float) -> Shelf:
    if feedback.visible_at > now:
        return Shelf.NONE
    if feedback.is_processed(now):
        return Shelf.PROCESSED | Shelf.ARCHIVE
    if now < feedback.created + knobs.archive_days * DAY:
        return Shelf.UNPROCESSED
    return Shelf.ARCHIVE if knobs.archived_leave_unanswered else Shelf.ARCHIVE | Shelf.UNPROCESSED
