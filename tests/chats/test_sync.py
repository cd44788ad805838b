"""The event stream: edges, crashes, slow tokens, and an honest account of them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.chats.capability import ChatsOff
from app.chats.ports import ChatCall, EventPage, IncomingEvent
from app.chats.progress import progress_of
from app.chats.stream_models import SyncPhase
from app.kit.errors import Forbidden, RateLimited, Unavailable
from tests.chats.cabinet import CHAT, OTHER, Cabinet, FakeLimits, FakeWildberries, event, listed, ms_now

pytestmark = pytest.mark.anyio
EVERYTHING = (
    "SELECT event_id, chat_id, kind, wb_ms, raw FROM chat_events ORDER BY 1",
    "SELECT id, chat_id, event_id, direction, sender, source, text, attachments, at, state FROM messages ORDER BY 1",
    "SELECT chat_id, client_name, listed, status, version, last_message_at, last_message_text, last_client_at,"
    " reply_sign FROM chats ORDER BY 1",
    "SELECT cursor_ms, events, oldest_at, newest_at FROM chat_syncs",
)
T = 1_780_000_000_000


def three_pages() -> list[IncomingEvent]:
    """Of four; both edges lie within one millisecond."""
    times = (T, T + 1, T + 2, T + 5, T + 5, T + 5, T + 7, T + 9, T + 9, T + 9)
    return [
        event(f"строка {n}", event_id=f"e{n}", wb_ms=ms, chat_id=(CHAT, OTHER)[n % 2]) for n, ms in enumerate(times)
    ]


async def everything(cabinet: Cabinet) -> list[object]:
    return [await cabinet.rows(sql) for sql in EVERYTHING]


@pytest.mark.parametrize("inclusive", [False, True])
async def test_three_pages_with_edges_within_a_millisecond_lose_nothing(cabinet: Cabinet, inclusive: bool) -> None:
    cabinet.wildberries.stream, cabinet.wildberries.inclusive = three_pages(), inclusive
    cabinet.wildberries.page_size = 4

    await cabinet.sync()

    assert len(await cabinet.rows("SELECT id FROM messages")) == 10
    assert (await cabinet.state()).cursor_ms == T + 9
    assert (await cabinet.state()).phase is SyncPhase.IDLE


@pytest.mark.parametrize("crash_at", [1, 2, 3])
async def test_a_crash_between_fetch_and_commit_and_a_replay_leave_the_same_database(
    cabinet: Cabinet, wildberries: FakeWildberries, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wildberries.stream, wildberries.page_size = three_pages(), 4
    await cabinet.sync()
    undisturbed = await everything(cabinet)
    await cabinet.execute("TRUNCATE chats, chat_syncs, chat_events CASCADE")

    read, fetched = wildberries.events, 0

    async def dies(shop_id: object, *, after_ms: int | None) -> EventPage:
        nonlocal fetched
        fetched += 1
        page = await read(cabinet.shop.id, after_ms=after_ms)
        if fetched == crash_at:
            raise Unavailable
        return page

    monkeypatch.setattr(wildberries, "events", dies)
    with pytest.raises(Unavailable):
        await cabinet.sync()
    await cabinet.sync()
    await cabinet.execute(f"UPDATE chat_syncs SET cursor_ms = {T}")
    await cabinet.sync()

    assert await everything(cabinet) == undisturbed


async def test_a_cluster_larger_than_a_page_does_not_stop_the_reading(cabinet: Cabinet) -> None:
    cluster = [event(wb_ms=T + 3) for _ in range(9)]
    cabinet.wildberries.stream = [event(wb_ms=T), *cluster, event("после", wb_ms=T + 4)]
    cabinet.wildberries.page_size = 4

    await cabinet.sync()

    assert (await cabinet.state()).cursor_ms == T + 4
    assert await cabinet.rows("SELECT id FROM messages WHERE text = 'после'")


async def test_a_quiet_shop_costs_a_list_and_one_page(cabinet: Cabinet) -> None:
    cabinet.wildberries.stream = [event(wb_ms=T)]
    await cabinet.sync()
    cabinet.wildberries.calls.clear()

    await cabinet.sync()

    assert cabinet.wildberries.calls == ["list", f"events {T - 1}"]


@pytest.mark.parametrize("next_ms", [None, 0, T - 5])
async def test_a_missing_zero_or_smaller_next_keeps_the_cursor(
    cabinet: Cabinet, wildberries: FakeWildberries, next_ms: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wildberries.stream = [event(wb_ms=T)]
    await cabinet.sync()

    async def odd(shop_id: object, *, after_ms: int | None) -> EventPage:
        return EventPage(events=[event(wb_ms=T + 1)], total=1, next_ms=next_ms)

    monkeypatch.setattr(wildberries, "events", odd)
    await cabinet.sync()

    assert (await cabinet.state()).cursor_ms == T
    assert (await cabinet.state()).phase is SyncPhase.IDLE


async def test_a_first_reading_is_resumed_where_the_budget_ended(
    cabinet: Cabinet, wildberries: FakeWildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    wildberries.stream, wildberries.page_size = three_pages(), 4
    read = wildberries.events

    async def spent(shop_id: object, *, after_ms: int | None) -> EventPage:
        if after_ms is not None:
            raise RateLimited(30)
        return await read(cabinet.shop.id, after_ms=after_ms)

    monkeypatch.setattr(wildberries, "events", spent)
    with pytest.raises(RateLimited):
        await cabinet.sync()
    async with cabinet.database.transaction() as session:
        half_way = await progress_of(session, cabinet.shop, limits=cabinet.limits)
    monkeypatch.undo()
    wildberries.calls.clear()
    await cabinet.sync()
    async with cabinet.database.transaction() as session:
        done = await progress_of(session, cabinet.shop, limits=cabinet.limits)

    assert half_way.sync is not None
    assert (half_way.sync.pages, half_way.sync.events) == (1, 4)
    assert half_way.share is not None
    assert half_way.share < 1 < (half_way.estimate or 0)
    assert wildberries.calls[0] == f"events {T + 4}"
    assert (done.share, done.estimate) == (1.0, 10)


async def test_a_slow_token_reads_from_the_present_one_page_a_run(cabinet: Cabinet) -> None:
    cabinet.limits = FakeLimits(full=False)
    cabinet.wildberries.stream, cabinet.wildberries.page_size = three_pages(), 4
    cabinet.wildberries.listed = [listed(last_at=datetime.fromtimestamp((T + 4) / 1000, UTC), last_text="вчера")]

    await cabinet.sync()

    state = await cabinet.state()
    assert len(cabinet.wildberries.calls) == 2
    assert cabinet.wildberries.calls[1] == f"events {T + 3}"
    assert (state.phase, state.from_oldest, state.caught_up_at) == (SyncPhase.IDLE, False, None)
    assert state.next_sync_at - datetime.now(UTC) > timedelta(hours=1)
    async with cabinet.database.transaction() as session:
        told = await progress_of(session, cabinet.shop, limits=cabinet.limits)
    assert (told.share, told.capability.full_limits) == (None, False)
    assert "раз в час" in told.capability.word
    assert set(told.next_calls) == set(ChatCall)


async def test_a_full_token_later_reads_the_whole_history(cabinet: Cabinet) -> None:
    cabinet.limits = FakeLimits(full=False)
    cabinet.wildberries.stream = three_pages()
    cabinet.wildberries.listed = [listed(last_at=datetime.fromtimestamp((T + 8) / 1000, UTC))]
    await cabinet.sync()
    some = len(await cabinet.rows("SELECT id FROM messages"))

    cabinet.limits = FakeLimits()
    await cabinet.sync()

    assert some == 3
    assert len(await cabinet.rows("SELECT id FROM messages")) == 10
    assert (await cabinet.state()).backfilled_at is not None


async def test_a_spent_list_does_not_hold_up_the_events(
    cabinet: Cabinet, wildberries: FakeWildberries, monkeypatch: pytest.MonkeyPatch
) -> None:
    wildberries.stream = [event(wb_ms=T)]
    await cabinet.sync()
    wildberries.stream.append(event("новое", wb_ms=T + 9))

    async def spent(shop_id: object) -> list[object]:
        raise RateLimited(3600)

    monkeypatch.setattr(wildberries, "chats", spent)
    await cabinet.sync()

    assert (await cabinet.state()).cursor_ms == T + 9


async def test_a_closed_door_is_told_and_forgotten_when_it_opens(
    cabinet: Cabinet, wildberries: FakeWildberries
) -> None:
    wildberries.trouble = Forbidden("Токен Wildberries не даёт права на это действие.")
    with pytest.raises(Forbidden):
        await cabinet.sync()
    async with cabinet.database.transaction() as session:
        closed = (await progress_of(session, cabinet.shop, limits=cabinet.limits)).capability

    wildberries.trouble = None
    await cabinet.sync()
    async with cabinet.database.transaction() as session:
        opened = (await progress_of(session, cabinet.shop, limits=cabinet.limits)).capability

    assert (closed.can_read, closed.word) == (False, "Токен Wildberries не даёт права на это действие.")
    assert (opened.can_read, opened.can_send, opened.word) == (True, True, "")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("DELETE FROM shop_tokens WHERE purpose = 'chat'", "категорией «Чат с покупателями»"),
        ("UPDATE shop_tokens SET refused_at = now() WHERE purpose = 'chat'", "больше не принимает"),
        ("UPDATE shop_tokens SET expires_at = now() WHERE purpose = 'chat'", "истёк"),
    ],
)
async def test_without_a_token_chats_are_off_and_say_why(cabinet: Cabinet, change: str, word: str) -> None:
    await cabinet.execute(change)

    with pytest.raises(ChatsOff) as off:
        await cabinet.sync()

    assert word in off.value.message
    assert cabinet.wildberries.calls == []


async def test_the_main_token_serves_when_it_has_the_category(cabinet: Cabinet) -> None:
    await cabinet.execute("DELETE FROM shop_tokens WHERE purpose = 'chat'")
    await cabinet.execute("""UPDATE shop_tokens SET categories = '["feedbacks", "chat"]'""")

    await cabinet.sync()

    assert cabinet.wildberries.calls[0] == "list"


async def test_a_message_in_doubt_is_sought_once_enough_time_has_passed(cabinet: Cabinet) -> None:
    await cabinet.see(listed())
    message = await cabinet.write()
    await cabinet.execute(f"UPDATE messages SET state = 'unknown', sending_at = now() WHERE id = '{message.id}'")

    await cabinet.sync()
    too_early = (await cabinet.again(message)).sought_at
    await cabinet.age(message, seconds=61)
    await cabinet.sync()

    assert too_early is None
    assert (await cabinet.again(message)).sought_at is not None


async def test_an_echo_that_comes_behind_the_cursor_is_found(cabinet: Cabinet) -> None:
    cabinet.wildberries.stream = [event("другой чат", wb_ms=ms_now(seconds=-5), chat_id=OTHER)]
    await cabinet.see(listed())
    message = await cabinet.write("Уже проверяем, спасибо!")
    await cabinet.execute(f"UPDATE messages SET state = 'unknown', sending_at = now() WHERE id = '{message.id}'")
    await cabinet.sync()

    late = event("Уже проверяем, спасибо!", sender="seller", wb_ms=ms_now())
    cabinet.wildberries.stream.insert(0, late)
    await cabinet.sync()

    found = await cabinet.again(message)
    assert (found.state, found.event_id) == ("sent", late.event_id)
