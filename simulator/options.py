"""What is chosen once, at start."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything else is a knob, which may be turned while the simulator runs."""

    speed: float = 1.0
    frozen: bool = False
    start: float | None = None
    seed: int = 1
    state_file: Path | None = None
    arrivals_per_minute: float = 0.0
    questions_per_minute: float = 0.0
    chat_messages_per_minute: float = 0.0
