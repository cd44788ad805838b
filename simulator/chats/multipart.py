"""Reads multipart/form-data, as far as a message needs it."""

import re
from dataclasses import dataclass
from email.message import Message

BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


class NotMultipart(Exception):
    """The body is something else, or broken."""


@dataclass(frozen=True)
class Part:
    name: str
    filename: str | None
    content: bytes

    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def parts_of(content_type: str, body: bytes) -> list[Part]:
    found = BOUNDARY.search(content_type)
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data" or found is None:
        raise NotMultipart
    delimiter = b"\r\n--" + found[1].encode("latin-1")
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise NotMultipart
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, blank, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not blank:
        raise NotMultipart
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return _disposed(value.strip(), content)
    raise NotMultipart


def _disposed(value: str, content: bytes) -> Part:
    header = Message()
    header["content-disposition"] = value
    name = header.get_param("name", header="content-disposition")
    filename = header.get_filename()
    if not isinstance(name, str):
        raise NotMultipart
    return Part(name, filename, content)
