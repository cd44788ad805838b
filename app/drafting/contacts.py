"""Links and e-mail addresses, also spelled out or pulled apart."""

import re
from collections.abc import Iterable, Iterator

from linkify_it import LinkifyIt

from app.drafting.findings import Finding, Rule
from app.drafting.phones import phone_spans
from app.drafting.readings import Reading, Readings, read

_LINKS = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True})

_TLD = r"(?:ru|рф|ру|com|ком|net|org|орг|me|su|by|kz|io|info|site|shop|store|online|app|link)"
_DOT = r"(?:\(?\[?(?:точка|тчк|dot)\]?\)?)"
_SPELLED_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w-])\w[\w-]*\s*{_DOT}\s*{_TLD}(?!\w)",
        rf"(?<![\w-])[\w-]+\s+\.\s*{_TLD}(?!\w)",
        r"(?<![\w-])[\w-]+\.\s+(?:ru|com|net|me)(?!\w)",
        r"(?<![\w-])[\w-]+\.(?:ру|ком)(?!\w)",
        r"(?<!\w)[tт]\s*[.,·]\s*(?:me|ме)(?!\w)",
        r"(?<!\w)(?:wa|vk|ok)\s*[.·]\s*(?:me|com|cc|ru)(?!\w)",
        r"(?<!\w)www\s*\.",
        r"(?<!\w)h\s?t\s?t\s?p\s?s?\s*:",
    )
)

_AT = r"(?:@|\(\s*(?:at|эт|собака)\s*\)|\[\s*(?:at|эт|собака)\s*\]|(?<!\w)(?:собака|собачка)(?!\w))"
_SPELLED_EMAILS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[a-zа-я0-9][\w.+-]*\s*{_AT}\s*[\w-]+\s*(?:\.|{_DOT})\s*{_TLD}(?!\w)",
        r"[a-z0-9][\w.+-]*\s*@\s*(?:mail|gmail|yandex|ya|bk|list|inbox|rambler|icloud)(?!\w)",
        r"(?<!\w)(?:мейл|мэйл|майл|емейл|gmail|гмейл|джимейл)\s*(?:\.|точка)?\s*(?:ру|ru|ком|com)(?!\w)",
    )
)


def contact_findings(readings: Readings) -> Iterator[Finding]:
    """Ways to leave Wildberries that a machine or a person could follow."""
    for reading in readings.all:
        yield from _findings(readings, reading, Rule.EMAIL, "Адрес электронной почты", _email_spans(reading))
        yield from _findings(readings, reading, Rule.LINK, "Ссылка или адрес сайта", _link_spans(reading))
        yield from _findings(readings, reading, Rule.PHONE, "Номер телефона", phone_spans(reading.text))


def personal_spans(text: str) -> list[tuple[int, int]]:
    """Phones and e-mail addresses in somebody's text, in order; they may overlap."""
    readings = read(text)
    kinds = (Rule.EMAIL, Rule.PHONE)
    return sorted(finding.span for finding in contact_findings(readings) if finding.rule in kinds)


def _link_spans(reading: Reading) -> Iterator[tuple[int, int]]:
    for match in _LINKS.match(reading.text) or []:
        if match.schema != "mailto:" and not _is_a_number(match.text):
            yield match.index, match.last_index
    yield from _matches(_SPELLED_LINKS, reading.text)


def _email_spans(reading: Reading) -> Iterator[tuple[int, int]]:
    for match in _LINKS.match(reading.text) or []:
        if match.schema == "mailto:":
            yield match.index, match.last_index
    yield from _matches(_SPELLED_EMAILS, reading.text)


def _is_a_number(text: str) -> bool:
    """Four numbers with dots are an address only in full form, «1.2.3.4» is more often a version."""
    return re.fullmatch(r"\d{1,2}(?:\.\d{1,2}){3}", text) is not None


def _matches(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[tuple[int, int]]:
    for pattern in patterns:
        yield from (found.span() for found in pattern.finditer(text))


def _findings(
    readings: Readings, reading: Reading, rule: Rule, message: str, spans: Iterable[tuple[int, int]]
) -> Iterator[Finding]:
    for start, end in spans:
        first, last = reading.span(start, end)
        yield Finding(rule=rule, message=message, span=(first, last), excerpt=readings.original[first:last])
