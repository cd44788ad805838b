from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from app.kit.db import Database, OpenTransaction
from app.shops.models import TokenKind
from app.wildberries.api import WildberriesApi
from app.wildberries.calls import Caller
from app.wildberries.errors import (
    AmbiguousOutcome,
    BadRequest,
    CapabilityForbidden,
    EnvelopeError,
    NotObtainable,
    NotSent,
    PaymentRequired,
    TokenRejected,
    WbConflict,
    WbUnavailable,
)
from app.wildberries.transport import ForeignHost, Hosts, WildberriesTransport, open_http
from tests.wildberries.conftest import HOSTS, TOKEN, Wildberries, envelope

pytestmark = pytest.mark.anyio
UNANSWERED = httpx.Response(200, json=envelope({"countUnanswered": 3, "countUnansweredToday": 1}))


async def test_a_read_carries_the_token_and_wildberries_spelling(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(httpx.Response(200, json=envelope({"feedbacks": []})))

    await api.feedbacks(
        caller, is_answered=True, take=5000, skip=0, date_from=datetime(2026, 1, 1, tzinfo=UTC), nm_id=7
    )

    [asked] = wildberries.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.url.host == "feedbacks-api.wildberries.ru"
    assert dict(asked.url.params) == {
        "isAnswered": "true",
        "take": "5000",
        "skip": "0",
        "order": "dateAsc",
        "dateFrom": "1767225600",
        "nmId": "7",
    }
    assert "x-client-secret" not in asked.headers


async def test_raw_scheme_secret_and_path_prefix(
    http: httpx.AsyncClient, database: Database, wildberries: Wildberries
) -> None:
    transport = WildberriesTransport(
        http, database, hosts=HOSTS, auth_scheme="raw", client_secret=SecretStr("shh"), speed=1
    )
    basic = Caller(token=TOKEN, seller_id="s", kind=TokenKind.BASIC)
    wildberries.will(httpx.Response(200, json={"name": "ИП Иванов", "sid": "s"}))

    seller = await WildberriesApi(transport).seller_info(basic)

    [asked] = wildberries.asked
    assert seller.name == "ИП Иванов"
    assert asked.headers["authorization"] == TOKEN
    assert asked.headers["x-client-secret"] == "shh"
    assert str(asked.url) == "https://common-api.wildberries.ru/prefix/api/v1/seller-info"


async def test_a_redirect_is_not_followed(
    api: WildberriesApi, caller: Caller, urgent_caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(httpx.Response(302, headers={"location": "https://evil.example/steal"}))

    with pytest.raises(WbUnavailable):
        await api.count_unanswered(caller)
    with pytest.raises(AmbiguousOutcome):
        await api.answer(urgent_caller, "id", "Спасибо")

    assert {asked.url.host for asked in wildberries.asked} == {"feedbacks-api.wildberries.ru"}


async def test_cookies_are_not_kept(api: WildberriesApi, caller: Caller, wildberries: Wildberries) -> None:
    wildberries.will(httpx.Response(200, json=envelope({}), headers={"set-cookie": "a=b; Domain=wildberries.ru"}))

    await api.count_unanswered(caller)
    await api.count_unanswered(caller)

    assert "cookie" not in wildberries.asked[1].headers


async def test_addresses_with_credentials_and_proxies_are_refused(
    database: Database, caller: Caller, wildberries: Wildberries
) -> None:
    async with open_http(httpx.MockTransport(wildberries)) as http:
        hosts = Hosts(feedbacks="https://u:p@feedbacks-api.wildberries.ru", common="https://c.example")
        with pytest.raises(ForeignHost):
            await WildberriesApi(WildberriesTransport(http, database, hosts=hosts)).count_unanswered(caller)
    async with httpx.AsyncClient() as trusting:
        with pytest.raises(ForeignHost):
            WildberriesTransport(trusting, database, hosts=HOSTS)

    assert wildberries.asked == []


async def test_no_call_inside_a_transaction(
    api: WildberriesApi, caller: Caller, database: Database, wildberries: Wildberries
) -> None:
    async with database.transaction():
        with pytest.raises(OpenTransaction):
            await api.count_unanswered(caller)

    assert wildberries.asked == []


@pytest.mark.parametrize("token", ["", "a b", "a\nX-Evil: 1", "тoken", "a\x00"])
async def test_a_token_that_is_no_header_value_is_not_sent(
    api: WildberriesApi, wildberries: Wildberries, token: str
) -> None:
    with pytest.raises(TokenRejected) as raised:
        await api.count_unanswered(Caller(token=token, seller_id="s", kind=TokenKind.PERSONAL))

    assert wildberries.asked == []
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, TokenRejected),
        (402, PaymentRequired),
        (403, CapabilityForbidden),
        (404, NotObtainable),
        (409, WbConflict),
        (422, NotObtainable),
        (451, BadRequest),
    ],
)
async def test_refusals_are_told_apart_and_not_repeated(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries, status: int, kind: type[Exception]
) -> None:
    problem = {"title": "forbidden", "detail": "base token is not allowed", "code": "base token"}
    wildberries.will(httpx.Response(status, json=problem, headers={"content-type": "application/problem+json"}))

    with pytest.raises(kind) as raised:
        await api.count_unanswered(caller)

    assert type(raised.value) is kind
    assert raised.value.detail == "forbidden: base token is not allowed"  # type: ignore[attr-defined]
    assert raised.value.wb_code == "base token"  # type: ignore[attr-defined]
    assert len(wildberries.asked) == 1


