"""The event stream: pages, their edges, and echoes that come late."""

import pytest

from tests.simulator.harness import CHAT, Shop, Sim
from tests.simulator.talks import chat_shop, events, opened, page, says, sends, sign_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talks(sim: Sim) -> Shop:
    return await chat_shop(sim)


async def cluster(shop: Shop, chat_id: str, *moments: int) -> list[str]:
    said = [await says(shop, chat_id, text=f"{number}", addTimestamp=at) for number, at in enumerate(moments)]
    return [one["eventID"] for one in said]


async def test_the_stream_is_paged_from_the_oldest_and_ends_with_an_empty_page(sim: Sim, talks: Shop) -> None:
    await sim.order("/seed", {"sid": "shop", "count": 0, "chats": 40, "same_ms": 0})

    first = await page(talks)
    everything = await events(talks)
    last = await page(talks, everything[-1]["addTimestamp"])

    assert first["totalEvents"] == len(first["events"]) == 50
    assert first["next"] == first["events"][-1]["addTimestamp"]
    assert (first["oldestEventTime"], first["newestEventTime"]) == (
        first["events"][0]["addTime"],
        first["events"][-1]["addTime"],
    )
    assert len({event["eventID"] for event in everything}) == len(everything) > 100
    assert last == {"next": everything[-1]["addTimestamp"], "totalEvents": 0, "events": []}


@pytest.mark.parametrize(
    ("edges", "seen"), [("repeat", [0, 1, 1, 2, 3, 4]), ("lose", [0, 1, 3, 4])], ids=["repeat", "lose"]
)
async def test_events_of_one_millisecond_at_an_edge_come_twice_or_never(
    sim: Sim, talks: Shop, edges: str, seen: list[int]
) -> None:
    await sim.order("/knobs", {"events_page": 2, "event_edges": edges})
    chat_id = (await sim.order("/chats", {"sid": "shop", "chats": [{}]}))["ids"][0]
    ids = await cluster(talks, chat_id, 1000, 2000, 2000, 3000, 4000)

    assert [ids.index(event["eventID"]) for event in await events(talks)] == seen


async def test_a_cluster_larger_than_a_page_never_stops_the_stream(sim: Sim, talks: Shop) -> None:
    await sim.order("/knobs", {"events_page": 2})
    chat_id = (await sim.order("/chats", {"sid": "shop", "chats": [{}]}))["ids"][0]
    ids = await cluster(talks, chat_id, *[1000] * 7, 2000)

    assert {event["eventID"] for event in await events(talks)} == set(ids)


async def test_an_inclusive_stream_repeats_its_last_millisecond_for_ever(sim: Sim, talks: Shop) -> None:
    await sim.order("/knobs", {"events_page": 2, "event_edges": "inclusive"})
    chat_id = (await sim.order("/chats", {"sid": "shop", "chats": [{}]}))["ids"][0]
    ids = await cluster(talks, chat_id, 1000, 1000, 1000, 2000)

    seen, cursor = [], None
    for _ in range(5):
        found = await page(talks, cursor)
        seen += [event["eventID"] for event in found["events"]]
        cursor = found["next"]

    assert set(seen) == set(ids)
    assert (found["next"], found["totalEvents"]) == (2000, 1)


async def test_seeded_clusters_are_complete_when_edges_repeat(sim: Sim, talks: Shop) -> None:
    counts = await sim.order("/seed", {"sid": "shop", "count": 0, "chats": 100, "same_ms": 0.5})

    seen = [event["eventID"] for event in await events(talks)]

    assert len(seen) > len(set(seen)) == counts["events"]


@pytest.mark.parametrize(
    ("cursor", "detail"),
    [("0", 'Invalid value for "next"'), ("-5", 'Invalid value for "next"'), ("x", "Invalid number")],
)
async def test_a_bad_cursor_is_refused_in_the_words_of_the_chat_service(
    sim: Sim, talks: Shop, cursor: str, detail: str
) -> None:
    answer = await talks.call("GET", f"{CHAT}/events", params={"next": cursor})

    body = answer.json()
    assert (answer.status_code, body["origin"], body["detail"], body["error"]) == (400, "proxy-chats", detail, detail)


async def test_an_empty_page_may_have_null_for_events(sim: Sim, talks: Shop) -> None:
    await sim.order("/knobs", {"empty_events": "null"})

    assert await page(talks, 5000) == {"next": 5000, "totalEvents": 0, "events": None}


async def test_an_echo_comes_late_with_the_time_of_the_send(sim: Sim, talks: Shop) -> None:
    await sim.order("/knobs", {"echo_delay": 30})
    chat_id = await opened(talks)
    sent = (await sends(talks, await sign_of(talks, chat_id), "Добрый день")).json()["result"]
    before = await events(talks)

    await sim.advance(30)

    echo = (await events(talks))[-1]
    assert len(before) == 1
    assert (echo["sender"], echo["source"]) == ("seller", "seller-public-api")
    assert (echo["addTimestamp"], echo["chatID"]) == (sent["addTime"], sent["chatID"])
    assert echo["message"] == {"text": "Добрый день"}


@pytest.mark.parametrize(("in_order", "seen"), [(True, ["Ответ", "Потом"]), (False, ["Потом"])])
async def test_a_late_echo_holds_later_events_back_or_is_overtaken(
    sim: Sim, talks: Shop, in_order: bool, seen: list[str]
) -> None:
    await sim.order("/knobs", {"echo_delay": 60, "echo_in_order": in_order})
    chat_id = await opened(talks)
    cursor = (await page(talks))["next"]
    await sends(talks, await sign_of(talks, chat_id), "Ответ")
    await sim.advance(1)
    await says(talks, chat_id, text="Потом")

    early = await events(talks, cursor)
    await sim.advance(60)
    late = await events(talks, early[-1]["addTimestamp"] if early else cursor)

    assert [event["message"]["text"] for event in early + late] == seen
