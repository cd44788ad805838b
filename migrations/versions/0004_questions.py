"""Questions, and replies to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_syncs",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("answered_list", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("broken_rows", sa.BigInteger(), nullable=False),
        sa.Column("total_estimate", sa.BigInteger(), nullable=True),
        sa.Column("newest_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rescanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_question_syncs_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_question_syncs")),
    )
    op.create_table(
        "questions",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("wb_id", sa.Text(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("imt_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("brand_name", sa.Text(), nullable=False),
        sa.Column("supplier_article", sa.Text(), nullable=False),
        sa.Column("was_viewed", sa.Boolean(), nullable=False),
        sa.Column("is_warned", sa.Boolean(), nullable=False),
        sa.Column("wb_state", sa.Text(), nullable=False),
        sa.Column("answer_text", sa.Text(), nullable=True),
        sa.Column("answer_editable", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_state", sa.Text(), nullable=True),
        sa.Column(
            "needs_reply",
            sa.Boolean(),
            sa.Computed("answer_text IS NULL AND wb_state <> 'none' AND deleted_at IS NULL", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "searched",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('russian', text || ' ' || product_name || ' ' || supplier_article)", persisted=True
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_questions_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "wb_id", name=op.f("pk_questions")),
    )
    op.create_index(
        "ix_questions_needs_reply",
        "questions",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_where=sa.text("needs_reply"),
    )
    op.create_index("ix_questions_product", "questions", ["shop_id", "nm_id", "written_at", "wb_id"], unique=False)
    op.create_index(
        "ix_questions_reply_state",
        "questions",
        ["shop_id", "reply_state", "written_at", "wb_id"],
        unique=False,
        postgresql_where=sa.text("reply_state IS NOT NULL"),
    )
    op.create_index("ix_questions_search", "questions", ["shop_id", "searched"], unique=False, postgresql_using="gin")
    op.create_index("ix_questions_written", "questions", ["shop_id", "written_at", "wb_id"], unique=False)
    op.add_column("replies", sa.Column("question_id", sa.Text(), nullable=True))
    op.add_column("replies", sa.Column("rejects", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("replies", "feedback_id", existing_type=sa.TEXT(), nullable=True)
    op.create_unique_constraint("uq_replies_question_revision", "replies", ["shop_id", "question_id", "revision"])
    op.create_foreign_key(
        op.f("fk_replies_shop_id_question_id_questions"),
        "replies",
        "questions",
        ["shop_id", "question_id"],
        ["shop_id", "wb_id"],
        ondelete="CASCADE",
    )
    op.add_column("shop_settings", sa.Column("questions_reply_mode", sa.Text(), nullable=False, server_default="semi"))
    op.add_column("shop_settings", sa.Column("questions_auto_draft", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("shop_settings", sa.Column("questions_auto_publish", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table, column in (
        ("replies", "rejects"),
        ("shop_settings", "questions_reply_mode"),
        ("shop_settings", "questions_auto_draft"),
        ("shop_settings", "questions_auto_publish"),
    ):
        op.alter_column(table, column, server_default=None)
    op.create_check_constraint(
        "questions_reply_mode", "shop_settings", "questions_reply_mode IN ('manual', 'semi', 'auto')"
    )
    op.create_check_constraint("subject", "replies", "num_nonnulls(feedback_id, question_id) = 1")
    op.create_check_constraint("rejects", "replies", "NOT rejects OR question_id IS NOT NULL")
    op.alter_column("writer_calls", "feedback_id", new_column_name="subject_id")


def downgrade() -> None:
    op.execute("DELETE FROM replies WHERE question_id IS NOT NULL")
    op.alter_column("writer_calls", "subject_id", new_column_name="feedback_id")
    op.drop_constraint(op.f("ck_replies_rejects"), "replies", type_="check")
    op.drop_constraint(op.f("ck_replies_subject"), "replies", type_="check")
    op.drop_constraint(op.f("ck_shop_settings_questions_reply_mode"), "shop_settings", type_="check")
    op.drop_column("shop_settings", "questions_auto_publish")
    op.drop_column("shop_settings", "questions_auto_draft")
    op.drop_column("shop_settings", "questions_reply_mode")
    op.drop_constraint(op.f("fk_replies_shop_id_question_id_questions"), "replies", type_="foreignkey")
    op.drop_constraint("uq_replies_question_revision", "replies", type_="unique")
    op.alter_column("replies", "feedback_id", existing_type=sa.TEXT(), nullable=False)
    op.drop_column("replies", "rejects")
    op.drop_column("replies", "question_id")
    op.drop_index("ix_questions_written", table_name="questions")
    op.drop_index("ix_questions_search", table_name="questions", postgresql_using="gin")
    op.drop_index(
        "ix_questions_reply_state", table_name="questions", postgresql_where=sa.text("reply_state IS NOT NULL")
    )
    op.drop_index("ix_questions_product", table_name="questions")
    op.drop_index("ix_questions_needs_reply", table_name="questions", postgresql_where=sa.text("needs_reply"))
    op.drop_table("questions")
    op.drop_table("question_syncs")
