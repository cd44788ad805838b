"""Ordered misfortune: rules that pick calls and say what befalls them."""

import random
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simulator.wire import Call

Action = Literal["status", "latency", "garbage", "drop_before", "drop_after", "rate_limit"]


class Rule(BaseModel):
    """Matches by method, path (substring or regular expression) and sid; counts only the calls that match."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    method: str | None = None
    path: str = ""
    sid: str | None = None
    nth: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    times: int | None = Field(default=None, ge=0)
    status: int = 500
    body: Any = None
    headers: dict[str, str] = {}
    seconds: float = 3582
    after: bool = False

    @field_validator("path")
    @classmethod
    def _is_a_pattern(cls, path: str) -> str:
        re.compile(path)
        return path


@dataclass
class Armed:
    rule: Rule
    rng: random.Random
    matched: int = 0
    fired: int = 0

    def strikes(self, call: Call) -> bool:
        rule = self.rule
        if not _concerns(rule, call) or (rule.times is not None and self.fired >= rule.times):
            return False
        self.matched += 1
        if not self._is_due():
            return False
        self.fired += 1
        return True

    def _is_due(self) -> bool:
        rule = self.rule
        if rule.nth is not None and self.matched != rule.nth:
            return False
        if rule.every is not None and self.matched % rule.every:
            return False
        return rule.probability is None or self.rng.random() < rule.probability


@dataclass(frozen=True)
class Plan:
    """What befalls one call: a real delay, and at most one other thing."""

    latency: float = 0.0
    rule: Rule | None = None

    @property
    def name(self) -> str | None:
        if self.rule is not None:
            return self.rule.action
        return "latency" if self.latency else None

    def is_(self, action: Action) -> bool:
        return self.rule is not None and self.rule.action == action


@dataclass
class Faults:
    seed: int = 1
    armed: list[Armed] = field(default_factory=list)

    def add(self, rules: list[Rule]) -> None:
        for rule in rules:
            self.armed.append(Armed(rule, random.Random(f"{self.seed}:{len(self.armed)}")))

    def clear(self) -> None:
        self.armed.clear()

    def plan(self, call: Call) -> Plan:
        latency = 0.0
        for armed in self.armed:
            if not armed.strikes(call):
                continue
            if armed.rule.action != "latency":
                return Plan(latency, armed.rule)
            latency += armed.rule.seconds
        return Plan(latency)

    def report(self) -> list[dict[str, Any]]:
        counts = ({"matched": armed.matched, "fired": armed.fired} for armed in self.armed)
        return [armed.rule.model_dump() | count for armed, count in zip(self.armed, counts, strict=True)]


def _concerns(rule: Rule, call: Call) -> bool:
    if rule.method is not None and rule.method.upper() != call.method:
        return False
    if rule.sid is not None and rule.sid != call.sid:
        return False
    return rule.path in call.path or re.search(rule.path, call.path) is not None
