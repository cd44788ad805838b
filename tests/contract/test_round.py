"""§4 and §5 in motion: clients as shipped work a shop off over the running server, and Wildberries is filed to once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from app.accounts.access_tokens import make_token
from app.accounts.models import TokenScope
from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.secrets import Vault
from tests.cabinet.world import NM, World
from tests.contract.client import Checker, Filer, Wire
from tests.contract.seller_cabinet import SellerCabinet
from tests.contract.serving import serving
from tests.factories import Make

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="module")
def url(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("contract")
    with serving(database_url, KEY, folder) as found:
        yield found


class Shop:
    """A shop here and its cabinet there, with operators who come and go."""

    def __init__(self, url: str, world: World) -> None:
        self.url, self.world, self.cabinet = url, world, SellerCabinet()
        self.wires: list[Wire] = []

    @property
    def id(self) -> str:
        return str(self.world.shop.id)

    async def wire(self, transport: httpx.AsyncBaseTransport | None = None) -> Wire:
        user = await self.world.make.member(self.world.shop)
        async with self.world.database.transaction() as session:
            issued = await make_token(
                session, user.id, label="Браузер", scopes=TokenScope, expires_at=None, vault=Vault([KEY]),
                now=utc_now(),
            )  # fmt: skip
        self.wires.append(Wire(self.url, issued.secret, transport=transport))
        return self.wires[-1]

    async def drafted(self, number: int, **values: Any) -> list[Feedback]:
        """Feedbacks in both places, with complaints that a person has approved for filing."""
        made = [await self.world.feedback(text=f"Порвалось {each}", **values) for each in range(number)]
        await self.world.draft(*made)
        self.cabinet.add(*made)
        return made

    async def rows(self, query: str) -> list[Any]:
        async with self.world.database.glance() as connection:
            return await connection.fetch(query, self.world.shop.id)


@pytest.fixture
async def shop(url: str, database: Database, make: Make) -> AsyncIterator[Shop]:
    shop = Shop(url, await World.open(database, make))
    await shop.world.rule(NM + 1)
    yield shop
    for wire in shop.wires:
        await wire.http.aclose()


async def assert_all_known_and_filed_once(shop: Shop) -> None:
    """Here and there stand the same, the history is a chain to it, the counts are true."""
    found = {row["feedback_id"]: row for row in await shop.rows("SELECT * FROM standings WHERE shop_id = $1")}
    for entry in shop.cabinet.entries.values():
        assert entry.presses <= 1
        if entry.complaint is not None:
            assert found[entry.wb_id]["complaint"] == entry.complaint, entry
            assert found[entry.wb_id]["can_submit"] is False
    query = "SELECT feedback_id, track, from_state, to_state FROM standing_events WHERE shop_id = $1 ORDER BY at"
    for track in ("complaint", "chat"):
        steps: dict[str, list[tuple[str, str]]] = {}
        for row in await shop.rows(query):
            if row["track"] == track:
                steps.setdefault(row["feedback_id"], []).append((row["from_state"], row["to_state"]))
        for feedback_id, row in found.items():
            chain = steps.get(feedback_id, [])
            assert all(one[1] == other[0] for one, other in pairwise(chain)), chain
            assert (chain[-1][1] if chain else row[track]) == row[track]
            assert chain or row[track] in ("none", "unknown")
    assert await shop.world.counts() == await shop.world.true_counts()


async def test_a_whole_day_of_filing_checking_and_chats(shop: Shop) -> None:
    first = await shop.drafted(9)
    await shop.drafted(4, nm_id=NM + 1)
    fours = [await shop.world.feedback(rating=4) for _ in range(2)]
    by_hand, chatted = (await shop.drafted(1, rating=2))[0], await shop.world.feedback(rating=3)
    shop.cabinet.add(*fours, chatted)
    shop.cabinet.entries[by_hand.wb_id].complaint = "pending"
    shop.cabinet.entries[chatted.wb_id].chat = "chat_opened"
    shop.cabinet.entries[chatted.wb_id].chat_url = "https://seller.wildberries.ru/chat?chatId=1:by-hand"
    twins = [await shop.world.feedback(written_at=first[0].written_at - timedelta(days=1)) for _ in range(2)]
    await shop.world.refresh(*twins)
    await shop.world.draft(*twins)
    shop.cabinet.add(*twins)
    filer = Filer(await shop.wire(), shop.cabinet, lost=frozenset({2, 5}), repeated=frozenset({3}))
    checker = Checker(await shop.wire(), shop.cabinet)

    await filer.look(shop.id)
    await filer.work()
    await filer.look(shop.id)
    shop.cabinet.decide(cycle(["approved", "rejected", "pending"]))
    await checker.work(shop.id)
    await filer.work()
    await filer.look(shop.id)
    await checker.work(shop.id)

    await assert_all_known_and_filed_once(shop)
    entries = shop.cabinet.entries
    assert [entries[each.wb_id].presses for each in twins] == [0, 0]
    assert sum(entry.presses for entry in entries.values()) == 13
    assert filer.wire.answers.keys() == {200, 201, 409}
    filed_by = {row["feedback_id"]: row["filed_by"] for row in await shop.rows(
        "SELECT feedback_id, filed_by FROM standings WHERE shop_id = $1 AND complaint <> 'none'"
        " AND complaint <> 'draft'"
    )}  # fmt: skip
    assert filed_by.pop(by_hand.wb_id) == "seller"
    assert set(filed_by.values()) == {"us"}
    links = await shop.rows("SELECT feedback_id, chat_id, message_status FROM chat_links WHERE shop_id = $1")
    opened = {entry.wb_id: entry for entry in entries.values() if entry.chat == "chat_opened"}
    assert len(links) == len(opened) >= 2 + 1 + 4
    assert {row["feedback_id"]: row["chat_id"] for row in links} == {
        wb_id: entry.chat_url.partition("chatId=")[2] for wb_id, entry in opened.items()
    }
    approved = sorted(entry.wb_id for entry in entries.values() if entry.complaint == "approved")
    evidence = await shop.rows("SELECT feedback_id FROM evidence WHERE shop_id = $1")
    assert sorted(row["feedback_id"] for row in evidence) == approved
    assert checker.created == len(approved)
    assert (await filer.wire.get(f"/stores/{shop.id}/tasks"))["totalCounts"]["complaints"] == 0


async def test_a_chat_and_a_complaint_stay_done_however_often_the_stale_page_is_told(shop: Shop) -> None:
    await shop.drafted(3)
    four = await shop.world.feedback(rating=4)
    shop.cabinet.add(four)
    filer = Filer(await shop.wire(), shop.cabinet)
    await filer.look(shop.id)
    stale = shop.cabinet.read()

    await filer.work()
    for _ in range(3):
        await filer.sync(shop.id, stale)

    assert await filer.work() == 0
    assert (await shop.world.standing(four))["chat"] == "opened"
    assert Counter(filer.handed).most_common(1)[0][1] == 1
    await assert_all_known_and_filed_once(shop)


async def test_two_operators_at_once_share_no_task(shop: Shop) -> None:
    await shop.world.settings(complaints_per_run=5, chats_per_run=2)
    await shop.drafted(23)
    fours = [await shop.world.feedback(rating=4, nm_id=NM + 1) for _ in range(6)]
    shop.cabinet.add(*fours)
    both = [Filer(await shop.wire(), shop.cabinet) for _ in range(2)]
    await both[0].look(shop.id)

    await asyncio.gather(*(filer.work() for filer in both))

    one, other = (set(filer.handed) for filer in both)
    assert not one & other
    assert len(one | other) == 23 + 6
    assert min(len(one), len(other)) > 0
    assert sum(entry.presses for entry in shop.cabinet.entries.values()) == 23
    await assert_all_known_and_filed_once(shop)


async def test_a_browser_in_another_zone_files_and_its_pages_are_understood(shop: Shop) -> None:
    made = await shop.drafted(6)
    filer = Filer(
        await shop.wire(), shop.cabinet, ahead=timedelta(hours=7), by_text=True, lost=frozenset({1, 4}),
    )  # fmt: skip

    await filer.work()
    await filer.look(shop.id)

    assert {batch["hourOffset"] for batch in filer.synced} == {7}
    assert {(await shop.world.standing(each))["complaint"] for each in made} == {"pending"}
    assert sum(entry.presses for entry in shop.cabinet.entries.values()) == 6
    await assert_all_known_and_filed_once(shop)


async def test_a_browser_in_another_zone_that_finds_nothing_takes_nothing_back(shop: Shop) -> None:
    made = await shop.drafted(4)
    shop.cabinet.add(*[await shop.world.feedback(text=f"Мало {each}") for each in range(3)])
    filer = Filer(await shop.wire(), shop.cabinet, ahead=timedelta(hours=-4))

    await filer.work()

    seen = [await shop.world.standing(each) for each in made]
    assert [(row["complaint"], row["visibility"], row["cooling"]) for row in seen] == [("draft", "visible", True)] * 4
    assert {batch["hourOffset"] for batch in filer.synced} == {-4}
    await assert_all_known_and_filed_once(shop)


class Broken(httpx.AsyncHTTPTransport):
    """Every third request never arrives, or its answer never does."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.number += 1
        if self.number % 6 == 0:
            raise httpx.ConnectError("lost on the way")
        answer = await super().handle_async_request(request)
        if self.number % 6 == 3:
            await answer.aclose()
            raise httpx.ReadError("the answer is lost")
        return answer


