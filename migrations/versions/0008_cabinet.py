"""Standings, page states, rules, chat links; complaints, their odds and evidence; tallies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cabinet_settings",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("chats_per_run", sa.BigInteger(), nullable=False),
        sa.Column("complaints_per_run", sa.BigInteger(), nullable=False),
        sa.Column("chat_pause_ms", sa.BigInteger(), nullable=False),
        sa.Column("complaint_pause_ms", sa.BigInteger(), nullable=False),
        sa.Column("complaints_per_day", sa.BigInteger(), nullable=False),
        sa.Column("trust_rules", sa.Boolean(), nullable=False),
        sa.Column("approved_price", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_cabinet_settings_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_cabinet_settings")),
    )
    op.create_table(
        "chat_link_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_chat_link_events_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_chat_link_events")),
    )
    op.create_index("ix_chat_link_events_link", "chat_link_events", ["shop_id", "link_id", "at"], unique=False)
    op.create_table(
        "chat_links",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=True),
        sa.Column("chat_url", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor_status", sa.Text(), server_default="", nullable=False),
        sa.Column("anchor_text", sa.Text(), server_default="", nullable=False),
        sa.Column("anchor_nm_id", sa.BigInteger(), nullable=True),
        sa.Column("anchor_title", sa.Text(), server_default="", nullable=False),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_status", sa.Text(), server_default="", nullable=False),
        sa.Column("message_type", sa.Text(), server_default="", nullable=False),
        sa.Column("message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("error_stage", sa.Text(), server_default="", nullable=False),
        sa.Column("error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_chat_links_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_chat_links")),
    )
    op.create_index("ix_chat_links_id", "chat_links", ["id"], unique=False)
    op.create_index("uq_chat_links_chat", "chat_links", ["shop_id", "chat_id"], unique=True)
    op.create_index("uq_chat_links_feedback", "chat_links", ["shop_id", "feedback_id"], unique=True)
    op.create_index("uq_chat_links_key", "chat_links", ["shop_id", "nm_id", "rating", "minute"], unique=True)
    op.create_table(
        "complaint_calls",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(precision=14, scale=6), nullable=False),
        sa.Column("seconds", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_complaint_calls_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_complaint_calls")),
    )
    op.create_index("ix_complaint_calls_at", "complaint_calls", ["shop_id", "at"], unique=False)
    op.create_table(
        "complaint_drafts",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_complaint_drafts_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "feedback_id", "version", name=op.f("pk_complaint_drafts")),
    )
    op.create_table(
        "complaint_odds",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("product_group", sa.Text(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_complaint_odds_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "shop_id", "level", "reason_id", "rating", "product_group", name=op.f("pk_complaint_odds")
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=True),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("incomplete", sa.Boolean(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("check_date", sa.Text(), nullable=False),
        sa.Column("cabinet_name", sa.Text(), nullable=False),
        sa.Column("articul", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("feedback_date", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("has_screenshot", sa.Boolean(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("drive_link", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_evidence_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_feedback", "evidence", ["shop_id", "feedback_id"], unique=False)
    op.create_index("ix_evidence_month", "evidence", ["shop_id", "month", "received_at", "id"], unique=False)
    op.create_index(
        "uq_evidence_sent", "evidence", ["shop_id", "articul", "feedback_date", "file_name", "text_hash"], unique=True
    )
    op.create_table(
        "feedback_counts",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("feedbacks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_feedback_counts_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "rating", name=op.f("pk_feedback_counts")),
    )
    op.create_table(
        "page_states",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=True),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("statuses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("can_submit", sa.Boolean(), nullable=False),
        sa.Column("could_submit", sa.Boolean(), nullable=True),
        sa.Column("chat_status", sa.Text(), nullable=True),
        sa.Column("rating_excluded", sa.Boolean(), nullable=False),
        sa.Column("feedback_date", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("match IN ('one', 'none', 'several')", name=op.f("ck_page_states_match")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_page_states_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "nm_id", "rating", "minute", name=op.f("pk_page_states")),
    )
    op.create_index(
        "ix_page_states_listing",
        "page_states",
        ["shop_id", "can_submit", "created_at", "nm_id", "rating", "minute"],
        unique=False,
    )
    op.create_index(
        "ix_page_states_open",
        "page_states",
        ["shop_id", "match", "created_at"],
        unique=False,
        postgresql_where=sa.text("match <> 'one'"),
    )
    op.create_table(
        "product_rules",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("work_status", sa.Text(), nullable=False),
        sa.Column("complaint_ratings", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("chats", sa.Boolean(), nullable=False),
        sa.Column("chat_ratings", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("work_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("work_status IN ('active', 'paused', 'stopped')", name=op.f("ck_product_rules_work_status")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_product_rules_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "nm_id", name=op.f("pk_product_rules")),
    )
    op.create_table(
        "standing_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('filer', 'checker', 'wildberries', 'person', 'system')", name=op.f("ck_standing_events_source")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_standing_events_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "feedback_id", "id", name=op.f("pk_standing_events")),
    )
    op.create_table(
        "standing_refreshes",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_standing_refreshes_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_standing_refreshes")),
    )
    op.create_table(
        "tallies",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("queued_complaints", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("queued_chats", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("queued_links", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("queued_readings", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("potential_negatives", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("potential_fours", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("candidates", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("to_approve", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ready", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pending", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("approved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reconsidered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("chats_working", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("chats_missing", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pages_can", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("pages_cannot", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("page_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_tallies_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_tallies")),
    )
    op.create_table(
        "complaints",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("reason_id", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quotes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("why_not_text", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("provable", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("feedback_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "feedback_id"],
            ["feedbacks.shop_id", "feedbacks.wb_id"],
            name=op.f("fk_complaints_shop_id_feedback_id_feedbacks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_complaints_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "feedback_id", name=op.f("pk_complaints")),
    )
    op.create_index("ix_complaints_created", "complaints", ["shop_id", "created_at"], unique=False)
    op.create_index(
        "ix_complaints_queued",
        "complaints",
        ["shop_id", "queued_at"],
        unique=False,
        postgresql_where=sa.text("queued_at IS NOT NULL"),
    )
    op.create_table(
        "feedback_former_keys",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wb_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "wb_id"],
            ["feedbacks.shop_id", "feedbacks.wb_id"],
            name=op.f("fk_feedback_former_keys_shop_id_wb_id_feedbacks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "nm_id", "rating", "minute", "wb_id", name=op.f("pk_feedback_former_keys")),
    )
    op.create_table(
        "standings",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Text(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("has_words", sa.Boolean(), nullable=False),
        sa.Column("complaint_possible", sa.Boolean(), nullable=False),
        sa.Column("key_shared", sa.Boolean(), nullable=False),
        sa.Column("in_work", sa.Boolean(), nullable=False),
        sa.Column("complaint_allowed", sa.Boolean(), nullable=False),
        sa.Column("chat_allowed", sa.Boolean(), nullable=False),
        sa.Column("complaint", sa.Text(), server_default="none", nullable=False),
        sa.Column("ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("triage", sa.Text(), server_default="open", nullable=False),
        sa.Column("complaint_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("odds", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("visibility", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("purchase", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("supplemented", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rating_excluded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_submit", sa.Boolean(), nullable=True),
        sa.Column("chat", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("chat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chat_linked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("page_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("not_found", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cooling", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cool_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_to", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "queued_complaint",
            sa.Boolean(),
            sa.Computed(
                "in_work AND NOT key_shared AND NOT cooling AND rating <= 4 AND complaint_allowed AND complaint = 'draft' AND ready AND visibility IN ('visible', 'unknown', 'hidden') AND NOT rating_excluded",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "queued_chat",
            sa.Boolean(),
            sa.Computed(
                "in_work AND NOT key_shared AND NOT cooling AND rating <= 4 AND chat_allowed AND chat = 'available' AND (complaint = 'rejected' OR (rating = 4 AND complaint = 'none')) AND NOT supplemented AND NOT chat_linked AND NOT (complaint = 'approved' OR visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') OR rating_excluded)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "potential_chat",
            sa.Boolean(),
            sa.Computed(
                "in_work AND NOT key_shared AND NOT cooling AND rating <= 4 AND chat = 'available' AND (complaint = 'rejected' OR (rating = 4 AND complaint = 'none')) AND NOT supplemented AND NOT chat_linked AND NOT (complaint = 'approved' OR visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') OR rating_excluded)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "queued_link",
            sa.Boolean(),
            sa.Computed(
                "in_work AND NOT key_shared AND NOT cooling AND rating <= 4 AND chat = 'opened' AND NOT chat_linked AND visibility <> 'deleted'",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "queued_reading",
            sa.Boolean(),
            sa.Computed(
                "in_work AND NOT key_shared AND NOT cooling AND rating <= 4 AND (complaint_allowed OR chat_allowed) AND (page_read_at IS NULL OR read_again) AND complaint <> 'draft' AND NOT (complaint = 'approved' OR visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') OR rating_excluded)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "candidate",
            sa.Boolean(),
            sa.Computed(
                "in_work AND complaint_allowed AND NOT key_shared AND complaint = 'none' AND triage = 'open' AND has_words AND complaint_possible AND coalesce(can_submit, false) AND NOT (complaint = 'approved' OR visibility IN ('excluded', 'unpublished', 'hidden', 'deleted') OR rating_excluded)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("chat IN ('unknown', 'unavailable', 'available', 'opened')", name=op.f("ck_standings_chat")),
        sa.CheckConstraint(
            "complaint IN ('none', 'draft', 'pending', 'approved', 'rejected', 'reconsidered')",
            name=op.f("ck_standings_complaint"),
        ),
        sa.CheckConstraint("filed_by IN ('us', 'seller')", name=op.f("ck_standings_filed_by")),
        sa.CheckConstraint(
            "purchase IN ('unknown', 'purchased', 'refused', 'returned', 'return_requested')",
            name=op.f("ck_standings_purchase"),
        ),
        sa.CheckConstraint("triage IN ('open', 'no_ground', 'dismissed')", name=op.f("ck_standings_triage")),
        sa.CheckConstraint(
            "visibility IN ('unknown', 'visible', 'hidden', 'excluded', 'unpublished', 'deleted')",
            name=op.f("ck_standings_visibility"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "feedback_id"],
            ["feedbacks.shop_id", "feedbacks.wb_id"],
            name=op.f("fk_standings_shop_id_feedback_id_feedbacks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_standings_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "feedback_id", name=op.f("pk_standings")),
    )
    op.create_index(
        "ix_standings_candidate",
        "standings",
        ["shop_id", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("candidate"),
    )
    op.create_index(
        "ix_standings_complaint",
        "standings",
        ["shop_id", "complaint", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("complaint <> 'none'"),
    )
    op.create_index(
        "ix_standings_conflict",
        "standings",
        ["shop_id", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("conflict IS NOT NULL"),
    )
    op.create_index(
        "ix_standings_cooling",
        "standings",
        ["shop_id", "cool_until"],
        unique=False,
        postgresql_where=sa.text("cooling"),
    )
    op.create_index("ix_standings_product", "standings", ["shop_id", "nm_id", "rating"], unique=False)
    op.create_index(
        "ix_standings_queued_chat",
        "standings",
        ["shop_id", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("queued_chat"),
    )
    op.create_index(
        "ix_standings_queued_complaint",
        "standings",
        ["shop_id", "odds", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("queued_complaint"),
    )
    op.create_index(
        "ix_standings_queued_link",
        "standings",
        ["shop_id", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("queued_link"),
    )
    op.create_index(
        "ix_standings_queued_reading",
        "standings",
        ["shop_id", "nm_id", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("queued_reading"),
    )
    op.create_index(
        "ix_standings_triage",
        "standings",
        ["shop_id", "triage", "written_at", "feedback_id"],
        unique=False,
        postgresql_where=sa.text("triage <> 'open' AND complaint = 'none'"),
    )


def downgrade() -> None:
    op.drop_table("standings")
    op.drop_table("feedback_former_keys")
    op.drop_table("complaints")
    op.drop_table("tallies")
    op.drop_table("standing_refreshes")
    op.drop_table("standing_events")
    op.drop_table("product_rules")
    op.drop_table("page_states")
    op.drop_table("feedback_counts")
    op.drop_table("evidence")
    op.drop_table("complaint_odds")
    op.drop_table("complaint_drafts")
    op.drop_table("complaint_calls")
    op.drop_table("chat_links")
    op.drop_table("chat_link_events")
    op.drop_table("cabinet_settings")
