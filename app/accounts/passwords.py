"""Passwords: Argon2id for new ones; an imported PBKDF2 hash is accepted and upgraded at log-in."""

import asyncio
from dataclasses import dataclass

from passlib.context import CryptContext
from passlib.exc import UnknownHashError

from app.kit.errors import Invalid
from app.kit.secrets import new_token

SHORTEST = 8
LONGEST_BYTES = 1024

_context = CryptContext(schemes=["argon2", "pbkdf2_sha256"], deprecated=["pbkdf2_sha256"])
# An unknown e-mail is checked against this, so that it takes as long as a known one.
_NOBODYS_HASH: str = _context.hash(new_token())


class PasswordTooShort(Invalid):
    """Fewer than eight characters."""

    code = "PASSWORD_TOO_SHORT"
    message = f"Пароль слишком короткий: нужно не меньше {SHORTEST} символов."


class PasswordTooLong(Invalid):
    """More bytes than are ever hashed; refused, because cutting it would let a part of it in."""

    code = "PASSWORD_TOO_LONG"
    message = f"Пароль слишком длинный: не больше {LONGEST_BYTES} байт."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password fits; `upgraded` is a new hash when the stored one is of an old kind."""

    right: bool
    upgraded: str | None = None


async def hash_password(password: str) -> str:
    """Takes about 50 ms in a thread: never call it with a transaction open."""
    if len(password) < SHORTEST:
        raise PasswordTooShort
    forbid_long(password)
    hashed: str = await asyncio.to_thread(_context.hash, password)
    return hashed


async def verify_password(password: str, stored: str | None) -> Verdict:
    """Takes as long for `None`, an unknown user, as for a wrong password."""
    forbid_long(password)
    return await asyncio.to_thread(_verify, password, stored)


def forbid_long(password: str) -> None:
    """Bytes are counted as UTF-8."""
    if len(password.encode(errors="surrogatepass")) > LONGEST_BYTES:
        raise PasswordTooLong


def _verify(password: str, stored: str | None) -> Verdict:
    try:
        right, upgraded = _context.verify_and_update(password, stored or _NOBODYS_HASH)
    except UnknownHashError:
        return Verdict(right=False)
    return Verdict(right=right and stored is not None, upgraded=upgraded)