async def test_a_bad_line_costs_repetitions_and_nothing_else(shop: Shop) -> None:
    await shop.drafted(8)
    fours = [await shop.world.feedback(rating=4) for _ in range(3)]
    shop.cabinet.add(*fours)
    filer = Filer(await shop.wire(Broken()), shop.cabinet)
    checker = Checker(await shop.wire(Broken()), shop.cabinet)

    await filer.look(shop.id)
    await filer.work()
    shop.cabinet.decide(["approved"] * 8)
    await checker.work(shop.id)
    await filer.look(shop.id)

    await assert_all_known_and_filed_once(shop)
    assert [row["count"] for row in await shop.rows("SELECT count(*) FROM chat_links WHERE shop_id = $1")] == [3]
    assert [row["count"] for row in await shop.rows("SELECT count(*) FROM evidence WHERE shop_id = $1")] == [8]


@pytest.mark.parametrize(("statuses", "asked"), [([503, 503, 200], 3), ([503] * 3, 3), ([500, 200], 1), ([409], 1)])
async def test_our_client_repeats_what_the_shipped_ones_repeat(statuses: list[int], asked: int) -> None:
    answers = iter(statuses)
    wire = Wire("http://127.0.0.1", "-", transport=httpx.MockTransport(lambda _: httpx.Response(next(answers))))

    answer = await wire.ask("POST", "/x")

    assert (sum(wire.answers.values()), answer.status_code) == (asked, statuses[asked - 1])
