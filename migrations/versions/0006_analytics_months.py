"""Months of analytics, made from the days that are there."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STARS = ("stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "answered")
FUNNEL = ("drafted", "approved", "sent", "published", "rejected", "elsewhere")
AMENDED = ("answered_up", "answered_same", "answered_down", "unanswered_up", "unanswered_same", "unanswered_down")
WORK = ("written", "edited", "approved", "withdrawn")
COSTS = {
    "calls": sa.BigInteger(),
    "input_tokens": sa.BigInteger(),
    "output_tokens": sa.BigInteger(),
    "cost_usd": sa.Numeric(precision=14, scale=6),
    "seconds": sa.Numeric(precision=14, scale=3),
}
Types = dict[str, Any]
SUMMED: dict[str, tuple[Types, Types]] = {
    "cost": ({"model": sa.Text()}, COSTS),
    "operator": ({"actor": sa.Text()}, dict.fromkeys(WORK, sa.Integer())),
    "product": ({"nm_id": sa.BigInteger()}, dict.fromkeys(STARS, sa.Integer())),
    "shop": ({}, dict.fromkeys((*FUNNEL, *AMENDED, *STARS), sa.Integer())),
    "tag": ({"tag": sa.Text()}, dict.fromkeys(("feedbacks", "negatives"), sa.Integer())),
}
"""Keys beside the shop and the month, and what is summed."""
MONTH = "date_trunc('month', day AT TIME ZONE INTERVAL '3 hours') AT TIME ZONE INTERVAL '3 hours'"
RESPONSES = f"""
INSERT INTO response_months (shop_id, month, rating, slot, replies, seconds)
SELECT shop_id, {MONTH}, rating, CAST(floor(8 * ln(one + CAST(1 AS float8)) / ln(CAST(2 AS float8))) AS smallint),
  count(*), array_agg(one ORDER BY one)
FROM response_days CROSS JOIN unnest(seconds) AS s(one) GROUP BY 1, 2, 3, 4
"""  # noqa: S608


def upgrade() -> None:
    for name, (keys, sums) in SUMMED.items():
        _create(name, keys, sums)
        _fill(name, ["shop_id", *keys], list(sums))
    _create(
        "response",
        {"rating": sa.SmallInteger(), "slot": sa.SmallInteger()},
        {"replies": sa.Integer(), "seconds": postgresql.ARRAY(sa.Integer())},
    )
    op.execute(RESPONSES)


def _create(name: str, keys: Types, counted: Types) -> None:
    table = f"{name}_months"
    op.create_table(
        table,
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(column, kind, nullable=False) for column, kind in (keys | counted).items()),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f(f"fk_{table}_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "month", *keys, name=op.f(f"pk_{table}")),
    )


def _fill(name: str, keys: list[str], sums: list[str]) -> None:
    op.execute(
        f"INSERT INTO {name}_months (month, {', '.join([*keys, *sums])})"  # noqa: S608
        f" SELECT {MONTH}, {', '.join([*keys, *(f'sum({one})' for one in sums)])}"
        f" FROM {name}_days GROUP BY {', '.join(['1', *keys])}"
    )


def downgrade() -> None:
    for name in ("response", *SUMMED):
        op.drop_table(f"{name}_months")
