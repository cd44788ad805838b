"""Complaints by product, rating and state are kept, no longer counted for each list."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint_sizes",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_complaint_sizes_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "nm_id", "rating", "state", "id", name=op.f("pk_complaint_sizes")),
    )
    # Nothing writes standings while a migration holds this; differences begin with the next change.
    op.execute("LOCK TABLE standings IN SHARE MODE")
    op.execute(
        "INSERT INTO complaint_sizes (shop_id, nm_id, rating, state, complaints)"
        " SELECT shop_id, nm_id, rating, CASE WHEN queued_complaint THEN 'queued' ELSE complaint END, count(*)"
        " FROM standings"
        " WHERE queued_complaint OR complaint IN ('pending', 'approved', 'rejected', 'reconsidered')"
        " GROUP BY 1, 2, 3, 4"
    )


def downgrade() -> None:
    op.drop_table("complaint_sizes")
