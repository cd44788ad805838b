"""Which feedbacks are worth pinning."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.feedbacks.storing import mark_deleted
from app.kit.db import Database
from app.pins.candidates import CandidateOrder, candidates
from app.shops.models import Shop
from tests.factories import Make
from tests.pins.conftest import Desk

pytestmark = pytest.mark.anyio


async def found(database: Database, shop: Shop, **asked: Any) -> list[str]:
    wanted: dict[str, Any] = {"order": CandidateOrder.NEWEST, "nm_id": None, "now": datetime.now(UTC), "limit": 10}
    async with database.transaction() as session:
        return [row.wb_id for row in await candidates(session, shop.id, **{**wanted, **asked})]


async def test_recent_five_stars_with_photo_and_words_newest_or_longest_first(
    database: Database, make: Make, shop: Shop
) -> None:
    now = datetime.now(UTC)
    short = await make.feedback(shop, photo_count=1, text="Супер", nm_id=5)
    long = await make.feedback(shop, photo_count=1, text="Подробно " * 20, nm_id=6, written_at=now - timedelta(days=2))
    await make.feedback(shop, photo_count=0)
    await make.feedback(shop, photo_count=1, text="", pros="")
    await make.feedback(shop, photo_count=1, rating=4)
    await make.feedback(shop, photo_count=1, child_id="later")
    await make.feedback(shop, photo_count=1, written_at=now - timedelta(days=400))
    await make.feedback(await make.shop(), photo_count=1)

    newest = await found(database, shop)
    longest = await found(database, shop, order=CandidateOrder.LONGEST)
    of_product = await found(database, shop, nm_id=6)
    one = await found(database, shop, limit=1)

    assert newest == [short.wb_id, long.wb_id]
    assert longest == [long.wb_id, short.wb_id]
    assert of_product == [long.wb_id]
    assert one == [short.wb_id]


async def test_what_is_pinned_waits_to_be_or_was_deleted_is_no_candidate(
    database: Database, make: Make, shop: Shop, desk: Desk
) -> None:
    queued, gone, refused = [await make.feedback(shop, photo_count=1) for _ in range(3)]
    await desk.ask(queued, refused)
    await desk.take_back(*[pin for pin in await desk.pins() if pin.feedback_id == refused.wb_id])
    async with database.transaction() as session:
        await mark_deleted(session, shop.id, [gone.wb_id], now=datetime.now(UTC))

    assert await found(database, shop) == [refused.wb_id]


@pytest.mark.parametrize("order", list(CandidateOrder))
async def test_a_large_shop_is_read_by_the_index_alone(
    database: Database, make: Make, shop: Shop, order: CandidateOrder
) -> None:
    feedback = await make.feedback(shop, photo_count=1)
    async with database.transaction() as session:
        await session.execute(text(_MULTIPLY), {"shop_id": shop.id, "wb_id": feedback.wb_id, "rows": 20_000})
        await session.execute(text("ANALYZE feedbacks"))
        plan = await _plan(session, shop.id)

    assert "ix_feedbacks_pin_candidates" in plan
    assert "Sort" not in plan
    assert len(await found(database, shop, order=order, limit=100)) == 100


_MULTIPLY = """
INSERT INTO feedbacks (
  shop_id, wb_id, nm_id, rating, text, pros, cons, written_at, written_minute, buyer_name, product_name, brand_name,
  supplier_article, size, color, order_status, matching_size, tags, photo_count, has_video, rating_only, was_viewed,
  wb_state, complaint_possible, complaint_reason, return_possible, archived, raw, fingerprint,
  first_seen_at, changed_at)
SELECT shop_id, wb_id || n, nm_id, 1 + n % 5, text, pros, cons, written_at - n * interval '10 minutes', written_minute,
  buyer_name, product_name, brand_name, supplier_article, size, color, order_status, matching_size, tags, n % 3,
  has_video, rating_only, was_viewed, wb_state, complaint_possible, complaint_reason, return_possible, archived, raw,
  fingerprint, first_seen_at, changed_at
FROM feedbacks, generate_series(1, :rows) n WHERE shop_id = :shop_id AND wb_id = :wb_id
"""


async def _plan(session: Any, shop_id: UUID) -> str:
    asked = """
    EXPLAIN SELECT * FROM feedbacks f WHERE shop_id = :shop_id
      AND rating = 5 AND photo_count > 0 AND text <> '' AND child_id IS NULL AND deleted_at IS NULL
      AND written_at > now() - interval '180 days'
      AND NOT EXISTS (SELECT FROM pins p WHERE p.shop_id = f.shop_id AND p.feedback_id = f.wb_id
                      AND p.state IN ('queued', 'pinned', 'unpinning'))
    ORDER BY written_at DESC, wb_id DESC LIMIT 100
    """
    return "\n".join(row[0] for row in await session.execute(text(asked), {"shop_id": shop_id}))
