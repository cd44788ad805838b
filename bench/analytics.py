"""GET /api/analytics and /api/buyers of a big shop, over HTTP and as bare SQL in the same run; and the rebuilds."""

import argparse
import asyncio
import time
from collections.abc import Iterator

import asyncpg

from app.analytics.refreshing import rebuild as rebuild_rollups
from app.analytics.refreshing import refresh as refresh_rollups
from app.analytics.series import Series
from app.buyers.refreshing import rebuild as rebuild_buyers
from app.buyers.refreshing import refresh as refresh_buyers
from app.cli.schema import migrate
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.postgres import plain
from bench.cluster import Connection, cluster_url, renamed
from bench.data import TOKEN, Scale, add_scale, prepare, shop_id
from bench.load import HttpConnection, Timing, closed_loop
from bench.report import Row, add_output, output
from bench.serving import replay, spied, web_process

BAR = 100.0
MONTH = "since=2026-10-20&until=2026-11-18"
YEARS = "since=2023-11-20&until=2026-11-20"

SEASONING = (
    # Half of the names get an initial, so that there are popular and rare ones.
    "UPDATE feedbacks SET buyer_name = buyer_name || ' ' || chr(1040 + abs(hashtext(wb_id)) % 32) || '. №'"
    " || abs(hashtext(wb_id || 'n')) % 20 WHERE abs(hashtext(wb_id)) % 2 = 0",
    "UPDATE replies r SET sent_at = f.written_at + interval '1 minute' * (1 + abs(hashtext(f.wb_id)) % 4000)"
    " FROM feedbacks f WHERE f.shop_id = r.shop_id AND f.wb_id = r.feedback_id AND r.state = 'published'",
    "UPDATE feedbacks f SET parent_id = p.wb_id FROM (SELECT shop_id, wb_id, lag(wb_id) OVER (PARTITION BY shop_id"
    " ORDER BY written_at) AS before FROM feedbacks) p"
    " WHERE p.before IS NOT NULL AND f.shop_id = p.shop_id AND f.wb_id = p.before AND abs(hashtext(f.wb_id)) % 40 = 0",
    "INSERT INTO reply_events (shop_id, id, reply_id, at, actor, from_state, to_state, reason, version, text)"
    " SELECT r.shop_id, gen_random_uuid(), r.id, r.created_at, 'user:' || abs(hashtext(r.feedback_id)) % 5,"
    " s.came, s.went, '', 1, r.text FROM replies r CROSS JOIN (VALUES (NULL, 'draft'), ('draft', 'draft'),"
    " ('draft', 'approved')) AS s(came, went)",
    "INSERT INTO writer_calls (shop_id, id, subject_id, at, model, input_tokens, output_tokens, cost_usd, seconds)"
    " SELECT shop_id, gen_random_uuid(), feedback_id, created_at, 'gpt', 900, 120, 0.0004, 1.5 FROM replies"
    " WHERE feedback_id IS NOT NULL",
    "INSERT INTO chats (shop_id, chat_id, client_name, rid, listed, status, version, last_message_at,"
    " last_message_text, last_sender) SELECT shop_id, 'c' || wb_id, buyer_name, '', true, 'waiting_for_us', 1,"
    " written_at + interval '6 hours', '', 'client' FROM feedbacks WHERE abs(hashtext(wb_id)) % 15 = 0",
    "INSERT INTO messages (shop_id, id, chat_id, direction, sender, source, text, attachments, at, state, version,"
    " author, attempts, file_errors, needs_human, reasons, writer) SELECT c.shop_id, gen_random_uuid(), c.chat_id,"
    " 'in', 'client', '', 'Здравствуйте, размер не подошёл', '[]', c.last_message_at - interval '1 hour' * n,"
    " 'received', 1, '', 0, '[]', false, '[]', '' FROM chats c CROSS JOIN generate_series(0, 5) n",
    "VACUUM ANALYZE",
)


def cases() -> Iterator[tuple[str, str]]:
    """What the dashboard asks: everything at once, each chart, a month and the whole history."""
    analytics, buyers = f"/api/analytics/{shop_id(0)}", f"/api/buyers/{shop_id(0)}"
    yield "all series, a month", f"{analytics}?{MONTH}"
    yield "all series, 3 years", f"{analytics}?{YEARS}"
    yield "all shops, a month", f"/api/analytics?{MONTH}"
    yield "all shops, 3 years", f"/api/analytics?{YEARS}"
    for one in Series:
        yield f"{one}, a month", f"{analytics}?{MONTH}&series={one}"
        yield f"{one}, 3 years", f"{analytics}?{YEARS}&series={one}"
    yield "buyers", buyers
    yield "buyers, prefix", f"{buyers}?search=%D0%90%D0%BD"
    yield "buyers, prefix of one", f"{buyers}?search=%D0%B0%D0%BD%D0%BD%D0%B0%20%D0%B1"
    yield "buyers, 1-2 stars with a chat", f"{buyers}?max_rating=2&has_chat=true"
    yield "buyers, none such", f"{buyers}?min_rating=5&max_rating=1"
    yield "thread, thousands of feedbacks", f"{buyers}/%D0%90%D0%BD%D0%BD%D0%B0/thread"


