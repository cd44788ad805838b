"""One run over a shop's cards: page after page, each page and the cursor in one transaction."""

from datetime import timedelta
from uuid import UUID

import structlog

from app.kit.clock import utc_now
from app.kit.db import Database
from app.products import queries, storing
from app.products.jobs import SyncProducts
from app.products.models import ProductSync
from app.products.ports import LARGEST_PAGE, CardCursor, CardPage, CardsForbidden, CardSource

log = structlog.get_logger()

EVERY = timedelta(days=1)


async def sync_products(job: SyncProducts, *, database: Database, source: CardSource) -> None:
    """From the cursor on: everything at first, later only what changed since; resumes where it broke off."""
    async with database.transaction() as session:
        if not await queries.opens_cards(session, job.shop_id):
            return
        sync = await queries.lock_sync(session, job.shop_id)
        # Also when this run fails for good, or the timer would ask for another at once.
        sync.next_sync_at, sync.note, sync.pages, sync.broken_rows = utc_now() + EVERY, "", 0, 0
    try:
        await _read_on(sync, database=database, source=source)
    except CardsForbidden as error:
        await _note(job.shop_id, error.message, database=database)
        log.warning("products.forbidden", shop_id=str(job.shop_id))


async def _read_on(sync: ProductSync, *, database: Database, source: CardSource) -> None:
    while True:
        after = _cursor(sync)
        page = await source.page(sync.shop_id, after=after, limit=LARGEST_PAGE)
        async with database.transaction() as session:
            sync = await queries.lock_sync(session, sync.shop_id)
            if _cursor(sync) != after:
                return
            await storing.store(session, sync.shop_id, page.cards)
            _turn_page(sync, page)
            ended = page.total < LARGEST_PAGE or _cursor(sync) == after
            sync.finished_at = utc_now() if ended else sync.finished_at
        if ended:
            return


def _cursor(sync: ProductSync) -> CardCursor | None:
    if sync.cursor_updated_at is None or sync.cursor_nm_id is None:
        return None
    return CardCursor(updated_at=sync.cursor_updated_at, nm_id=sync.cursor_nm_id)


def _turn_page(sync: ProductSync, page: CardPage) -> None:
    """An empty page tells no cursor: the old one stays."""
    sync.pages += 1
    sync.broken_rows += page.broken
    if page.cursor is not None:
        sync.cursor_updated_at, sync.cursor_nm_id = page.cursor.updated_at, page.cursor.nm_id


async def _note(shop_id: UUID, words: str, *, database: Database) -> None:
    async with database.transaction() as session:
        (await queries.lock_sync(session, shop_id)).note = words
