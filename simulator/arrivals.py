"""What comes by itself while the clock goes on: feedbacks, questions, chat messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from simulator.feedback import Feedback, Product
from simulator.seeding import RATINGS, Author

AT_ONCE = 50_000


@dataclass
class Arrivals:
    """The n-th arrival of a kind is the same in every run, whenever it comes."""

    seed: str
    since: float
    number: int = 0

    def feedbacks(self, products: list[Product], *, per_minute: float, now: float) -> list[Feedback]:
        return [
            Author(rng, products, RATINGS).feedback(at, rating_only=rng.random() < 0.35)
            for at, rng in self.moments(per_minute=per_minute, now=now)
        ]

    def moments(self, *, per_minute: float, now: float) -> Iterator[tuple[float, Random]]:
        """When something came, with the chance that says what."""
        if per_minute <= 0:
            self.since = now
            return
        for _ in range(AT_ONCE):
            rng = Random(f"{self.seed}:{self.number}")
            at = self.since + rng.expovariate(per_minute / 60)
            if at > now:
                return
            self.since, self.number = at, self.number + 1
            yield at, rng
