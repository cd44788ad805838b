"""Fills a seller's book with a history that looks like a real shop's."""

from dataclasses import dataclass, replace
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from simulator.buyers import NAMES, Words, sellers_reply, write, write_adversarial, write_offending
from simulator.catalog import ware_of
from simulator.clock import DAY
from simulator.feedback import Answer, Feedback, Product

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
RATINGS = {5: 0.85, 4: 0.06, 3: 0.03, 2: 0.02, 1: 0.04}
FRESH_DAYS = 29


class SeedOrder(BaseModel):
    """Shares are of all feedbacks; what is left over is fresh, written and unanswered.

    `offending` is the share of the written ones of one to three stars that break Wildberries' own rules,
    `same_ms` how likely an event falls into the very millisecond of the one before.
    """

    model_config = ConfigDict(extra="forbid")

    sid: str
    count: int = Field(default=1000, ge=0, le=400_000)
    seed: int = 1
    ratings: dict[int, float] = RATINGS
    rating_only: float = Field(default=0.35, ge=0, le=1)
    answered: float = Field(default=0.4, ge=0, le=1)
    archived: float = Field(default=0.15, ge=0, le=1)
    amended: float = Field(default=0.01, ge=0, le=1)
    adversarial: float = Field(default=0.01, ge=0, le=1)
    offending: float = Field(default=0, ge=0, le=1)
    spread_days: float = Field(default=180, gt=0)
    questions: int = Field(default=0, ge=0, le=100_000)
    questions_answered: float = Field(default=0.6, ge=0, le=1)
    chats: int = Field(default=0, ge=0, le=50_000)
    events_per_chat: float = Field(default=6, ge=1, le=200)
    same_ms: float = Field(default=0.1, ge=0, le=1)
    unlisted_chats: float = Field(default=0.02, ge=0, le=1)


@dataclass(frozen=True)
class Author:
    """Writes feedbacks on some products, always the same ones for the same random numbers."""

    rng: Random
    products: list[Product]
    ratings: dict[int, float]
    adversarial: float = 0.01
    offending: float = 0.0

    def feedback(self, created: float, *, rating_only: bool) -> Feedback:
        rng = self.rng
        product = rng.choice(self.products)
        rating = rng.choices(list(self.ratings), list(self.ratings.values()))[0]
        feedback = Feedback(
            id=new_id(rng),
            created=int(created),
            product=product,
            rating=rating,
            user_name=rng.choice(NAMES),
            size=rng.choice(product.sizes),
            color=rng.choice(product.colors),
            order_status=_order_status(rng, rating),
            matching_size=_matching(rng, product),
            returnable=rating <= 2 and rng.random() < 0.5,
            complaint_able=rng.random() < 0.9,
        )
        if rating_only:
            feedback.processed_at = float(feedback.created)
            return feedback
        self._put_into_words(feedback)
        return feedback

    def supplement(self, original: Feedback, created: float) -> Feedback:
        """A second feedback of the same buyer, linked both ways."""
        words = write(self.rng, ware_of(original.product), max(1, original.rating - 2))
        later = replace(
            original,
            id=new_id(self.rng),
            created=int(created),
            text=f"Дополнение: {words.text}",
            pros=words.pros,
            cons=words.cons,
            parent_id=original.id,
            child_id=None,
            answer=None,
            processed_at=None,
            photos=0,
            video=False,
            viewed=False,
            overrides=None,
            shelf=0,
        )
        original.child_id = later.id
        return later

    def _put_into_words(self, feedback: Feedback) -> None:
        rng, words = self.rng, self._words(feedback)
        feedback.text, feedback.pros, feedback.cons = words.text, words.pros, words.cons
        feedback.bables = words.tags
        feedback.photos = rng.randint(1, 4) if rng.random() < 0.15 else 0
        feedback.video = rng.random() < 0.02

    def _words(self, feedback: Feedback) -> Words:
        rng, ware = self.rng, ware_of(feedback.product)
        if rng.random() < self.adversarial:
            return write_adversarial(rng)
        # Nothing is drawn when nothing is wanted: older seeds keep growing what they grew.
        if self.offending and feedback.rating <= 3 and rng.random() < self.offending:
            return write_offending(rng, ware)
        return write(rng, ware, feedback.rating)


def grow(order: SeedOrder, products: list[Product], *, now: float) -> list[Feedback]:
    rng = Random(f"{order.seed}:{order.sid}:{order.count}")
    author = Author(rng, products, order.ratings, order.adversarial, order.offending)
    grown: list[Feedback] = []
    for _ in range(order.count - int(order.count * order.amended)):
        grown.append(_one(author, order, now))
    written = [feedback for feedback in grown if feedback.processed_at is None or feedback.answer]
    for original in rng.sample(written, k=min(len(written), order.count - len(grown))):
        created = original.created + (now - original.created) * rng.random()
        grown.append(author.supplement(original, created))
    return grown


def _one(author: Author, order: SeedOrder, now: float) -> Feedback:
    rng, draw = author.rng, author.rng.random()
    age = rng.random() * order.spread_days
    if draw < order.rating_only:
        feedback = author.feedback(now - age * DAY, rating_only=True)
    elif draw < order.rating_only + order.answered:
        feedback = _answered(author, now - age * DAY, now)
    elif draw < order.rating_only + order.answered + order.archived:
        age = 30.5 + rng.random() * max(30.0, order.spread_days - 30)
        feedback = author.feedback(now - age * DAY, rating_only=False)
    else:
        age = rng.random() * min(FRESH_DAYS, order.spread_days)
        feedback = author.feedback(now - age * DAY, rating_only=False)
    feedback.viewed = feedback.processed_at is not None or rng.random() < 0.7
    return feedback


def _answered(author: Author, created: float, now: float) -> Feedback:
    """Somebody in the portal answered within a day, years before we came."""
    feedback = author.feedback(created, rating_only=False)
    at = min(now, created + author.rng.random() * DAY)
    text = sellers_reply(author.rng, feedback.rating, feedback.user_name)
    feedback.answer = Answer(
        text=text, submitted_at=at, decided_at=at, verdict="wbRu", editable=author.rng.random() < 0.8
    )
    feedback.processed_at = at
    return feedback


def new_id(rng: Random) -> str:
    return "".join(rng.choices(ALPHABET, k=20))


def _order_status(rng: Random, rating: int) -> str:
    if rating <= 2:
        return rng.choice(("buyout", "returned", "rejected"))
    return "buyout" if rng.random() < 0.95 else "notSpecified"


def _matching(rng: Random, product: Product) -> str:
    if product.sizes == ("0",):
        return rng.choice(("", " "))
    return rng.choices(("ok", "smaller", "bigger"), (0.8, 0.12, 0.08))[0]
