"""What the gateway must know about a method before it may answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.wire import Call, Reply

if TYPE_CHECKING:
    from simulator.world import World


Handler = Callable[["World", Call], Reply]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """`category` is the bit a token must have, if any; `bucket` the rate limit it shares with others."""

    handler: Handler
    bucket: str
    category: int | None = None
    writes: bool = False


Routes = dict[tuple[str, str], Endpoint]


def endpoint_at(routes: Routes, method: str, path: str) -> Endpoint | None:
    """A route that ends in `/{id}` takes any last segment."""
    return routes.get((method, path)) or routes.get((method, f"{path.rpartition('/')[0]}/{{id}}"))
