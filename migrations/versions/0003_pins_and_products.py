"""Pins with their history and boards, candidates for pinning, product cards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CANDIDATE = "rating = 5 AND photo_count > 0 AND text <> '' AND child_id IS NULL AND deleted_at IS NULL"


def of_shop(table: str) -> sa.ForeignKeyConstraint:
    """Every table here goes with its shop."""
    name = op.f(f"fk_{table}_shop_id_shops")
    return sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("pin_method", sa.Text(), nullable=False),
        sa.Column("pin_on", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wb_pin_id", sa.BigInteger(), nullable=True),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("imt_id", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("wb_changed_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("pin_method IN ('subscription', 'tariff')", name=op.f("ck_pins_pin_method")),
        sa.CheckConstraint("pin_on IN ('nm', 'imt')", name=op.f("ck_pins_pin_on")),
        sa.CheckConstraint(
            "state IN ('queued', 'pinned', 'unpinning', 'unpinned', 'gone', 'refused')", name=op.f("ck_pins_state")
        ),
        of_shop("pins"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_pins")),
    )
    op.create_index("uq_pins_wb_pin_id", "pins", ["shop_id", "wb_pin_id"], unique=True)
    op.create_index(
        "uq_pins_queued",
        "pins",
        ["shop_id", "feedback_id", "pin_on"],
        unique=True,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_pins_waiting",
        "pins",
        ["shop_id", "state", "changed_at"],
        postgresql_where=sa.text("state IN ('queued', 'unpinning')"),
    )
    op.create_index("ix_pins_feedback", "pins", ["shop_id", "feedback_id"])
    op.create_index("ix_pins_state", "pins", ["shop_id", "state", "created_at", "id"])
    op.create_index("ix_pins_created", "pins", ["shop_id", "created_at", "id"])
    op.create_table(
        "pin_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pin_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "pin_id"],
            ["pins.shop_id", "pins.id"],
            name=op.f("fk_pin_events_shop_id_pin_id_pins"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_pin_events")),
    )
    op.create_index("ix_pin_events_at", "pin_events", ["shop_id", "at", "id"])
    op.create_index("ix_pin_events_pin", "pin_events", ["shop_id", "pin_id"])
    op.create_table(
        "pin_boards",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("forbidden_words", sa.Text(), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("limits_at", MOMENT, nullable=True),
        sa.Column("next_sync_at", MOMENT, nullable=False),
        sa.Column("run_started_at", MOMENT, nullable=True),
        sa.Column("run_next", sa.BigInteger(), nullable=True),
        sa.Column("run_pages", sa.BigInteger(), nullable=False),
        sa.Column("run_pinned", sa.BigInteger(), nullable=False),
        sa.Column("run_broken", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("capability IN ('unknown', 'on', 'off')", name=op.f("ck_pin_boards_capability")),
        of_shop("pin_boards"),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_pin_boards")),
    )
    op.create_index(
        "ix_feedbacks_pin_candidates",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        postgresql_where=sa.text(CANDIDATE),
    )
    op.create_table(
        "products",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("imt_id", sa.BigInteger(), nullable=True),
        sa.Column("vendor_code", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("characteristics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sizes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("photos", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("video", sa.Text(), nullable=True),
        sa.Column("wb_updated_at", MOMENT, nullable=True),
        sa.Column("stored_at", MOMENT, nullable=False),
        of_shop("products"),
        sa.PrimaryKeyConstraint("shop_id", "nm_id", name=op.f("pk_products")),
    )
    op.create_index("ix_products_vendor_code", "products", ["shop_id", "vendor_code"])
    op.create_table(
        "product_syncs",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("next_sync_at", MOMENT, nullable=False),
        sa.Column("cursor_updated_at", sa.Text(), nullable=True),
        sa.Column("cursor_nm_id", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("broken_rows", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        of_shop("product_syncs"),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_product_syncs")),
    )


def downgrade() -> None:
    for table in ("product_syncs", "products", "pin_boards", "pin_events", "pins"):
        op.drop_table(table)
    op.drop_index("ix_feedbacks_pin_candidates", table_name="feedbacks")
