"""Buyer chats: the event stream, chats, messages with their files, private notes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_events",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wb_ms", sa.BigInteger(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_chat_events_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", "event_id", name=op.f("pk_chat_events")),
    )
    op.create_index("ix_chat_events_chat", "chat_events", ["shop_id", "chat_id", "wb_ms"], unique=False)
    op.create_table(
        "chat_syncs",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor_ms", sa.BigInteger(), nullable=True),
        sa.Column("nudge", sa.BigInteger(), nullable=False),
        sa.Column("from_oldest", sa.Boolean(), nullable=False),
        sa.Column("backfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("largest_page", sa.BigInteger(), nullable=False),
        sa.Column("oldest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chats", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caught_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.CheckConstraint("phase IN ('idle', 'listing', 'reading')", name=op.f("ck_chat_syncs_phase")),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_chat_syncs_shop_id_shops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_chat_syncs")),
    )
    op.create_table(
        "chats",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("nm_id", sa.BigInteger(), nullable=True),
        sa.Column("rid", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_text", sa.Text(), nullable=False),
        sa.Column("last_sender", sa.Text(), nullable=False),
        sa.Column("last_client_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_sign", sa.Text(), nullable=True),
        sa.Column("reply_sign_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name=op.f("ck_chats_close_reason")),
        sa.CheckConstraint(
            "status IN ('waiting_for_us', 'in_work', 'waiting_for_buyer', 'closed')", name=op.f("ck_chats_status")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["users.id"], name=op.f("fk_chats_assignee_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_chats_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "chat_id", name=op.f("pk_chats")),
    )
    op.create_index(
        "ix_chats_assignee",
        "chats",
        ["shop_id", "assignee_id", "last_message_at"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index("ix_chats_client_name", "chats", ["shop_id", "client_name"], unique=False)
    op.create_index("ix_chats_newest", "chats", ["shop_id", "last_message_at", "chat_id"], unique=False)
    op.create_index("ix_chats_status", "chats", ["shop_id", "status", "last_message_at", "chat_id"], unique=False)
    op.create_table(
        "chat_notes",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "chat_id"],
            ["chats.shop_id", "chats.chat_id"],
            name=op.f("fk_chat_notes_shop_id_chat_id_chats"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_chat_notes")),
    )
    op.create_index("ix_chat_notes_chat", "chat_notes", ["shop_id", "chat_id", "at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wb_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("sign_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sought_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("file_errors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("needs_human", sa.Boolean(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("usage", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "searched",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('russian', text)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint("sender IN ('client', 'seller', 'wb')", name=op.f("ck_messages_sender")),
        sa.CheckConstraint(
            "state IN ('received', 'draft', 'queued', 'sending', 'sent', 'unknown', 'failed', 'dismissed')",
            name=op.f("ck_messages_state"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id", "chat_id"],
            ["chats.shop_id", "chats.chat_id"],
            name=op.f("fk_messages_shop_id_chat_id_chats"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_messages_shop_id_shops"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("shop_id", "id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_attachments", "messages", ["shop_id", "attachments"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_messages_open",
        "messages",
        ["shop_id", "state", "chat_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')"),
    )
    op.create_index("ix_messages_search", "messages", ["shop_id", "searched"], unique=False, postgresql_using="gin")
    op.create_index("ix_messages_thread", "messages", ["shop_id", "chat_id", "at", "id"], unique=False)
    op.create_index(
        "uq_messages_draft",
        "messages",
        ["shop_id", "chat_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index("uq_messages_event", "messages", ["shop_id", "event_id"], unique=True)
    op.create_index("uq_messages_key", "messages", ["shop_id", "chat_id", "client_key"], unique=True)
    op.create_table(
        "message_files",
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shop_id", "message_id"],
            ["messages.shop_id", "messages.id"],
            name=op.f("fk_message_files_shop_id_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "message_id", "number", name=op.f("pk_message_files")),
    )


def downgrade() -> None:
    op.drop_table("message_files")
    op.drop_table("messages")
    op.drop_table("chat_notes")
    op.drop_table("chats")
    op.drop_table("chat_syncs")
    op.drop_table("chat_events")
