"""The table of all jobs: what a worker does with each, and with which neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from app.analytics.jobs import RefreshRollups
from app.analytics.refreshing import refresh_rollups
from app.buyers.jobs import RefreshBuyers
from app.buyers.refreshing import refresh_buyers
from app.cabinet.jobs import LookAgain, RefreshStandings
from app.cabinet.looking import look_again
from app.chats.ports import ChatPost, ChatSource
from app.complaints.evidence_settling import refresh_and_settle
from app.complaints.ports import ComplaintWriter
from app.drafting.ports import Writer
from app.drafting.questions import QuestionWriter
from app.drafting.templates import TemplateWriter
from app.drafting.threads import ThreadWriter
from app.feedbacks.jobs import AnswersSeen, FeedbacksArrived, SyncFeedbacks
from app.feedbacks.ports import FeedbackSource
from app.feedbacks.sync import SyncPace, sync_feedbacks
from app.kit.db import Database
from app.kit.delivery import Handler
from app.kit.jobs import Job
from app.kit.locks import Locks
from app.kit.settings import Settings
from app.pins.jobs import PinFeedbacks, SyncPins, UnpinFeedbacks
from app.pins.ports import WildberriesBoard
from app.pins.publishing import PinWriter, pin_feedbacks, unpin_feedbacks
from app.pins.reading import Reader, sync_pins
from app.products.jobs import SyncProducts
from app.products.ports import CardSource
from app.products.sync import sync_products
from app.questions.jobs import QuestionAnswersSeen, QuestionsArrived, SyncQuestions, ViewQuestion
from app.questions.ports import QuestionSource
from app.questions.sync import LARGEST_REACH, QuestionPace, sync_questions, view_question
from app.replies.claiming import Publishing
from app.replies.jobs import DraftReply, PublishReply, VerifyReplies
from app.replies.looking import FeedbackLooker, Lookers, QuestionLooker
from app.replies.ports import Publishers
from app.replies.publishing import publish_reply
from app.replies.subjects import SubjectKind
from app.replies.verifying import LookBack, answers_seen, verify_replies
from app.replies.voices import Voices
from app.replies.writing import draft_arrived, draft_one
from app.shops.models import ShopSettings
from app.worker.chat_handlers import chat_handlers
from app.worker.complaint_handlers import complaint_handlers


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Everything outside the process; `llm` and `complaint_writer` are None when templates and rules write."""

    database: Database
    locks: Locks
    source: FeedbackSource
    urgent_source: FeedbackSource
    publishers: Publishers
    questions: QuestionSource
    urgent_questions: QuestionSource
    pins: WildberriesBoard
    urgent_pins: WildberriesBoard
    cards: CardSource
    chats: ChatSource
    urgent_chats: ChatPost
    llm: Writer | None
    thread_writer: ThreadWriter
    question_writer: QuestionWriter
    complaint_writer: ComplaintWriter | None

    def writer_for(self, settings: ShopSettings) -> Writer:
        """The LLM, or the shop's templates."""
        return self.llm or TemplateWriter(settings.templates)


def handlers(near: Neighbours, settings: Settings) -> Mapping[type[Job], Handler]:
    """Every job kind has its line here; a test compares with the declared kinds."""
    database = near.database
    look_back = LookBack(first=settings.verify_after_seconds, unknown_after=settings.unknown_after_minutes * 60)
    sync_pace = SyncPace(page_size=settings.wb_page_size, every=settings.sync_every_minutes * 60)
    publishing = Publishing(settle=settings.settle_seconds, look_back=look_back)

    pin_reader = Reader(database=database, wildberries=near.pins, settle=settings.settle_seconds)

    def pin_writer(job: PinFeedbacks | UnpinFeedbacks) -> PinWriter:
        reader = Reader(database=database, wildberries=near.urgent_pins, settle=settings.settle_seconds)
        return PinWriter(reader=reader, still_ours=partial(near.locks.assert_held, job.lock()))

    async def pin(job: PinFeedbacks) -> None:
        await pin_feedbacks(job, writer=pin_writer(job))

    async def unpin(job: UnpinFeedbacks) -> None:
        await unpin_feedbacks(job, writer=pin_writer(job))

    async def publish(job: PublishReply) -> None:
        await publish_reply(
            job,
            database=database,
            publishers=near.publishers,
            pace=publishing,
            still_ours=partial(near.locks.assert_held, job.lock()),
        )

    async def seen(job: AnswersSeen) -> None:
        await answers_seen(job.shop_id, SubjectKind.FEEDBACK, database=database)

    async def question_answers_seen(job: QuestionAnswersSeen) -> None:
        await answers_seen(job.shop_id, SubjectKind.QUESTION, database=database)

    voices = Voices(writer_for=near.writer_for, questions=near.question_writer)
    lookers = Lookers(feedbacks=FeedbackLooker(near.urgent_source), questions=QuestionLooker(near.urgent_questions))
    question_pace = QuestionPace(page_size=LARGEST_REACH, every=settings.sync_every_minutes * 60)

    return {
        SyncFeedbacks: partial(sync_feedbacks, database=database, source=near.source, pace=sync_pace),
        FeedbacksArrived: partial(draft_arrived, database=database, voices=voices),
        QuestionsArrived: partial(draft_arrived, database=database, voices=voices),
        DraftReply: partial(draft_one, database=database, voices=voices),
        PublishReply: publish,
        VerifyReplies: partial(
            verify_replies,
            database=database,
            lookers=lookers,
            page_size=settings.wb_page_size,
            look_back=look_back,
        ),
        AnswersSeen: seen,
        SyncQuestions: partial(sync_questions, database=database, source=near.questions, pace=question_pace),
        ViewQuestion: partial(view_question, database=database, source=near.questions),
        QuestionAnswersSeen: question_answers_seen,
        SyncPins: partial(sync_pins, reader=pin_reader),
        PinFeedbacks: pin,
        UnpinFeedbacks: unpin,
        SyncProducts: partial(sync_products, database=database, source=near.cards),
        RefreshRollups: partial(refresh_rollups, database=database),
        RefreshBuyers: partial(refresh_buyers, database=database),
        RefreshStandings: partial(refresh_and_settle, database=database),
        LookAgain: partial(look_again, database=database, source=near.source),
        **complaint_handlers(database, near.complaint_writer),
        **chat_handlers(
            settings,
            database=database,
            locks=near.locks,
            source=near.chats,
            urgent=near.urgent_chats,
            writer=near.thread_writer,
        ),
    }
