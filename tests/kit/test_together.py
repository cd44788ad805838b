"""Calls made at once go out as one, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from app.kit.together import Together

pytestmark = pytest.mark.anyio


class Counter:
    """Doubles numbers, slowly, and remembers which it was given together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        await asyncio.sleep(0.01)
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * number for number in numbers]


async def test_what_is_asked_at_once_is_answered_at_once() -> None:
    counter = Counter()
    double = Together(counter)

    answers = await asyncio.gather(*(double(number) for number in range(5)))

    assert answers == [0, 2, 4, 6, 8]
    assert counter.groups == [[0, 1, 2, 3, 4]]


async def test_what_is_asked_meanwhile_makes_up_the_next_group() -> None:
    counter = Counter()
    double = Together(counter)
    first = asyncio.create_task(double(1))
    await asyncio.sleep(0.002)

    later = await asyncio.gather(double(2), double(3))

    assert [await first, *later] == [2, 4, 6]
    assert counter.groups == [[1], [2, 3]]


async def test_a_failure_is_its_groups_own_and_the_next_group_goes_on() -> None:
    double = Together(Counter())

    failed = await asyncio.gather(double(12), double(13), return_exceptions=True)

    assert [type(error) for error in failed] == [ValueError, ValueError]
    assert await double(14) == 28


async def test_who_no_longer_waits_keeps_nobody_waiting() -> None:
    double = Together(Counter())
    impatient, patient = asyncio.create_task(double(1)), asyncio.create_task(double(2))
    await asyncio.sleep(0.002)

    impatient.cancel()

    assert await patient == 4
    assert await double(3) == 6
