"""The script of the language model: what it will do next, if a test has decided so."""

from collections import deque
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

StepKind = Literal[
    "refusal",
    "malformed",
    "truncated_stream",
    "incomplete",
    "rate_limit",
    "error",
    "slow",
    "text",
    "json",
    "complaint",
    "drop",
]
ComplaintCase = Literal[
    "eligible",
    "not_eligible",
    "fabricated_quote",
    "accuses_rivals",
    "wrong_media",
    "too_short",
    "obeys_injection",
]


class Step(BaseModel):
    """One answer of the model; `seconds` is how long it thinks first, in real time.

    `case` is what a complaint is like, where the kind is "complaint"; it fits the feedback that was sent.
    """

    model_config = ConfigDict(extra="forbid")

    kind: StepKind
    text: str = ""
    value: Any = None
    case: ComplaintCase = "eligible"
    status: int = 500
    retry_after: float = 1
    seconds: float = 0


class LanguageModel:
    def __init__(self) -> None:
        self.script: deque[Step] = deque()
        self.calls = 0

    def follow(self, script: list[Step]) -> None:
        """The new script replaces what was left of the old one."""
        self.script = deque(script)

    def next_step(self) -> Step | None:
        self.calls += 1
        return self.script.popleft() if self.script else None
