"""Every call that came in, as evidence of what a client really did. Tokens are never kept."""

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.wire import Call

KEPT = 200_000
BODY_CHARS = 20_000


@dataclass(slots=True)
class Entry:
    """`status` is null when the connection was closed instead; `applied`: did a write change anything."""

    seq: int
    virtual: float
    wall: float
    sid: str
    token: str
    method: str
    path: str
    query: str
    body: str
    status: int | None = None
    fault: str | None = None
    applied: bool | None = None
    bucket: str | None = None
    over_budget: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    after: int = 0
    method: str | None = None
    path: str = ""
    sid: str | None = None
    limit: int = 1000

    def includes(self, entry: Entry) -> bool:
        if self.sid is not None and entry.sid != self.sid:
            return False
        return entry.seq > self.after and self.path in entry.path and self.method in (None, entry.method)


@dataclass
class Tally:
    calls: int = 0
    over_budget: int = 0
    by_path: Counter[str] = field(default_factory=Counter)


class Ledger:
    """Counts are exact for ever; entries older than the last 200,000 are forgotten."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._seq = 0
        self._tallies: dict[str, Tally] = {}

    def open(self, call: Call, *, now: float) -> Entry:
        self._seq += 1
        kind = call.claims.kind.value if call.claims else ""
        text = call.body[:BODY_CHARS].decode("utf-8", "replace")
        entry = Entry(self._seq, now, time.time(), call.sid, kind, call.method, call.path, call.query_string, text)
        self._entries.append(entry)
        tally = self._tallies.setdefault(call.sid, Tally())
        tally.calls += 1
        tally.by_path[f"{call.method} {call.path}"] += 1
        return entry

    def mark_over_budget(self, entry: Entry) -> None:
        entry.over_budget = True
        self._tallies[entry.sid].over_budget += 1

    def find(self, wanted: Wanted) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for entry in self._entries:
            if len(found) >= wanted.limit:
                break
            if wanted.includes(entry):
                found.append(asdict(entry))
        return found

    def tally(self, sid: str | None) -> Tally:
        """Of one seller, or of everybody."""
        if sid is not None:
            return self._tallies.get(sid, Tally())
        total = Tally()
        for tally in self._tallies.values():
            total.calls += tally.calls
            total.over_budget += tally.over_budget
            total.by_path += tally.by_path
        return total
