"""The one stream of all events of a seller, and how WB cuts it into pages."""

import heapq
from bisect import bisect_left, insort
from dataclasses import dataclass

from simulator.chats.chat import Event
from simulator.knobs import Knobs

Key = tuple[int, int]


@dataclass(frozen=True)
class Page:
    """`next` is the cursor in milliseconds that follows this page."""

    events: list[Event]
    next: int


class Stream:
    """Ordered by millisecond, then by arrival. An event may come late, with a time that is already past."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.late: list[tuple[float, Key]] = []
        self._keys: list[Key] = []

    def add_many(self, events: list[Event]) -> None:
        self.events |= {event.number: event for event in events}
        self._keys.extend(event.key for event in events)
        self._keys.sort()

    def add_late(self, event: Event, *, at: float) -> None:
        self.events[event.number] = event
        heapq.heappush(self.late, (at, event.key))

    def settle(self, now: float) -> None:
        while self.late and self.late[0][0] <= now:
            insort(self._keys, heapq.heappop(self.late)[1])

    def page(self, cursor: int | None, knobs: Knobs) -> Page:
        """From the oldest without a cursor; an empty page returns the cursor it was asked for."""
        start = self._start(cursor, knobs)
        end = self._end(knobs)
        stop = min(end, start + knobs.events_page)
        if start >= end:
            return Page([], cursor or 0)
        stop = self._past_its_first_millisecond(start, stop, end, cursor, knobs)
        last = self._keys[stop - 1][0]
        is_cut = stop < end and self._keys[stop][0] == last
        events = [self.events[number] for _, number in self._keys[start:stop]]
        # One millisecond back is what makes the cut cluster come again, whole.
        return Page(events, last - 1 if is_cut and knobs.event_edges == "repeat" else last)

    def _start(self, cursor: int | None, knobs: Knobs) -> int:
        if cursor is None:
            return 0
        first = cursor if knobs.event_edges == "inclusive" else cursor + 1
        return bisect_left(self._keys, (first, -1))

    def _end(self, knobs: Knobs) -> int:
        """Nothing passes an event that is still on its way, unless a knob says that it may be overtaken."""
        if not self.late or not knobs.echo_in_order:
            return len(self._keys)
        return bisect_left(self._keys, min(key for _, key in self.late))

    def _past_its_first_millisecond(self, start: int, stop: int, end: int, cursor: int | None, knobs: Knobs) -> int:
        """A page that would lead to itself grows until it does not."""
        if knobs.event_edges == "lose":
            return stop
        stuck = cursor if knobs.event_edges == "inclusive" else self._keys[start][0]
        if stuck is None or self._keys[stop - 1][0] != stuck:
            return stop
        beyond = bisect_left(self._keys, (stuck + 1, -1))
        return min(end, max(stop, beyond + (knobs.event_edges == "inclusive")))
