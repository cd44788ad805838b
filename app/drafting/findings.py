"""What the linter may say about an answer."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    LENGTH = "length"
    CONTROL_CHARACTER = "control_character"
    LINK = "link"
    EMAIL = "email"
    PHONE = "phone"
    MESSENGER = "messenger"
    MARKETPLACE = "marketplace"
    PLACEHOLDER = "placeholder"
    SYSTEM_WORD = "system_word"
    PROMISE = "promise"
    ADMISSION = "admission"
    BLAME = "blame"
    PERSONAL_DATA = "personal_data"
    STOP_WORD = "stop_word"


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach; `span` counts code points of the text as it was handed in."""

    rule: Rule
    message: str
    span: tuple[int, int]
    excerpt: str
    severity: Severity = Severity.BLOCK
