"""What a writer may know of a subject, and whose voice answers it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.drafting.ports import Draft, DraftRequest, Writer
from app.drafting.questions import QuestionRequest, QuestionWriter, compose_answer
from app.drafting.service import HouseRules, compose
from app.drafting.templates import TemplateWriter
from app.feedbacks.models import Feedback
from app.feedbacks.queries import answered_text
from app.products.queries import facts_of
from app.questions.models import Question
from app.replies.subjects import Row, Subject, a_feedback, a_question
from app.shops.models import ReplyMode, ShopSettings
from app.shops.policy import mode_for, publishes_questions

Request = DraftRequest | QuestionRequest
WriterFor = Callable[[ShopSettings], Writer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Who writes: to feedbacks by each shop's settings, to questions one for all."""

    writer_for: WriterFor
    questions: QuestionWriter

    async def draft(self, settings: ShopSettings, request: Request) -> Draft:
        """Compose by the shop's rules."""
        rules = HouseRules(
            signatures=settings.signatures,
            blacklist_keywords=settings.blacklist_keywords,
            stop_words=settings.blacklist_keywords,
        )
        if isinstance(request, QuestionRequest):
            return await compose_answer(self.questions, request, rules=rules)
        fallback = TemplateWriter(settings.templates)
        return await compose(self.writer_for(settings), request, rules=rules, fallback=fallback)


async def request_for(session: AsyncSession, settings: ShopSettings, row: Row) -> Request:
    """With the facts of the product's card, where it is known."""
    facts = await facts_of(session, row.shop_id, row.nm_id)
    if isinstance(row, Question):
        return QuestionRequest(
            shop_id=row.shop_id,
            wb_id=row.wb_id,
            text=row.text,
            product_name=row.product_name,
            brand_name=row.brand_name,
            facts=facts,
            tone=settings.tone,
        )
    return DraftRequest(
        shop_id=row.shop_id,
        wb_id=row.wb_id,
        rating=row.rating,
        text=row.text,
        pros=row.pros,
        cons=row.cons,
        buyer_name=row.buyer_name,
        product_name=row.product_name,
        brand_name=row.brand_name,
        tags=tuple(row.tags),
        answered_before=await answered_text(session, row.shop_id, row.parent_id),
        facts=facts or tuple(filter(None, (row.product_name, row.brand_name, row.color, row.size))),
        tone=settings.tone,
    )


def subject_asked(request: Request) -> Subject:
    """What the request is about."""
    return a_question(request.wb_id) if isinstance(request, QuestionRequest) else a_feedback(request.wb_id)


def goes_on_by_itself(settings: ShopSettings, row: Row) -> bool:
    """May a clean draft be published without a person?"""
    if isinstance(row, Feedback):
        return mode_for(settings, row.rating) is ReplyMode.AUTO
    return publishes_questions(settings)
