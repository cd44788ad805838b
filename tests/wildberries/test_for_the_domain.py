"""The adapter through the ports that the domain sees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.feedbacks.ports import FeedbackList, FeedbackSource, IncomingFeedback
from app.kit.db import Database
from app.kit.locks import LocksLost
from app.kit.secrets import Vault
from app.replies.ports import AmbiguousOutcome, Publisher
from app.shops.models import ShopToken, TokenKind
from app.shops.ports import CabinetProbe, TokenRefusedByWildberries
from app.shops.wb_token import TokenFacts
from app.wildberries.api import WildberriesApi
from app.wildberries.callers import Callers, NoUsableToken
from app.wildberries.errors import BudgetSpent, NotObtainable, TokenRejected, WbRateLimited, WbUnavailable
from app.wildberries.feedbacks import WildberriesFeedbacks
from app.wildberries.probe import WildberriesProbe
from app.wildberries.publisher import WildberriesPublisher
from tests.factories import Make
from tests.wildberries.conftest import TOKEN, Wildberries, envelope
from tests.wildberries.test_models import BARE, WHOLE

pytestmark = pytest.mark.anyio
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def source(api: WildberriesApi, database: Database, vault: Vault) -> FeedbackSource:
    return WildberriesFeedbacks(api, Callers(database, vault))


@pytest.fixture
def publisher(api: WildberriesApi, database: Database, vault: Vault) -> Publisher:
    return WildberriesPublisher(api, Callers(database, vault))


@pytest.fixture
def probe(api: WildberriesApi) -> CabinetProbe:
    return WildberriesProbe(api)


def facts(kind: TokenKind = TokenKind.PERSONAL, seller_id: str = "seller-1") -> TokenFacts:
    return TokenFacts(
        kind=kind,
        categories=("feedbacks",),
        expires_at=datetime.now(UTC) + timedelta(days=9),
        read_only=False,
        seller_id=seller_id,
        test=False,
    )


async def test_a_page_counts_what_it_could_not_read(
    source: FeedbackSource, make: Make, wildberries: Wildberries
) -> None:
    shop = await make.shop(token=TOKEN)
    listed: dict[str, Any] = {
        "countUnanswered": 7,
        "countArchive": 8,
        "feedbacks": [WHOLE, {"id": "bad", "productValuation": 77}, {"id": "no-product"}, BARE],
    }
    wildberries.will(httpx.Response(200, json=envelope(listed)))

    page = await source.page(shop.id, FeedbackList.PROCESSED, take=50, skip=100, since=SINCE, until=None)

    assert [feedback.wb_id for feedback in page.feedbacks] == [WHOLE["id"], "x"]
    assert (page.received, page.broken) == (4, 2)
    assert (page.unanswered_total, page.processed_total) == (7, 8)
    [asked] = wildberries.asked
    assert asked.url.params["isAnswered"] == "true"
    assert asked.url.params["order"] == "dateAsc"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"


async def test_the_archive_is_asked_without_dates(source: FeedbackSource, make: Make, wildberries: Wildberries) -> None:
    shop = await make.shop(token=TOKEN)
    wildberries.will(httpx.Response(200, json=envelope({"feedbacks": None})))

    page = await source.page(shop.id, FeedbackList.ARCHIVE, take=5, skip=0, since=SINCE, until=SINCE)

    assert page.received == 0
    assert wildberries.asked[0].url.path == "/api/v1/feedbacks/archive"
    assert dict(wildberries.asked[0].url.params) == {"take": "5", "skip": "0", "order": "dateAsc"}


async def test_one_feedback_or_none(source: FeedbackSource, make: Make, wildberries: Wildberries) -> None:
    shop = await make.shop(token=TOKEN)
    gone = {"data": None, "error": True, "errorText": "Невозможно получить отзыв по id"}
    wildberries.will(httpx.Response(200, json=envelope(WHOLE)), httpx.Response(422, json=gone))

    found = await source.one(shop.id, "a")
    missing = await source.one(shop.id, "b")

    assert found is not None
    assert found.answer_text == "Спасибо!"
    assert missing is None
    assert dict(wildberries.asked[1].url.params) == {"id": "b"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(404, json={"title": "path not found"}), NotObtainable),
        (httpx.Response(200, json=envelope(None)), WbUnavailable),
        (httpx.Response(200, json=envelope({"id": "x"})), WbUnavailable),
        (httpx.Response(200, text="<html>"), WbUnavailable),
    ],
)
async def test_a_wrong_address_or_garbage_is_no_deleted_feedback(
    source: FeedbackSource, make: Make, wildberries: Wildberries, answer: httpx.Response, kind: type[Exception]
) -> None:
    shop = await make.shop(token=TOKEN)
    wildberries.will(answer)

    with pytest.raises(kind):
        await source.one(shop.id, "a")


async def test_a_refused_token_stops_the_shop(
    source: FeedbackSource, publisher: Publisher, make: Make, database: Database, wildberries: Wildberries
) -> None:
    shop, other = await make.shop(token=TOKEN), await make.shop(token=TOKEN)
    wildberries.will(httpx.Response(401, json={"title": "unauthorized", "detail": "token problem"}))

    with pytest.raises(TokenRejected):
        await source.one(shop.id, "a")
    with pytest.raises(NoUsableToken):
        await publisher.answer(shop.id, "a", "Спасибо", lambda: None)

    assert len(wildberries.asked) == 1
    async with database.transaction() as session:
        refused = await session.scalars(select(ShopToken.shop_id).where(ShopToken.refused_at.is_not(None)))
        assert list(refused) == [shop.id]
    assert other.id != shop.id


async def test_a_shop_without_a_token_asks_nobody(source: FeedbackSource, make: Make, wildberries: Wildberries) -> None:
    shop = await make.shop(token=None)

    with pytest.raises(NoUsableToken):
        await source.one(shop.id, "a")

    assert wildberries.asked == []


async def test_an_answer_an_edit_and_a_look(publisher: Publisher, make: Make, wildberries: Wildberries) -> None:
    shop = await make.shop(token=TOKEN)
    wildberries.will(httpx.Response(204), httpx.Response(204), httpx.Response(200, json=envelope(WHOLE)))

    await publisher.answer(shop.id, "a", "Спасибо", lambda: None)
    await publisher.edit(shop.id, "a", "Спасибо!", lambda: None)
    seen = await publisher.read(shop.id, "a")

    assert isinstance(seen, IncomingFeedback)
    assert seen.answer_state == "rejectedAntispam"
    assert [asked.method for asked in wildberries.asked] == ["POST", "PATCH", "GET"]


async def test_a_lost_answer_is_ambiguous_and_sent_once(
    publisher: Publisher, make: Make, wildberries: Wildberries
) -> None:
    shop = await make.shop(token=TOKEN)
    wildberries.will(httpx.ReadError("cut"))

    with pytest.raises(AmbiguousOutcome):
        await publisher.answer(shop.id, "a", "Спасибо", lambda: None)

    assert len(wildberries.asked) == 1


async def test_a_fence_that_raises_keeps_the_answer_here(
    publisher: Publisher, make: Make, wildberries: Wildberries
) -> None:
    shop = await make.shop(token=TOKEN)

    def locks_are_lost() -> None:
        raise LocksLost

    for write in (publisher.answer, publisher.edit):
        with pytest.raises(LocksLost):
            await write(shop.id, "a", "Спасибо", locks_are_lost)

    assert wildberries.asked == []


async def test_a_confirmed_token_tells_the_cabinet(probe: CabinetProbe, wildberries: Wildberries) -> None:
    wildberries.will(
        httpx.Response(200, json=envelope({"countUnanswered": 1})),
        httpx.Response(200, json={"name": "Тёплые вещи", "sid": "SELLER-1"}),
    )

    found = await probe.confirm(f"Bearer {TOKEN}\n", facts())

    assert (found.name, found.seller_id) == ("Тёплые вещи", "seller-1")
    assert {asked.headers["authorization"] for asked in wildberries.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("trouble", [httpx.Response(429), httpx.Response(403), httpx.Response(200, text="?")])
async def test_the_name_may_stay_unknown(
    probe: CabinetProbe, wildberries: Wildberries, trouble: httpx.Response
) -> None:
    wildberries.will(httpx.Response(200, json=envelope({})), trouble)

    found = await probe.confirm(TOKEN, facts())

    assert (found.name, found.seller_id) == (None, None)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_forged_token_is_refused_in_words_and_costs_the_cabinet_nothing(
    probe: CabinetProbe,
    source: FeedbackSource,
    make: Make,
    wildberries: Wildberries,
    status: int,
) -> None:
    shop = await make.shop(token=TOKEN, kind=TokenKind.BASIC, seller_id="victim")
    wildberries.will(
        httpx.Response(status, json={"detail": "token problem"}), httpx.Response(200, json=envelope(WHOLE))
    )

    with pytest.raises(TokenRefusedByWildberries, match="token problem"):
        await probe.confirm(TOKEN, facts(TokenKind.BASIC, "victim"))

    assert await source.one(shop.id, "a") is not None


async def test_a_confirmed_basic_token_has_spent_its_call(
    probe: CabinetProbe, source: FeedbackSource, make: Make, wildberries: Wildberries
) -> None:
    shop = await make.shop(token=TOKEN, kind=TokenKind.BASIC, seller_id="s")
    wildberries.will(httpx.Response(200, json=envelope({})), httpx.Response(200, json={}))

    await probe.confirm(TOKEN, facts(TokenKind.BASIC, "s"))

    with pytest.raises(BudgetSpent):
        await source.one(shop.id, "a")


async def test_a_limit_while_confirming_is_no_verdict(probe: CabinetProbe, wildberries: Wildberries) -> None:
    wildberries.will(httpx.Response(429, headers={"X-Ratelimit-Retry": "30"}))

    with pytest.raises(WbRateLimited):
        await probe.confirm(TOKEN, facts())
