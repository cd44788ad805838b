"""Files before Wildberries sees them: judged by their content, renamed so that no name can do harm."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from app.kit.errors import Invalid

LARGEST_FILE: Final = 5 * 1024 * 1024
LARGEST_TOGETHER: Final = 30 * 1024 * 1024
LONGEST_STEM: Final = 80
_KINDS: Final = (
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"%PDF-", "application/pdf", (".pdf",)),
)
SHOWN_TYPES: Final = frozenset(kind for _, kind, _ in _KINDS)
_UNSAFE = re.compile(r"[\"'<>:|?*;%&=\\/]+")


class UnfitFile(Invalid):
    """A file that Wildberries would refuse; the details name each one."""

    code = "CHAT_FILE_UNFIT"
    message = "Файл отправить нельзя. Подходят JPEG, PNG и PDF до 5 МБ каждый, вместе до 30 МБ."

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.details = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that may leave: the type is what the bytes are, whatever the sender called them."""

    name: str
    content_type: str
    content: bytes = field(repr=False)

    @property
    def described(self) -> dict[str, str | int]:
        """What stays of it in the thread."""
        return {
            "kind": "image" if self.content_type.startswith("image/") else "file",
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
        }


def check_files(files: Sequence[tuple[str, bytes]]) -> list[CheckedFile]:
    """All or none: raises UnfitFile with a line for each that does not fit."""
    problems = [
        (f"files.{number}", f"«{safe_name(name)}»: {problem}")
        for number, (name, content) in enumerate(files)
        if (problem := _problem(content))
    ]
    if sum(len(content) for _, content in files) > LARGEST_TOGETHER:
        problems.append(("files", "Вместе больше 30 МБ."))
    if problems:
        raise UnfitFile(problems)
    return [_checked(name, content) for name, content in files]


def _problem(content: bytes) -> str | None:
    if not content:
        return "файл пустой."
    if len(content) > LARGEST_FILE:
        return "больше 5 МБ."
    return None if _kind(content) else "это не JPEG, не PNG и не PDF."


def _kind(content: bytes) -> tuple[str, tuple[str, ...]] | None:
    return next(((kind, endings) for magic, kind, endings in _KINDS if content.startswith(magic)), None)


def _checked(name: str, content: bytes) -> CheckedFile:
    found = _kind(content)
    assert found is not None
    kind, endings = found
    return CheckedFile(name=safe_name(name, endings=endings), content_type=kind, content=content)


def safe_name(name: str, *, endings: Sequence[str] = ()) -> str:
    """No path, no invisible or reserved characters, at most 80 characters and one of the endings."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    plain = _UNSAFE.sub("_", " ".join(printable.split())).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot or not stem or len(ending) > 10:
        stem, ending = plain, ""
    stem = stem[:LONGEST_STEM].rstrip(". ") or "file"
    if endings:
        return stem + (f".{ending}" if f".{ending.lower()}" in endings else endings[0])
    return f"{stem}.{ending}" if ending else stem
