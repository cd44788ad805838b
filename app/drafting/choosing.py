"""Variety that never changes its mind: the same feedback always draws the same lot."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


def shuffled(items: Sequence[T], *, seed: str) -> list[T]:
    """All items in an order that depends on the seed alone, so a rejected first choice has a stable next."""
    return [item for _, item in sorted(enumerate(items), key=lambda entry: _lot(seed, entry[0]))]


def _lot(seed: str, index: int) -> bytes:
    return sha256(f"{seed}\x00{index}".encode("utf-8", "surrogatepass")).digest()
