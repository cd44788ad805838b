"""The SQL of requests sent again without the application; light, since the bare server imports it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """BEGIN and COMMIT are among the statements, where the application sent them."""

    statements: Sequence[Statement]
    answer: bytes


async def open_pool(url: str, size: int) -> "asyncpg.Pool[Any]":
    """As the application opens its own: nothing is reset when a connection comes back."""
    return await asyncpg.create_pool(url, min_size=1, max_size=size, reset=_as_it_was)


async def _as_it_was(connection: Any) -> None:
    pass


async def replay(pool: "asyncpg.Pool[Any]", program: Program) -> None:
    """One connection, the statements in their order."""
    if not program.statements:
        return
    async with pool.acquire() as connection:
        for statement, values in program.statements:
            if values:
                await connection.fetch(statement, *values)
            else:
                await connection.execute(statement)
