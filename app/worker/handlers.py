"""The table of all jobs: what a worker does with each, and with which neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from app.drafting.ports import Writer
from app.drafting.templates import TemplateWriter
from app.feedbacks.jobs import AnswersSeen, FeedbacksArrived, SyncFeedbacks
from app.feedbacks.ports import FeedbackSource
from app.feedbacks.sync import SyncPace, sync_feedbacks
from app.kit.db import Database
from app.kit.delivery import Handler
from app.kit.jobs import Job
from app.kit.locks import Locks
from app.kit.settings import Settings
from app.replies.jobs import DraftReply, PublishReply, VerifyReplies
from app.replies.ports import Publisher
from app.replies.publishing import Publishing, publish_reply
from app.replies.verifying import LookBack, answers_seen, verify_replies
from app.replies.writing import draft_arrived, draft_one
from app.shops.models import ShopSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Everything outside the process; `llm` is None when drafts come from templates."""

    database: Database
    locks: Locks
    source: FeedbackSource
    urgent_source: FeedbackSource
    publisher: Publisher
    llm: Writer | None

    def writer_for(self, settings: ShopSettings) -> Writer:
        """The LLM, or the shop's templates."""
        return self.llm or TemplateWriter(settings.templates)


def handlers(near: Neighbours, settings: Settings) -> Mapping[type[Job], Handler]:
    """Every job kind has its line here; a test compares with the declared kinds."""
    database = near.database
    look_back = LookBack(first=settings.verify_after_seconds, unknown_after=settings.unknown_after_minutes * 60)
    sync_pace = SyncPace(page_size=settings.wb_page_size, every=settings.sync_every_minutes * 60)
    publishing = Publishing(settle=settings.settle_seconds, look_back=look_back)

    async def publish(job: PublishReply) -> None:
        await publish_reply(
            job,
            database=database,
            publisher=near.publisher,
            pace=publishing,
            still_ours=partial(near.locks.assert_held, job.lock()),
        )

    async def seen(job: AnswersSeen) -> None:
        await answers_seen(job.shop_id, database=database)

    return {
        SyncFeedbacks: partial(sync_feedbacks, database=database, source=near.source, pace=sync_pace),
        FeedbacksArrived: partial(draft_arrived, database=database, writer_for=near.writer_for),
        DraftReply: partial(draft_one, database=database, writer_for=near.writer_for),
        PublishReply: publish,
        VerifyReplies: partial(
            verify_replies,
            database=database,
            source=near.urgent_source,
            page_size=settings.wb_page_size,
            look_back=look_back,
        ),
        AnswersSeen: seen,
    }
