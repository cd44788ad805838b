"""Nobody waits for Wildberries or a model while rows may be locked."""

from decimal import Decimal
from uuid import uuid4

import pytest

from app.drafting.ports import DraftRequest
from app.kit.db import Database, OpenTransaction
from app.llm.openai_writer import build_writer
from app.shops.models import TokenKind
from app.wildberries import calls
from app.wildberries.calls import Caller
from app.wildberries.transport import Hosts, WildberriesTransport, open_http

pytestmark = pytest.mark.anyio
NOWHERE = "http://127.0.0.1:9"


async def test_no_call_leaves_for_wildberries(database: Database) -> None:
    caller = Caller(token="a.b.c", seller_id="s", kind=TokenKind.PERSONAL, urgent=False, fence=None)
    async with open_http() as http:
        transport = WildberriesTransport(http, database, hosts=Hosts(feedbacks=NOWHERE, common=NOWHERE))

        async with database.transaction():
            with pytest.raises(OpenTransaction):
                await transport.call(caller, calls.COUNT_UNANSWERED)


async def test_no_draft_is_asked_for(database: Database) -> None:
    writer = build_writer(
        api_key="sk-x", model="m", price_in=Decimal(1), price_out=Decimal(1), base_url=f"{NOWHERE}/v1"
    )

    async with database.transaction():
        with pytest.raises(OpenTransaction):
            await writer.write(DraftRequest(shop_id=uuid4(), wb_id="a", rating=5))
    await writer.close()
