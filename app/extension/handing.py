"""Work goes only to who may report on it: a reader's browser would file a complaint and nobody would ever hear."""

from collections.abc import Sequence
from datetime import datetime

from app.accounts.access_tokens import Caller
from app.accounts.models import TokenScope
from app.cabinet.leasing import Look, hand_out, unheld
from app.cabinet.tasks import Task
from app.extension.stores import Access
from app.kit.db import Database, Direct
from app.shops.models import Role


def may_work(store: Access, caller: Caller) -> bool:
    """Else there is nothing to do for this caller here, though the backlog is shown."""
    return TokenScope.REPORT in caller.scopes and store.role.covers(Role.MANAGER) and not store.archived


async def looked_up(connection: Direct, store: Access, caller: Caller, look: Look) -> Sequence[Task]:
    """What there would be to do; nothing is lent yet."""
    return await look(connection) if may_work(store, caller) else []


async def lent(
    database: Database, store: Access, caller: Caller, look: Look, seen: Sequence[Task], *, now: datetime
) -> Sequence[Task]:
    """What was seen, if all of it is the caller's already; else looked up anew, and lent."""
    if not unheld(seen):
        return seen
    async with database.direct() as connection:
        return await hand_out(connection, store.id, caller.token_id, look, now=now)
