"""Everything the simulator remembers, and the moment-to-moment bookkeeping."""

from dataclasses import dataclass, field
from random import Random

from simulator.answering import Answering
from simulator.arrivals import Arrivals
from simulator.book import Book
from simulator.buckets import Limiter
from simulator.catalog import goods_of
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.feedback import Feedback, Product
from simulator.knobs import Knobs
from simulator.ledger import Ledger
from simulator.llm import LanguageModel
from simulator.moderation import Moderation
from simulator.options import Options
from simulator.seeding import new_id
from simulator.shape import Oddity
from simulator.tokens import oid_of


@dataclass
class Seller:
    sid: str
    oid: int
    name: str
    products: list[Product]
    arrivals: Arrivals
    book: Book = field(default_factory=Book)
    ids_given: int = 0

    def new_id(self) -> str:
        """Depends only on what this seller got before."""
        while True:
            self.ids_given += 1
            number = len(self.book.feedbacks) + len(self.book.gone) + self.ids_given
            wb_id = new_id(Random(f"{self.sid}:{number}"))
            if wb_id not in self.book.feedbacks:
                return wb_id


class World:
    """`changed` counts changes worth keeping, so that the saver knows when there is something new."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.changed = 0
        self.knobs: Knobs
        self.clock = Clock(speed=options.speed, frozen=options.frozen, start=options.start)
        self._begin()

    def reset(self) -> None:
        """Everything as at the start, except that the clock keeps its time; new ledger included."""
        self._begin()
        self.touch()

    def touch(self) -> None:
        self.changed += 1

    def seller(self, sid: str) -> Seller:
        """A seller exists as soon as somebody speaks of it."""
        if sid not in self.sellers:
            name = f"ИП Продавец {oid_of(sid)}"
            arrivals = Arrivals(f"{self.options.seed}:{sid}", self.clock.now())
            self.sellers[sid] = Seller(sid, oid_of(sid), name, goods_of(sid, supplier=name), arrivals)
        return self.sellers[sid]

    def settled(self, sid: str) -> Book:
        """The seller's book as it stands at this moment."""
        seller, now = self.seller(sid), self.clock.now()
        arrived = seller.arrivals.due(seller.products, per_minute=self.knobs.arrivals_per_minute, now=now)
        for feedback in arrived:
            feedback.visible_at = feedback.created + self.knobs.visibility_delay
        if arrived:
            self.add(sid, arrived)
        seller.book.settle(knobs=self.knobs, now=now)
        return seller.book

    def add(self, sid: str, feedbacks: list[Feedback]) -> None:
        self.seller(sid).book.add_many(feedbacks, knobs=self.knobs, now=self.clock.now())
        self.touch()

    def find(self, wb_id: str) -> tuple[Seller, Feedback] | None:
        """For control only: a test knows an id but need not know whose it is."""
        for seller in self.sellers.values():
            self.settled(seller.sid)
            feedback = seller.book.feedbacks.get(wb_id)
            if feedback is not None:
                return seller, feedback
        return None

    def turn(self, knobs: Knobs) -> None:
        """Lists are made anew only for knobs that decide who is on them: that takes seconds in a big shop."""
        for sid in self.sellers:
            self.settled(sid)
        former = self.knobs
        self.knobs = knobs
        if former.about_lists() != knobs.about_lists():
            for seller in self.sellers.values():
                seller.book.replace_all(knobs=knobs, now=self.clock.now())
        self.touch()

    def _begin(self) -> None:
        self.knobs = Knobs(arrivals_per_minute=self.options.arrivals_per_minute)
        self.sellers: dict[str, Seller] = {}
        self.revoked: set[str] = set()
        self.limiter = Limiter()
        self.ledger = Ledger()
        self.llm = LanguageModel()
        self.faults = Faults(seed=self.options.seed)
        self.moderation = Moderation(seed=self.options.seed)
        self.answering = Answering(self.moderation)
        self.oddities: frozenset[Oddity] = frozenset()
