"""Everything the simulator remembers, and the moment-to-moment bookkeeping."""

from dataclasses import dataclass, field
from random import Random

from simulator.answering import Answering
from simulator.arrivals import Arrivals
from simulator.book import Book
from simulator.buckets import Limiter
from simulator.catalog import goods_of
from simulator.chats import writing as chat_writing
from simulator.chats.room import Room
from simulator.clock import Clock
from simulator.faults import Faults
from simulator.feedback import Feedback, Product
from simulator.knobs import Knobs
from simulator.ledger import Ledger
from simulator.llm import LanguageModel
from simulator.moderation import Moderation
from simulator.options import Options
from simulator.pins.board import Board
from simulator.questions import writing as question_writing
from simulator.questions.answering import QuestionAnswering
from simulator.questions.book import QuestionBook
from simulator.questions.question import Question
from simulator.seeding import new_id
from simulator.shape import Oddity
from simulator.tokens import oid_of

FIRST_PIN = 18_577_001


@dataclass
class Seller:
    sid: str
    oid: int
    name: str
    products: list[Product]
    arrivals: Arrivals
    asking: Arrivals
    talking: Arrivals
    room: Room
    book: Book = field(default_factory=Book)
    questions: QuestionBook = field(default_factory=QuestionBook)
    board: Board = field(default_factory=Board)
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
            self.sellers[sid] = self._new_seller(sid)
        return self.sellers[sid]

    def settled(self, sid: str) -> Book:
        """The seller's book as it stands at this moment."""
        seller, now = self.seller(sid), self.clock.now()
        arrived = seller.arrivals.feedbacks(seller.products, per_minute=self.knobs.arrivals_per_minute, now=now)
        for feedback in arrived:
            feedback.visible_at = feedback.created + self.knobs.visibility_delay
        if arrived:
            self.add(sid, arrived)
        seller.book.settle(knobs=self.knobs, now=now)
        return seller.book

    def add(self, sid: str, feedbacks: list[Feedback]) -> None:
        self.seller(sid).book.add_many(feedbacks, knobs=self.knobs, now=self.clock.now())
        self.touch()

    def settled_questions(self, sid: str) -> QuestionBook:
        seller, now = self.seller(sid), self.clock.now()
        moments = seller.asking.moments(per_minute=self.knobs.questions_per_minute, now=now)
        asked = [question_writing.ask(rng, seller.products, at) for at, rng in moments]
        for question in asked:
            question.visible_at = question.created + self.knobs.visibility_delay
        if asked:
            self.add_questions(sid, asked)
        seller.questions.settle(knobs=self.knobs, now=now)
        return seller.questions

    def add_questions(self, sid: str, questions: list[Question]) -> None:
        self.seller(sid).questions.add_many(questions, knobs=self.knobs, now=self.clock.now())
        self.touch()

    def find_question(self, wb_id: str) -> tuple[Seller, Question] | None:
        for seller in self.sellers.values():
            question = self.settled_questions(seller.sid).questions.get(wb_id)
            if question is not None:
                return seller, question
        return None

    def settled_room(self, sid: str) -> Room:
        """With what buyers have written by now, and the echoes that are due."""
        seller, now = self.seller(sid), self.clock.now()
        for at, rng in seller.talking.moments(per_minute=self.knobs.chat_messages_per_minute, now=now):
            chat_writing.arrive(rng, seller.room, seller.products, at)
            self.touch()
        seller.room.stream.settle(now)
        return seller.room

    def new_pin_id(self) -> int:
        return FIRST_PIN + sum(seller.board.ids_given for seller in self.sellers.values())

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
            self.settled_questions(sid)
            self.settled_room(sid)
        former = self.knobs
        self.knobs = knobs
        if former.about_lists() != knobs.about_lists():
            for seller in self.sellers.values():
                seller.book.replace_all(knobs=knobs, now=self.clock.now())
        for seller in self.sellers.values():
            if former.about_questions() != knobs.about_questions():
                seller.questions.replace_all(knobs=knobs, now=self.clock.now())
            seller.board.unpin_unpaid(knobs, self.clock.now())
        self.touch()

    def _new_seller(self, sid: str) -> Seller:
        now, seed, name = self.clock.now(), self.options.seed, f"ИП Продавец {oid_of(sid)}"
        return Seller(
            sid=sid,
            oid=oid_of(sid),
            name=name,
            products=goods_of(sid, supplier=name),
            arrivals=Arrivals(f"{seed}:{sid}", now),
            asking=Arrivals(f"{seed}:{sid}:questions", now),
            talking=Arrivals(f"{seed}:{sid}:chats", now),
            room=Room(sid),
        )

    def _begin(self) -> None:
        self.knobs = Knobs(
            arrivals_per_minute=self.options.arrivals_per_minute,
            questions_per_minute=self.options.questions_per_minute,
            chat_messages_per_minute=self.options.chat_messages_per_minute,
        )
        self.sellers: dict[str, Seller] = {}
        self.revoked: set[str] = set()
        self.limiter = Limiter()
        self.ledger = Ledger()
        self.llm = LanguageModel()
        self.faults = Faults(seed=self.options.seed)
        self.moderation = Moderation(seed=self.options.seed)
        self.answering = Answering(self.moderation)
        self.question_answering = QuestionAnswering(self.moderation)
        self.oddities: frozenset[Oddity] = frozenset()
