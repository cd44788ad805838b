"""Counts whole months anew from their days; of what stands there, only rows that differ are replaced.

The month of today is counted each minute: to write thousands of equal rows each time would be a burden.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.models import CostMonth, OperatorMonth, ProductMonth, ResponseMonth, ShopMonth, TagMonth
from app.analytics.period import month_after, month_of
from app.kit.db import Model

SLOT = "CAST(floor(8 * ln({} + CAST(1 AS float8)) / ln(CAST(2 AS float8))) AS smallint)"
"""The slot of so many seconds; any other rule by which longer never comes before shorter would do as well."""

_MONTH = "date_trunc('month', day AT TIME ZONE INTERVAL '3 hours') AT TIME ZONE INTERVAL '3 hours'"
_OF_DAYS = "shop_id = :shop_id AND day >= :first AND day < :end"
_OF_MONTHS = "shop_id = :shop_id AND month >= :first AND month < :end"


def _days_of(months: str) -> str:
    return months.replace("_months", "_days")


def _columns(months: str) -> tuple[list[str], list[str]]:
    """Those of its key beside shop and month, then those that are counted."""
    columns = Model.metadata.tables[months].columns
    keys = [column.name for column in columns if column.primary_key and column.name not in ("shop_id", "month")]
    return keys, [column.name for column in columns if not column.primary_key]


def _summed(months: str) -> str:
    keys, sums = _columns(months)
    return f"""
SELECT {", ".join(["shop_id", _MONTH, *keys, *(f"sum({name})" for name in sums)])}
FROM {_days_of(months)} WHERE {_OF_DAYS} GROUP BY {", ".join(["1", "2", *keys])}"""  # noqa: S608


_RESPONSES = f"""
SELECT shop_id, {_MONTH}, rating, {SLOT.format("one")}, count(*), array_agg(one ORDER BY one)
FROM response_days CROSS JOIN unnest(seconds) AS s(one) WHERE {_OF_DAYS} GROUP BY 1, 2, 3, 4"""  # noqa: S608


def _replaced(months: str, counted: str) -> tuple[str, str]:
    """What is not as counted goes; what is counted and not there comes."""
    keys, sums = _columns(months)
    key = ", ".join(["shop_id", "month", *keys])
    every = ", ".join([key, *sums])
    standing = f"SELECT {every} FROM {months} WHERE {_OF_MONTHS}"  # noqa: S608
    return (
        f"DELETE FROM {months} WHERE ({key}) IN"  # noqa: S608
        f" (SELECT {key} FROM ({standing} EXCEPT {counted}) AS wrong({every}))",
        f"INSERT INTO {months} ({every}) {counted} EXCEPT {standing}",
    )


_SUMMED = (CostMonth, OperatorMonth, ProductMonth, ShopMonth, TagMonth)
_COUNTED = {month.__tablename__: _summed(month.__tablename__) for month in _SUMMED}
_COUNTED[ResponseMonth.__tablename__] = _RESPONSES
MONTHS = {_days_of(months): _replaced(months, counted) for months, counted in _COUNTED.items()}
"""By the table of days that they are made from."""


async def recount_months(session: AsyncSession, shop_id: UUID, tables: Iterable[str], days: Sequence[datetime]) -> None:
    """Of these tables of days, the months to which the days belong; the days come in order."""
    for first, end in months_of(days):
        for table in tables:
            for statement in MONTHS[table]:
                await session.execute(text(statement), {"shop_id": shop_id, "first": first, "end": end})


def months_of(days: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """From the beginning of a first month to the end of a last one; months that meet are together."""
    found: list[tuple[datetime, datetime]] = []
    for first in dict.fromkeys(month_of(day) for day in days):
        end = month_after(first)
        if found and first == found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return found


async def forget_months(session: AsyncSession, shop_id: UUID) -> None:
    """Before everything is counted anew."""
    for months in _COUNTED:
        await session.execute(text(f"DELETE FROM {months} WHERE shop_id = :shop_id"), {"shop_id": shop_id})  # noqa: S608