def seasoned(scale: Scale, *, fresh: bool) -> str:
    """A copy of the benches' database with chats, times of sending, amendments, histories and costs."""
    url = asyncio.run(_seasoned(prepare(scale, fresh=fresh), scale, fresh=fresh))
    migrate(url)
    asyncio.run(_renew_login(url))
    return url


async def _renew_login(url: str) -> None:
    async with Connection(url) as connection:
        await connection.execute("UPDATE sessions SET expires_at = now() + interval '1 day'")


async def _seasoned(source: str, scale: Scale, *, fresh: bool) -> str:
    name = f"{scale.database}_analytics"
    async with Connection(source) as server:
        known = await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name)
    if known and not fresh:
        return renamed(source, name)
    async with Connection(cluster_url()) as server:
        for stale in (name, f"{name}_raw"):
            await server.execute(f'DROP DATABASE IF EXISTS "{stale}" WITH (FORCE)')
        await server.execute(f'CREATE DATABASE "{name}_raw" TEMPLATE "{scale.database}"')
    async with Connection(renamed(source, f"{name}_raw")) as connection:
        await connection.execute("SET session_replication_role = replica")
        for statement in SEASONING:
            await connection.execute(statement)
    async with Connection(cluster_url()) as server:
        await server.execute(f'ALTER DATABASE "{name}_raw" RENAME TO "{name}"')
    return renamed(source, name)


async def count(url: str, shops: int) -> list[Row]:
    """All rollups anew, then those of a thousand changed feedbacks of the big shop."""
    database, rows = Database(url), list[Row]()
    small = [shop_id(number) for number in range(1, shops)]
    for name, rebuild, refresh in (
        ("rollups", rebuild_rollups, refresh_rollups),
        ("buyers", rebuild_buyers, refresh_buyers),
    ):
        async with database.transaction() as session:
            for other in small:
                await rebuild(session, other, now=utc_now())
        began = time.perf_counter()
        async with database.transaction() as session:
            await rebuild(session, shop_id(0), now=utc_now())
        rows.append({"case": f"{name}: rebuild, ms", "p50": round(1000 * (time.perf_counter() - began))})
        async with Connection(url) as connection:
            await connection.execute("VACUUM ANALYZE")
            await connection.execute(
                "UPDATE feedbacks SET changed_at = now() WHERE shop_id = $1 AND wb_id IN (SELECT wb_id FROM feedbacks"
                " WHERE shop_id = $1 ORDER BY written_at DESC LIMIT 1000)",
                shop_id(0),
            )
        began = time.perf_counter()
        async with database.transaction() as session:
            await refresh(session, shop_id(0), now=utc_now())
        rows.append({"case": f"{name}: refresh of 1,000, ms", "p50": round(1000 * (time.perf_counter() - began))})
    await database.close()
    return rows


async def measure(url: str, web: str, *, only: str, seconds: float) -> list[Row]:
    """Each case at one connection: HTTP, then its statements alone."""
    rows: list[Row] = []
    async with spied(url) as spy, asyncpg.create_pool(plain(url), min_size=1, max_size=1) as pool:
        for name, path in cases():
            if only not in name:
                continue
            _, statements = await spy.get(path)
            http = HttpConnection(web, [path], TOKEN)
            over_http = await closed_loop([http.get], seconds=seconds)
            http.close()

            async def bare() -> None:
                async with pool.acquire() as connection:
                    await replay(connection, statements)  # noqa: B023

            rows.append(_row(name, over_http, await closed_loop([bare], seconds=seconds)))
    return rows


def _row(name: str, http: Timing, sql: Timing) -> Row:
    return {
        "case": name,
        "p50": http.p50,
        "p99": http.p99,
        "sql p50": sql.p50,
        "sql p99": sql.p99,
        "ratio": round(http.p50 / sql.p50, 2),
        "met": http.p50 <= BAR,
    }


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_scale(parser)
    add_output(parser)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each of a case's two loops")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    asked = parser.parse_args()
    url = seasoned(Scale(asked.feedbacks, asked.shops), fresh=asked.fresh)
    rows = asyncio.run(count(url, asked.shops))
    with web_process(url) as web:
        rows += asyncio.run(measure(url, web.url, only=asked.only, seconds=asked.seconds))
    output(f"analytics and buyers, {asked.feedbacks:,} feedbacks", rows, asked)


if __name__ == "__main__":
    main()
