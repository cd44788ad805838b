"""Asking the extension to read pages again; what is known of them stays until it has."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.cabinet.models import RESOLVED
from app.cabinet.tallies import COUNTS_FROM, TALLIED
from app.kit.db import Direct
from app.kit.errors import Invalid

MOST: Final = 2_000
_SCOPE: Final = (
    "shop_id = $1 AND in_work AND rating BETWEEN 1 AND 4 AND ($2::bigint[] IS NULL OR nm_id = ANY($2::bigint[]))"
)
_WHY_NOT: Final = f"""CASE
    WHEN visibility = 'deleted' THEN 'deleted'
    WHEN key_shared THEN 'ambiguous'
    WHEN {RESOLVED} THEN 'resolved'
    WHEN NOT (complaint_allowed OR chat_allowed) THEN 'not_allowed'
    WHEN complaint = 'draft' THEN 'draft'
    WHEN page_read_at IS NULL OR read_again THEN 'waiting'
  END"""
_SURVEY: Final = f"""
SELECT {_WHY_NOT} AS why_not, count(*) AS feedbacks FROM standings WHERE {_SCOPE} GROUP BY 1
"""  # noqa: S608
_ASK: Final = f"""
WITH before AS MATERIALIZED (
  SELECT feedback_id, {COUNTS_FROM} FROM standings
  WHERE {_SCOPE} AND {_WHY_NOT} IS NULL ORDER BY feedback_id FOR UPDATE
),
after AS (
  UPDATE standings s SET read_again = true FROM before b
  WHERE s.shop_id = $1 AND s.feedback_id = b.feedback_id
  RETURNING {", ".join(f"s.{name}" for name in COUNTS_FROM.split(", "))}
),
{TALLIED}
SELECT count(*) FROM after
"""  # noqa: S608


class TooManyToRead(Invalid):
    """More pages than anybody reads: the caller should name products."""

    code = "TOO_MANY_TO_READ"

    def __init__(self, total: int) -> None:
        super().__init__(f"Отзывов слишком много: {total}. За один раз — не больше {MOST}; выберите товары.")
        self.total = total


async def ask_to_read_again(
    connection: Direct, shop_id: UUID, nm_ids: Sequence[int] | None
) -> tuple[int, dict[str, int]]:
    """Marks what a reading may still change, of these active products or of all; says how many, and why not others.

    Raises TooManyToRead; wants an open transaction.
    """
    wanted = None if nm_ids is None else list(nm_ids)
    survey = {row["why_not"]: row["feedbacks"] for row in await connection.fetch(_SURVEY, shop_id, wanted)}
    total = sum(survey.values())
    if total > MOST:
        raise TooManyToRead(total)
    survey.pop(None, None)
    return int(await connection.fetchval(_ASK, shop_id, wanted) or 0), survey
