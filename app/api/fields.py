"""Kinds of fields that several resources take."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints


class WireIn(BaseModel):
    """What callers send: unknown fields are refused, so that a misspelt one does not pass for done."""

    model_config = ConfigDict(extra="forbid")


class WireOut(BaseModel):
    """What callers get, read off an object of the domain."""

    model_config = ConfigDict(from_attributes=True)


def _printable(text: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise ValueError("Недопустимые символы.")
    return text


def _storable(text: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t" for char in text):
        raise ValueError("Недопустимые символы.")
    return text


def _short_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) > 10_000:
        raise ValueError("Слишком длинно.")
    return secret


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
Name = Annotated[Line, StringConstraints(max_length=100)]
Email = Annotated[Line, StringConstraints(max_length=320)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
Secret = Annotated[SecretStr, AfterValidator(_short_secret)]
