"""Lists of forbidden turns of speech, sought in every reading of a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.drafting.findings import Finding, Rule, Severity
from app.drafting.readings import Readings


@dataclass(frozen=True, slots=True)
class Phrases:
    rule: Rule
    message: str
    patterns: tuple[re.Pattern[str], ...]
    severity: Severity = Severity.BLOCK

    def findings(self, readings: Readings) -> Iterator[Finding]:
        for reading in readings.all:
            for pattern in self.patterns:
                for found in pattern.finditer(reading.text):
                    span = reading.span(*found.span())
                    yield self._finding(span, readings.original)

    def _finding(self, span: tuple[int, int], original: str) -> Finding:
        excerpt = original[slice(*span)]
        return Finding(rule=self.rule, message=self.message, span=span, excerpt=excerpt, severity=self.severity)


def words(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Each pattern must match whole words of lower-case text with е for ё; a space means any white space."""
    return tuple(re.compile(rf"(?<!\w)(?:{_loose(pattern)})(?!\w)") for pattern in patterns)


def marks(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Patterns that are not words, with their own boundaries."""
    return tuple(re.compile(pattern, re.MULTILINE) for pattern in patterns)


def _loose(pattern: str) -> str:
    return re.sub(r"(?<!\[) (?![?\\.])", r"\\s+", pattern)
