"""What is asked of the extension's API: the rows of the performance table, and tasks that nobody has yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit.db import Direct
from bench.extension_data import TOKENS
from bench.extension_load import BASE, SHOP, Request
from bench.extension_reports import known_pages, new_pages, opened, sent, verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Asked in this order, and over again; what writes is asked once, then the tables are rewound."""

    name: str
    requests: Sequence[Request]
    writes: bool = False
    leased: bool = False
    """The first answer's tasks are lent to token 0 before the clock starts."""
    answers: tuple[int, ...] = (200,)


async def works(connection: Direct, *, rows: int = 100) -> list[Work]:
    """Batches of so many rows; reads first, since writes leave dead rows however well they are rewound."""
    reads = (
        ("tasks", f"/stores/{SHOP}/tasks"),
        ("complaints?limit=100", f"/stores/{SHOP}/complaints?limit=100"),
        ("stats", f"/stores/{SHOP}/stats"),
        ("stores", "/stores"),
        ("review-statuses GET 50", f"/review-statuses?storeId={SHOP}&limit=50"),
    )
    asked = [
        Work(name=name, requests=[_get(path)], leased=name in ("tasks", "complaints?limit=100")) for name, path in reads
    ]
    stranger = Request(method="GET", path=f"{BASE}/stores", token=None)
    anew = [_get(f"/stores/{SHOP}/tasks", token) for token in range(TOKENS)]
    return [
        *asked,
        Work(name="401 for a bad token", requests=[stranger], answers=(401,)),
        Work(name="tasks, lent anew", requests=anew, writes=True),
        Work(name="review-statuses, 100 new rows", requests=await new_pages(connection, rows), writes=True),
        Work(name="review-statuses, 100 known rows", requests=await known_pages(connection, rows), writes=True),
        Work(name="complaint-statuses, 100 rows", requests=await verdicts(connection, rows), writes=True),
        Work(name="complaint/sent", requests=await sent(connection), writes=True),
        Work(name="chat/opened", requests=await opened(connection), writes=True, answers=(201,)),
    ]


def _get(path: str, token: int = 0) -> Request:
    return Request(method="GET", path=BASE + path, token=token)
