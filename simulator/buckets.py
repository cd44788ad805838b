"""WB's rate limits as token buckets on the virtual clock, one per seller and bucket."""

import math
from collections import deque
from dataclasses import dataclass, field

from simulator.knobs import BucketSize, GlobalLimit, Knobs
from simulator.tokens import Kind

HOUR = 3600.0
FULL = {
    "feedbacks": BucketSize(burst=6, interval=1 / 3),
    "seller-info": BucketSize(burst=10, interval=60),
    "cards.list": BucketSize(burst=5, interval=0.6),
    "chat.list": BucketSize(burst=10, interval=1),
    "chat.events": BucketSize(burst=10, interval=1),
    "chat.message": BucketSize(burst=10, interval=1),
    "chat.download": BucketSize(burst=10, interval=1),
    "ping": BucketSize(burst=3, interval=10),
}
BASIC = {
    "feedbacks": BucketSize(burst=1, interval=HOUR / 5),
    "seller-info": BucketSize(burst=1, interval=24 * HOUR),
    "chat.list": BucketSize(burst=1, interval=HOUR),
    "chat.events": BucketSize(burst=1, interval=HOUR),
    "chat.message": BucketSize(burst=1, interval=HOUR),
    "chat.download": BucketSize(burst=1, interval=HOUR / 10),
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What the 429 headers tell; all in whole seconds or calls."""

    retry: int
    reset: int
    limit: int
    by: str


@dataclass
class Bucket:
    size: BucketSize
    level: float
    at: float

    def refill(self, now: float) -> None:
        gained = max(0.0, now - self.at) / self.size.interval
        self.level, self.at = min(self.size.burst, self.level + gained), now

    def seconds_until(self, level: float) -> int:
        # The tiny bias keeps float dust from asking for one second too many.
        return max(1, math.ceil((level - self.level) * self.size.interval - 1e-6))


@dataclass
class GlobalGate:
    calls: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0


class Limiter:
    """Several tokens of one seller share a bucket; a basic and a full token have separate ones [I]."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, bool], Bucket] = {}
        self._gates: dict[str, GlobalGate] = {}

    def take(self, sid: str, name: str, *, full: bool, knobs: Knobs, now: float) -> Refusal | None:
        refusal = self._global_refusal(sid, knobs.global_limit, now)
        if refusal is not None:
            return refusal
        bucket = self._bucket((sid, name, full), knobs, now)
        if bucket.level < 1 - 1e-6:
            limit = int(bucket.size.burst)
            retry, reset = bucket.seconds_until(1), bucket.seconds_until(bucket.size.burst)
            return Refusal(retry=retry, reset=reset, limit=limit, by=name)
        bucket.level -= 1
        return None

    def give_back(self, sid: str, name: str, *, full: bool) -> None:
        bucket = self._buckets[sid, name, full]
        bucket.level = min(bucket.size.burst, bucket.level + 1)

    def remaining(self, sid: str, name: str, *, full: bool) -> int:
        return int(self._buckets[sid, name, full].level + 1e-6)

    def _bucket(self, key: tuple[str, str, bool], knobs: Knobs, now: float) -> Bucket:
        size = size_of(key[1], full=key[2], knobs=knobs)
        bucket = self._buckets.get(key)
        if bucket is None or bucket.size != size:
            bucket = self._buckets[key] = Bucket(size, size.burst, now)
        bucket.refill(now)
        return bucket

    def _global_refusal(self, sid: str, rule: GlobalLimit | None, now: float) -> Refusal | None:
        if rule is None:
            return None
        gate = self._gates.setdefault(sid, GlobalGate())
        while gate.calls and gate.calls[0] <= now - rule.period:
            gate.calls.popleft()
        if now >= gate.closed_until and len(gate.calls) >= rule.limit:
            gate.closed_until = now + rule.retry
        if now < gate.closed_until:
            wait = math.ceil(gate.closed_until - now)
            return Refusal(retry=wait, reset=wait, limit=rule.limit, by="global")
        gate.calls.append(now)
        return None


def size_of(name: str, *, full: bool, knobs: Knobs) -> BucketSize:
    family = name.partition(":")[0]
    custom = knobs.buckets.get(name) or knobs.buckets.get(family)
    return custom or (FULL[family] if full else BASIC.get(family, FULL[family]))


def is_full(kind: Kind, secret: str | None, knobs: Knobs) -> bool:
    """A basic token gets full limits only together with a service secret; an unknown kind counts as basic."""
    if kind in (Kind.PERSONAL, Kind.SERVICE, Kind.TEST):
        return True
    return bool(secret) and knobs.client_secret in (None, secret)
