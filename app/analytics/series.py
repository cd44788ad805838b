"""Reads each series of figures for a period and the one before it, of one shop or several together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics import questions
from app.analytics.models import RollupState
from app.analytics.period import Period, moscow_day


class Series(StrEnum):
    """One chart or table each."""

    WEEKS = "weeks"
    PRODUCTS = "products"
    STARS = "stars"
    RESPONSE_TIMES = "response_times"
    FUNNEL = "funnel"
    REPLY_EFFECT = "reply_effect"
    TAGS = "tags"
    OPERATORS = "operators"
    COSTS = "costs"


Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Rows of the period, and rows of the period before."""

    now: Sequence[Line]
    before: Sequence[Line]


QUESTIONS = {
    Series.WEEKS: text(questions.WEEKS),
    Series.PRODUCTS: text(questions.PRODUCTS),
    Series.STARS: text(questions.STARS),
    Series.RESPONSE_TIMES: text(questions.RESPONSE_TIMES),
    Series.FUNNEL: text(questions.FUNNEL),
    Series.REPLY_EFFECT: text(questions.REPLY_EFFECT),
    Series.TAGS: text(questions.TAGS),
    Series.OPERATORS: text(questions.OPERATORS),
    Series.COSTS: text(questions.COSTS),
}


async def read(
    session: AsyncSession, shop_ids: Sequence[UUID], series: Series, period: Period, *, top: int
) -> Compared:
    """`top` bounds the products and tags, those with most negatives first; they are compared with themselves."""
    values = {"shop_ids": list(shop_ids), "top": top, **_moments(period)}
    rows = [dict(row) for row in (await session.execute(QUESTIONS[series], values)).mappings()]
    sides: dict[bool, list[Line]] = {True: [], False: []}
    for row in rows:
        if "week" in row:
            row["week"] = moscow_day(row["week"])
        sides[row.pop("recent")].append(row)
    return Compared(now=sides[True], before=sides[False])


def _moments(period: Period) -> dict[str, datetime]:
    """Where both periods and their whole months begin and end."""
    whole, rest = period.whole_months
    before_whole, before_rest = period.before.whole_months
    return {
        "before": period.before.begins_at,
        "before_whole": before_whole,
        "before_rest": before_rest,
        "since": period.begins_at,
        "whole": whole,
        "rest": rest,
        "until": period.ends_at,
    }


async def counted_through(session: AsyncSession, shop_ids: Sequence[UUID]) -> datetime | None:
    """Changes up to then are in the figures; None before anything was counted."""
    oldest: datetime | None = await session.scalar(
        select(func.min(RollupState.through)).where(RollupState.shop_id.in_(shop_ids))
    )
    return oldest
