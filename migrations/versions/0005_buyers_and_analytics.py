"""Buyers by name, and the rollups of analytics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_feedbacks_changed", "feedbacks", ["shop_id", "changed_at"])
    op.create_index(
        "ix_feedbacks_parent", "feedbacks", ["shop_id", "parent_id"], postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_index("ix_replies_changed", "replies", ["shop_id", "changed_at"])
    op.create_index("ix_reply_events_at", "reply_events", ["shop_id", "at"])
    op.create_table(
        "buyer_mentions",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('chat', 'feedback')", name=op.f("ck_buyer_mentions_kind")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_buyer_mentions_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "kind", "ref", name=op.f("pk_buyer_mentions")),
    )
    op.create_index(
        "ix_buyer_mentions_name", "buyer_mentions", ["shop_id", "name_key", "kind", "at", "ref"], unique=False
    )
    op.create_table(
        "buyers",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("feedbacks", sa.Integer(), nullable=False),
        sa.Column("chats", sa.Integer(), nullable=False),
        sa.Column("rating_sum", sa.Integer(), nullable=False),
        sa.Column("lowest_rating", sa.SmallInteger(), nullable=True),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_buyers_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "name_key", name=op.f("pk_buyers")),
    )
    op.create_index("ix_buyers_newest", "buyers", ["shop_id", "last_at", "name_key"], unique=False)
    op.create_table(
        "buyers_states",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rebuilt_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_buyers_states_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_buyers_states")),
    )
    op.create_table(
        "cost_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(precision=14, scale=6), nullable=False),
        sa.Column("seconds", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_cost_days_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "day", "model", name=op.f("pk_cost_days")),
    )
    op.create_table(
        "operator_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_operator_days_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "day", "actor", name=op.f("pk_operator_days")),
    )
    op.create_table(
        "product_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("stars_1", sa.Integer(), nullable=False),
        sa.Column("stars_2", sa.Integer(), nullable=False),
        sa.Column("stars_3", sa.Integer(), nullable=False),
        sa.Column("stars_4", sa.Integer(), nullable=False),
        sa.Column("stars_5", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_product_days_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "day", "nm_id", name=op.f("pk_product_days")),
    )
    op.create_table(
        "response_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("seconds", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_response_days_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "day", "rating", name=op.f("pk_response_days")),
    )
    op.create_table(
        "rollup_states",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rebuilt_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_rollup_states_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_rollup_states")),
    )
    op.create_table(
        "shop_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("elsewhere", sa.Integer(), nullable=False),
        sa.Column("answered_up", sa.Integer(), nullable=False),
        sa.Column("answered_same", sa.Integer(), nullable=False),
        sa.Column("answered_down", sa.Integer(), nullable=False),
        sa.Column("unanswered_up", sa.Integer(), nullable=False),
        sa.Column("unanswered_same", sa.Integer(), nullable=False),
        sa.Column("unanswered_down", sa.Integer(), nullable=False),
        sa.Column("stars_1", sa.Integer(), nullable=False),
        sa.Column("stars_2", sa.Integer(), nullable=False),
        sa.Column("stars_3", sa.Integer(), nullable=False),
        sa.Column("stars_4", sa.Integer(), nullable=False),
        sa.Column("stars_5", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_days_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "day", name=op.f("pk_shop_days")),
    )
    op.create_table(
        "tag_days",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("feedbacks", sa.Integer(), nullable=False),
        sa.Column("negatives", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_tag_days_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "day", "tag", name=op.f("pk_tag_days")),
    )


def downgrade() -> None:
    op.drop_index("ix_reply_events_at", "reply_events")
    op.drop_index("ix_replies_changed", "replies")
    op.drop_index("ix_feedbacks_parent", "feedbacks")
    op.drop_index("ix_feedbacks_changed", "feedbacks")
    op.drop_table("tag_days")
    op.drop_table("shop_days")
    op.drop_table("rollup_states")
    op.drop_table("response_days")
    op.drop_table("product_days")
    op.drop_table("operator_days")
    op.drop_table("cost_days")
    op.drop_table("buyers_states")
    op.drop_index("ix_buyers_newest", table_name="buyers")
    op.drop_table("buyers")
    op.drop_index("ix_buyer_mentions_name", table_name="buyer_mentions")
    op.drop_table("buyer_mentions")
