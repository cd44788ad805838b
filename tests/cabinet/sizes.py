"""Kept numbers of complaints against those counted one by one."""

from collections import Counter
from uuid import UUID

from app.cabinet.states import ComplaintState
from app.kit.db import Direct

Size = tuple[int, int, str]
"""Product, stars and state."""


async def kept_sizes(connection: Direct, shop_id: UUID) -> Counter[Size]:
    found: Counter[Size] = Counter()
    rows = await connection.fetch("SELECT * FROM complaint_sizes WHERE shop_id = $1", shop_id)
    for row in rows:
        found[row["nm_id"], row["rating"], row["state"]] += row["complaints"]
    return found


async def wrong_sizes(connection: Direct, shop_id: UUID) -> dict[Size, tuple[int, int]]:
    """Kept and true, where they differ."""
    kept, true = await kept_sizes(connection, shop_id), Counter[Size]()
    for row in await connection.fetch("SELECT * FROM standings WHERE shop_id = $1", shop_id):
        state = "queued" if row["queued_complaint"] else row["complaint"]
        if state == "queued" or ComplaintState(state).filed:
            true[row["nm_id"], row["rating"], state] += 1
    return {size: (kept[size], true[size]) for size in {*kept, *true} if kept[size] != true[size]}
