"""Says what in an answer must not reach the buyer; never changes a letter of it."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from app.drafting.contacts import contact_findings
from app.drafting.findings import Finding, Rule, Severity
from app.drafting.leftovers import MARKUP, PLACEHOLDERS, SYSTEM_WORDS
from app.drafting.morphology import mentions
from app.drafting.promises import ADMISSIONS, BLAME, PERSONAL_DATA, PROMISES
from app.drafting.readings import Readings, read
from app.drafting.rivals import MARKETPLACES, MESSENGERS

SHORTEST, LONGEST = 2, 5000
COMFORTABLE = 1000
_UNREADABLE = 20_000  # nobody will publish it, and reading it six ways would hold up the process
_PHRASES = (
    MARKETPLACES,
    MESSENGERS,
    PLACEHOLDERS,
    SYSTEM_WORDS,
    MARKUP,
    PROMISES,
    ADMISSIONS,
    BLAME,
    PERSONAL_DATA,
)
_EMOJI_JOINER = "\u200d"


def lint(text: str, *, stop_words: Sequence[str] = (), longest: int = LONGEST) -> list[Finding]:
    """All breaches in reading order; `longest` is 1000 in a chat."""
    if len(text) > _UNREADABLE:
        return list(_length(text, longest=longest))
    readings = read(text)
    found = chain(
        _length(text, longest=longest),
        _control_characters(text),
        contact_findings(readings),
        *(phrases.findings(readings) for phrases in _PHRASES),
        _stop_words(readings, stop_words),
    )
    return _without_echoes(found)


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether the answer may not be published without a person."""
    return any(finding.severity is Severity.BLOCK for finding in findings)


def _length(text: str, *, longest: int) -> Iterator[Finding]:
    size = len(text.strip())
    if size < SHORTEST:
        yield _whole(text, f"Короче {SHORTEST} символов", Severity.BLOCK)
    elif len(text) > longest:
        yield _whole(text, f"Длиннее {longest} символов", Severity.BLOCK)
    elif len(text) > COMFORTABLE:
        yield _whole(text, f"Длиннее {COMFORTABLE} символов: такие ответы редко дочитывают", Severity.WARN)


def _whole(text: str, message: str, severity: Severity) -> Finding:
    span = (0, len(text))
    return Finding(rule=Rule.LENGTH, message=message, span=span, excerpt=text[:80], severity=severity)


def _control_characters(text: str) -> Iterator[Finding]:
    for index, char in enumerate(text):
        if _is_control(text, index):
            message = f"Невидимый или служебный символ U+{ord(char):04X}"
            span = (index, index + 1)
            yield Finding(rule=Rule.CONTROL_CHARACTER, message=message, span=span, excerpt=ascii(char)[1:-1])


def _is_control(text: str, index: int) -> bool:
    char = text[index]
    if char == _EMOJI_JOINER:
        return not (_is_pictorial(text[index - 1 : index]) and _is_pictorial(text[index + 1 : index + 2]))
    return char not in "\n\r\t" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _is_pictorial(char: str) -> bool:
    return char == "\ufe0f" or (char != "" and unicodedata.category(char) in {"So", "Sk"})


def _stop_words(readings: Readings, stop_words: Sequence[str]) -> Iterator[Finding]:
    for word in stop_words:
        for reading in readings.all:
            for place in mentions(reading.text, word):
                span = reading.span(*place)
                excerpt = readings.original[slice(*span)]
                message = f"Стоп-слово магазина «{word.strip()}»"
                yield Finding(rule=Rule.STOP_WORD, message=message, span=span, excerpt=excerpt)


def _without_echoes(found: Iterable[Finding]) -> list[Finding]:
    """One finding per rule and place: the same word shows up in several readings."""
    kept: list[Finding] = []
    reached: dict[tuple[Rule, Severity], int] = {}
    for finding in sorted(found, key=lambda one: (one.span[0], -one.span[1])):
        kind = (finding.rule, finding.severity)
        if finding.span[0] >= reached.get(kind, -1):
            kept.append(finding)
            reached[kind] = max(finding.span[1], finding.span[0] + 1)
    return kept