@pytest.mark.parametrize("body", [f"oops {TOKEN}", f'{{"errorText": "bad {TOKEN}"}}', f'["{TOKEN}"]', "<html>" * 999])
async def test_an_error_is_short_and_without_the_token(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries, body: str
) -> None:
    wildberries.will(httpx.Response(400, text=body))

    with pytest.raises(BadRequest) as raised:
        await api.count_unanswered(caller)

    assert TOKEN not in repr(raised.value) + str(raised.value)
    assert len(raised.value.detail) <= 500
    assert TOKEN not in repr(caller)


async def test_a_200_may_be_a_failure(api: WildberriesApi, caller: Caller, wildberries: Wildberries) -> None:
    wildberries.will(httpx.Response(200, json=envelope(None, error=True, errorText="Ошибка", additionalErrors=["ещё"])))

    with pytest.raises(EnvelopeError, match="Ошибка: ещё"):
        await api.count_unanswered(caller)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(503),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_a_read_tries_again(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries, trouble: httpx.Response | Exception
) -> None:
    wildberries.will(trouble, UNANSWERED)

    assert (await api.count_unanswered(caller)).count_unanswered == 3
    assert len(wildberries.asked) == 2


async def test_a_read_gives_up_after_three_attempts(
    api: WildberriesApi, caller: Caller, wildberries: Wildberries
) -> None:
    wildberries.will(httpx.Response(502, text="bad gateway"))

    with pytest.raises(WbUnavailable):
        await api.count_unanswered(caller)

    assert len(wildberries.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (httpx.ConnectError("down"), NotSent),
        (httpx.ConnectTimeout("down"), NotSent),
        (httpx.PoolTimeout("busy"), NotSent),
        (httpx.ReadTimeout("slow"), AmbiguousOutcome),
        (httpx.WriteError("cut"), AmbiguousOutcome),
        (httpx.ReadError("cut"), AmbiguousOutcome),
        (httpx.RemoteProtocolError("cut"), AmbiguousOutcome),
        (httpx.Response(500), AmbiguousOutcome),
        (httpx.Response(504), AmbiguousOutcome),
        (httpx.Response(408), AmbiguousOutcome),
        (httpx.Response(200, text="<html>"), AmbiguousOutcome),
        (httpx.Response(200, json=[1]), AmbiguousOutcome),
        (httpx.Response(200, json=envelope(None, error=True)), EnvelopeError),
        (httpx.Response(400, json={"title": "bad request"}), BadRequest),
        (httpx.Response(422), NotObtainable),
        (httpx.Response(401), TokenRejected),
    ],
)
async def test_a_write_goes_out_once_and_tells_what_is_known(
    api: WildberriesApi,
    urgent_caller: Caller,
    wildberries: Wildberries,
    trouble: httpx.Response | Exception,
    kind: type[Exception],
) -> None:
    wildberries.will(trouble)

    for write in (api.answer, api.edit_answer):
        with pytest.raises(kind) as raised:
            await write(urgent_caller, "G7Y9", "Спасибо")
        assert type(raised.value) is kind

    assert [asked.method for asked in wildberries.asked] == ["POST", "PATCH"]


async def test_a_taken_write_returns(api: WildberriesApi, urgent_caller: Caller, wildberries: Wildberries) -> None:
    wildberries.will(httpx.Response(204), httpx.Response(200, json=envelope(None)))

    await api.answer(urgent_caller, "G7Y9", "Спасибо 👍")
    await api.answer(urgent_caller, "G7Y9", "Спасибо 👍")

    assert wildberries.asked[0].headers["content-type"] == "application/json"
    assert wildberries.asked[0].read() == '{"id":"G7Y9","text":"Спасибо 👍"}'.encode()
