"""New feedbacks that come by themselves while the clock goes on."""

from dataclasses import dataclass
from random import Random

from simulator.feedback import Feedback, Product
from simulator.seeding import RATINGS, Author

AT_ONCE = 50_000


@dataclass
class Arrivals:
    """The n-th feedback of a seller is the same in every run, whenever it comes."""

    seed: str
    since: float
    number: int = 0

    def due(self, products: list[Product], *, per_minute: float, now: float) -> list[Feedback]:
        if per_minute <= 0:
            self.since = now
            return []
        arrived: list[Feedback] = []
        while len(arrived) < AT_ONCE:
            rng = Random(f"{self.seed}:{self.number}")
            at = self.since + rng.expovariate(per_minute / 60)
            if at > now:
                break
            self.since, self.number = at, self.number + 1
            arrived.append(Author(rng, products, RATINGS).feedback(at, rating_only=rng.random() < 0.35))
        return arrived
