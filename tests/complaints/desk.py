"""A shop with feedbacks about which a complaint is possible, and writers that say what a test tells them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from app.cabinet.models import StandingEvent
from app.cabinet.states import Visibility
from app.complaints.approving import Wish, approve_one
from app.complaints.editing import Edit, write_complaint
from app.complaints.jobs import ConsiderFeedbacks
from app.complaints.models import Complaint, ComplaintCall, ComplaintDraft
from app.complaints.ports import Claim, ComplaintRequest, ComplaintWriter
from app.complaints.queries import find_complaint
from app.complaints.wording import opened
from app.complaints.writing import consider_feedbacks
from app.drafting.ports import Usage
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database, forbid_open_transaction
from tests.cabinet.world import World

OBSCENE = "Продавец прислал полную хуйню вместо платья"
PLAIN = "Порвалось по шву в первый день, ткань тонкая"
SERVICE = "Курьер нахамил и бросил коробку у подъезда, ждала две недели"
TEXT = (
    "Просим проверить отзыв: в нём есть бранное слово, которое нарушает правила площадки и оскорбляет читателей. "
    "Такой текст не должен стоять на странице товара."
)
USAGE = Usage(model="gpt-test", input_tokens=500, output_tokens=120, cost_usd=Decimal("0.002"), seconds=0.4)


@dataclass
class Model:
    """Satisfies ComplaintWriter; says no unless told otherwise, and counts who asked."""

    answers: list[Claim | Exception] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None
    asked: list[str] = field(default_factory=list)

    async def write_complaint(self, request: ComplaintRequest) -> Claim:
        forbid_open_transaction()
        self.asked.append(request.wb_id)
        if self.before is not None:
            await self.before()
        answer = self.answers.pop(0) if self.answers else no()
        if isinstance(answer, Exception):
            raise answer
        return answer


def no(why: str = "Покупатель описывает товар.") -> Claim:
    return Claim(eligible=False, why_not=why, writer="gpt-test", usage=USAGE)


class Desk:
    """What people and jobs do with complaints, each step a transaction of its own."""

    def __init__(self, world: World) -> None:
        self.world, self.database, self.shop = world, world.database, world.shop

    async def candidate(self, text: str = PLAIN, **values: Any) -> Feedback:
        """Read by the extension: a complaint can be submitted."""
        feedback = await self.world.feedback(text=text, **values)
        await self.world.see(feedback, can_submit=True, visibility=Visibility.VISIBLE)
        return feedback

    async def consider(self, model: ComplaintWriter | None = None) -> None:
        await consider_feedbacks(ConsiderFeedbacks(shop_id=self.shop.id), database=self.database, model=model)

    async def drafted(self, text: str = OBSCENE, **values: Any) -> Feedback:
        """A candidate with a draft by the rules."""
        feedback = await self.candidate(text, **values)
        await self.consider()
        return feedback

    async def approve(self, feedback: Feedback, *, version: int = 1, actor: str = "user:olga") -> None:
        async with self.database.transaction() as session:
            wish = Wish(feedback_id=feedback.wb_id, version=version)
            await approve_one(session, self.shop.id, wish, actor=actor, now=utc_now())

    async def queued(self, text: str = OBSCENE, **values: Any) -> Feedback:
        feedback = await self.drafted(text, **values)
        await self.approve(feedback)
        return feedback

    async def rewritten(self, feedback: Feedback, **values: Any) -> None:
        """By its buyer, and synced."""
        where = (Feedback.shop_id == self.shop.id, Feedback.wb_id == feedback.wb_id)
        async with self.database.transaction() as session:
            await session.execute(update(Feedback).where(*where).values(changed_at=utc_now(), **values))

    async def complaint(self, feedback: Feedback) -> Complaint | None:
        async with self.database.transaction() as session:
            return await find_complaint(session, self.shop.id, feedback.wb_id)

    async def versions(self, feedback: Feedback) -> list[ComplaintDraft]:
        async with self.database.transaction() as session:
            stmt = select(ComplaintDraft).filter_by(shop_id=self.shop.id, feedback_id=feedback.wb_id)
            return list(await session.scalars(stmt.order_by(ComplaintDraft.version)))

    async def calls(self) -> list[ComplaintCall]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(ComplaintCall).filter_by(shop_id=self.shop.id)))

    async def history(
        self, feedback: Feedback, tracks: tuple[str, ...] = ("complaint", "approval")
    ) -> list[tuple[str, str, str]]:
        """From, to, who."""
        async with self.database.transaction() as session:
            stmt = select(StandingEvent).filter_by(shop_id=self.shop.id, feedback_id=feedback.wb_id)
            events = await session.scalars(stmt.where(StandingEvent.track.in_(tracks)).order_by(StandingEvent.at))
            return [(event.from_state, event.to_state, event.actor) for event in events]

    async def state(self, feedback: Feedback) -> tuple[str, bool, str]:
        """The complaint's state, whether it is approved for filing, and what was thought of it."""
        row = await self.world.standing(feedback)
        return row["complaint"], row["ready"], row["triage"]

    async def counts_are_true(self) -> bool:
        kept = {name: number for name, number in (await self.world.counts()).items() if name != "page_at"}
        true = {name: number for name, number in (await self.world.true_counts()).items() if name != "page_at"}
        return kept == true


async def edited(desk: Desk, feedback: Feedback, *, version: int = 1, text: str = TEXT, reason_id: int = 16) -> None:
    """By Olga."""
    async with desk.database.transaction() as session:
        edit = Edit(reason_id=reason_id, text=text, version=version)
        await write_complaint(session, desk.shop.id, feedback.wb_id, edit, actor="user:olga", now=utc_now())


def service_claim(feedback: Feedback, words: str = "") -> Claim:
    """A grounded one: the feedback speaks of the courier only."""
    quote = words or feedback.text
    text = (
        f"Просим проверить отзыв: покупатель пишет только о доставке — «{quote}». О самом товаре, его качестве и "
        "свойствах в отзыве ничего не сказано, поэтому он не помогает другим покупателям сделать выбор."
    )
    request = ComplaintRequest(
        shop_id=feedback.shop_id, wb_id=feedback.wb_id, rating=feedback.rating, text=feedback.text,
        author="Тёплые вещи",
    )  # fmt: skip
    return Claim(
        eligible=True, reason_id=11, quotes=(quote,), text=opened(text, request), writer="gpt-test", usage=USAGE
    )


async def open_desk(database: Database, make: Any) -> Desk:
    return Desk(await World.open(database, make))
