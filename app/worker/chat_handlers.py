"""The jobs of chats, and with which neighbours a worker does them."""

from collections.abc import Mapping
from functools import partial

from app.chats.jobs import DraftChatMessage, SendMessages, SyncChats
from app.chats.ports import ChatPost, ChatSource
from app.chats.sending import send_messages
from app.chats.sync import ChatPace, sync_chats
from app.chats.writing import draft_message
from app.drafting.threads import ThreadWriter
from app.kit.db import Database
from app.kit.delivery import Handler
from app.kit.jobs import Job
from app.kit.locks import Locks
from app.kit.settings import Settings
from app.products.queries import facts_of
from app.wildberries.chats import PublishedChatLimits

ECHO_WITHIN = 600.0
"""Wildberries' seconds."""


def chat_handlers(
    settings: Settings,
    *,
    database: Database,
    locks: Locks,
    source: ChatSource,
    urgent: ChatPost,
    writer: ThreadWriter,
) -> Mapping[type[Job], Handler]:
    """A part of the table of all jobs; a new reply sign is fetched before the sync gets its turn."""
    limits = PublishedChatLimits(settings)
    pace = ChatPace(
        every=settings.chat_sync_seconds,
        settle=settings.settle_seconds,
        echo_within=max(ECHO_WITHIN, ECHO_WITHIN * settings.wb_speed),
    )

    async def send(job: SendMessages) -> None:
        await send_messages(
            job,
            database=database,
            sender=urgent,
            source=urgent,
            settle=settings.settle_seconds,
            still_ours=partial(locks.assert_held, job.lock()),
        )

    return {
        SyncChats: partial(sync_chats, database=database, source=source, limits=limits, pace=pace),
        SendMessages: send,
        DraftChatMessage: partial(draft_message, database=database, writer=writer, facts=facts_of),
    }
