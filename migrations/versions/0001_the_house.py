"""The house: accounts, shops, feedbacks, replies, jobs, and PgQueuer's own tables."""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def run_script(script: str) -> None:
    """Several statements at once need the driver's own execute; the transaction is already open."""
    op.get_bind().connection.run_async(lambda driver: driver.execute(script))


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    run_script(QueryBuilderEnvironment().build_install_query())
    op.create_table(
        "rate_buckets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urgent_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_buckets")),
    )
    op.create_table(
        "shops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
    )
    op.create_index("uq_shops_seller_id", "shops", ["seller_id"], unique=True)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "feedback_sync_pages",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("wb_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_feedback_sync_pages_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "number", name=op.f("pk_feedback_sync_pages")),
    )
    op.create_table(
        "feedback_syncs",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("processed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unanswered_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor_skip", sa.BigInteger(), nullable=False),
        sa.Column("cursor_id", sa.Text(), nullable=True),
        sa.Column("list_rows", sa.BigInteger(), nullable=False),
        sa.Column("list_total", sa.BigInteger(), nullable=True),
        sa.Column("other_total", sa.BigInteger(), nullable=True),
        sa.Column("backlog", sa.BigInteger(), nullable=True),
        sa.Column("second_look", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("broken_rows", sa.BigInteger(), nullable=False),
        sa.Column("total_estimate", sa.BigInteger(), nullable=True),
        sa.Column("newest_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rescanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unanswered_as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "phase IN ('idle', 'unanswered', 'processed', 'archive', 'vanished')", name=op.f("ck_feedback_syncs_phase")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_feedback_syncs_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_feedback_syncs")),
    )
    op.create_table(
        "feedbacks",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("wb_id", sa.Text(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("imt_id", sa.BigInteger(), nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pros", sa.Text(), nullable=False),
        sa.Column("cons", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=False),
        sa.Column("brand_name", sa.Text(), nullable=False),
        sa.Column("supplier_article", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("order_status", sa.Text(), nullable=False),
        sa.Column("matching_size", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("photo_count", sa.SmallInteger(), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("rating_only", sa.Boolean(), nullable=False),
        sa.Column("was_viewed", sa.Boolean(), nullable=False),
        sa.Column("wb_state", sa.Text(), nullable=False),
        sa.Column("answer_text", sa.Text(), nullable=True),
        sa.Column("answer_state", sa.Text(), nullable=True),
        sa.Column("answer_editable", sa.Boolean(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("child_id", sa.Text(), nullable=True),
        sa.Column("complaint_possible", sa.Boolean(), nullable=False),
        sa.Column("complaint_reason", sa.BigInteger(), nullable=False),
        sa.Column("return_possible", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_state", sa.Text(), nullable=True),
        sa.Column(
            "needs_reply",
            sa.Boolean(),
            sa.Computed(
                "answer_text IS NULL AND NOT rating_only AND child_id IS NULL AND deleted_at IS NULL", persisted=True
            ),
            nullable=False,
        ),
        sa.Column(
            "searched",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('russian', text || ' ' || pros || ' ' || cons || ' ' || buyer_name || ' ' || product_name || ' ' || supplier_article)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_feedbacks_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "wb_id", name=op.f("pk_feedbacks")),
    )
    op.create_index(
        "ix_feedbacks_answered",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("answer_text IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_feedbacks_deleted",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("ix_feedbacks_minute", "feedbacks", ["shop_id", "nm_id", "rating", "written_minute"], unique=False)
    op.create_index(
        "ix_feedbacks_needs_reply",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("needs_reply"),
    )
    op.create_index(
        "ix_feedbacks_not_needed",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("answer_text IS NULL AND NOT needs_reply AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_feedbacks_product",
        "feedbacks",
        ["shop_id", "nm_id", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "reply_state", "needs_reply"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_feedbacks_rating",
        "feedbacks",
        ["shop_id", "rating", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["reply_state", "needs_reply"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_feedbacks_reply_state",
        "feedbacks",
        ["shop_id", "reply_state", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "needs_reply"],
        postgresql_where=sa.text("reply_state IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_index("ix_feedbacks_search", "feedbacks", ["shop_id", "searched"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_feedbacks_to_draft",
        "feedbacks",
        ["shop_id", "rating", "written_at", "wb_id"],
        unique=False,
        postgresql_where=sa.text("needs_reply AND reply_state IS NULL"),
    )
    op.create_index(
        "ix_feedbacks_written",
        "feedbacks",
        ["shop_id", "written_at", "wb_id"],
        unique=False,
        postgresql_include=["rating", "reply_state", "needs_reply", "deleted_at"],
    )
    op.create_table(
        "invites",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'manager', 'viewer')", name=op.f("ck_invites_role")),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_invites_invited_by_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_invites_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_invites")),
    )
    op.create_index("ix_invites_token_hash", "invites", ["token_hash"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_jobs_attempts")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_jobs_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_shop_state", "jobs", ["shop_id", "state", "created_at", "id"], unique=False)
    op.create_index(
        "uq_jobs_live_key",
        "jobs",
        ["shop_id", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("dedupe_key IS NOT NULL AND state IN ('queued', 'running')"),
    )
    op.create_table(
        "memberships",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'manager', 'viewer')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_memberships_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "user_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('cookie', 'bearer')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "shop_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_events_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_shop_events")),
    )
    op.create_table(
        "shop_settings",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("reply_mode", sa.Text(), nullable=False),
        sa.Column("rating_mode_map", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("blacklist_keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("templates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signatures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tone", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reply_mode IN ('manual', 'semi', 'auto')", name=op.f("ck_shop_settings_reply_mode")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_settings_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_settings")),
    )
    op.create_table(
        "shop_tokens",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("encrypted", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warned_days", sa.BigInteger(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('basic', 'test', 'personal', 'service', 'unknown')", name=op.f("ck_shop_tokens_kind")
        ),
        sa.CheckConstraint("purpose IN ('main', 'chat')", name=op.f("ck_shop_tokens_purpose")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_tokens_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "purpose", name=op.f("pk_shop_tokens")),
    )
    op.create_table(
        "writer_calls",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_writer_calls_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_writer_calls")),
    )
    op.create_index("ix_writer_calls_at", "writer_calls", ["shop_id", "at"], unique=False)
    op.create_table(
        "replies",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("needs_human", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("publishing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'approved', 'publishing', 'sent', 'on_moderation', 'published', 'rejected', 'answered_elsewhere', 'unknown', 'failed')",
            name=op.f("ck_replies_state"),
        ),
        sa.CheckConstraint("revision IN (1, 2)", name=op.f("ck_replies_revision")),
        sa.ForeignKeyConstraint(
            ["shop_id", "feedback_id"],
            ["feedbacks.shop_id", "feedbacks.wb_id"],
            name=op.f("fk_replies_shop_id_feedback_id_feedbacks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_replies_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_replies")),
        sa.UniqueConstraint("shop_id", "feedback_id", "revision", name="uq_replies_revision"),
    )
    op.create_index("ix_replies_state", "replies", ["shop_id", "state"], unique=False)
    op.create_index(
        "ix_replies_to_check",
        "replies",
        ["shop_id", "next_check_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('publishing', 'sent', 'on_moderation', 'unknown')"),
    )
    op.create_table(
        "reply_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reply_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "reply_id"],
            ["replies.shop_id", "replies.id"],
            name=op.f("fk_reply_events_shop_id_reply_id_replies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_reply_events")),
    )
    op.create_index("ix_reply_events_reply", "reply_events", ["shop_id", "reply_id", "at"], unique=False)


def downgrade() -> None:
    run_script(QueryBuilderEnvironment().build_uninstall_query())
    op.drop_index("ix_reply_events_reply", table_name="reply_events")
    op.drop_table("reply_events")
    op.drop_index(
        "ix_replies_to_check",
        table_name="replies",
        postgresql_where=sa.text("state IN ('publishing', 'sent', 'on_moderation', 'unknown')"),
    )
    op.drop_index("ix_replies_state", table_name="replies")
    op.drop_table("replies")
    op.drop_index("ix_writer_calls_at", table_name="writer_calls")
    op.drop_table("writer_calls")
    op.drop_table("shop_tokens")
    op.drop_table("shop_settings")
    op.drop_table("shop_events")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_memberships_user_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index(
        "uq_jobs_live_key",
        table_name="jobs",
        postgresql_where=sa.text("dedupe_key IS NOT NULL AND state IN ('queued', 'running')"),
    )
    op.drop_index("ix_jobs_shop_state", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_invites_token_hash", table_name="invites")
    op.drop_table("invites")
    op.drop_index(
        "ix_feedbacks_written",
        table_name="feedbacks",
        postgresql_include=["rating", "reply_state", "needs_reply", "deleted_at"],
    )
    op.drop_index(
        "ix_feedbacks_to_draft", table_name="feedbacks", postgresql_where=sa.text("needs_reply AND reply_state IS NULL")
    )
    op.drop_index("ix_feedbacks_search", table_name="feedbacks", postgresql_using="gin")
    op.drop_index(
        "ix_feedbacks_reply_state",
        table_name="feedbacks",
        postgresql_include=["rating", "needs_reply"],
        postgresql_where=sa.text("reply_state IS NOT NULL AND deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_feedbacks_rating",
        table_name="feedbacks",
        postgresql_include=["reply_state", "needs_reply"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_feedbacks_product",
        table_name="feedbacks",
        postgresql_include=["rating", "reply_state", "needs_reply"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_feedbacks_not_needed",
        table_name="feedbacks",
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("answer_text IS NULL AND NOT needs_reply AND deleted_at IS NULL"),
    )
    op.drop_index(
        "ix_feedbacks_needs_reply",
        table_name="feedbacks",
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("needs_reply"),
    )
    op.drop_index("ix_feedbacks_minute", table_name="feedbacks")
    op.drop_index("ix_feedbacks_deleted", table_name="feedbacks", postgresql_where=sa.text("deleted_at IS NOT NULL"))
    op.drop_index(
        "ix_feedbacks_answered",
        table_name="feedbacks",
        postgresql_include=["rating", "reply_state"],
        postgresql_where=sa.text("answer_text IS NOT NULL AND deleted_at IS NULL"),
    )
    op.drop_table("feedbacks")
    op.drop_table("feedback_syncs")
    op.drop_table("feedback_sync_pages")
    op.drop_table("workers")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    op.drop_index("uq_shops_seller_id", table_name="shops")
    op.drop_table("shops")
    op.drop_table("rate_buckets")
