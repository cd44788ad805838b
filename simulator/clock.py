"""The virtual clock: everything in the simulator happens by it."""

import time
from datetime import UTC, datetime, timedelta, timezone

DAY = 86_400.0
MOSCOW_AHEAD = 3 * 3600
MOSCOW = timezone(timedelta(seconds=MOSCOW_AHEAD))


class Clock:
    """Real time times `speed`, moved forward by hand, or standing still while frozen. It never goes back."""

    def __init__(self, *, speed: float = 1.0, frozen: bool = False, start: float | None = None) -> None:
        self.speed = speed
        self.frozen = frozen
        self._virtual = time.time() if start is None else start
        self._since = time.monotonic()

    def now(self) -> float:
        """Unix seconds."""
        if self.frozen:
            return self._virtual
        return self._virtual + (time.monotonic() - self._since) * self.speed

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock never goes back")
        self._virtual, self._since = self.now() + seconds, time.monotonic()

    def turn(self, *, frozen: bool | None = None, speed: float | None = None) -> None:
        self.advance(0)
        self.frozen = self.frozen if frozen is None else frozen
        self.speed = self.speed if speed is None else speed

    def dump(self) -> dict[str, float | bool]:
        return {"virtual": self.now(), "wall": time.time(), "frozen": self.frozen, "speed": self.speed}

    def load(self, saved: dict[str, float | bool]) -> None:
        """Time went on while the simulator was down, unless its clock stood still."""
        self.frozen, self.speed = bool(saved["frozen"]), float(saved["speed"])
        slept = 0.0 if self.frozen else max(0.0, time.time() - float(saved["wall"])) * self.speed
        self._virtual, self._since = float(saved["virtual"]) + slept, time.monotonic()


def utc_text(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moscow_text(at: float) -> str:
    return datetime.fromtimestamp(int(at), MOSCOW).strftime("%Y-%m-%dT%H:%M:%S+03:00")
