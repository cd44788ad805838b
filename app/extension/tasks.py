"""GET /stores/{storeId}/tasks: one round of work for the filing extension."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Path, Request
from starlette.responses import Response

from app.cabinet import queues
from app.cabinet.limits import Limits, limits_of
from app.cabinet.queues import Article, by_article
from app.cabinet.tallies import NOTHING
from app.cabinet.tasks import Task
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.handing import lent, looked_up
from app.extension.stores import store_and_counts
from app.extension.task_items import ChatOpenOut, ComplaintOut, StatusParseOut, chat_item, complaint_item, reading_item
from app.extension.wire import WireOut, json_response
from app.kit.clock import utc_now
from app.kit.db import Direct

router = router_of("Задания")


class ArticleOut(WireOut):
    status_parses: list[StatusParseOut]
    chat_opens: list[ChatOpenOut]
    complaints: list[ComplaintOut]


class BacklogOut(WireOut):
    """`chatOpens` — это `chatOpensNew` и `chatLinks` вместе."""

    status_parses: int
    chat_opens: int
    chat_opens_new: int
    chat_links: int
    complaints: int


class TotalsOut(BacklogOut):
    complaints_in_payload: int
    articles: int


class LimitsOut(WireOut):
    max_chats_per_run: int
    max_complaints_per_run: int
    cooldown_between_chats_ms: int
    cooldown_between_complaints_ms: int


class TasksOut(WireOut):
    store_id: str
    articles: dict[str, ArticleOut]
    totals: TotalsOut
    total_counts: BacklogOut
    limits: LimitsOut


@router.get("/stores/{storeId}/tasks", response_model=TasksOut, summary="Что сделать в кабинете")
async def tasks(store_id: Annotated[str, Path(alias="storeId")], request: Request) -> Response:
    """Одна порция: `totals` — ровно она, `totalCounts` — всё, что ждёт. Повторяйте, пока `totals` не станут нулями.

    Выданное остаётся за этим токеном 15 минут; другим в это время оно не выдаётся. Наблюдателю, токену без права
    `report` и магазину в архиве не выдаётся ничего.
    """
    database, caller = asked_of(request)
    now = utc_now()
    async with database.glance() as connection:
        store, counts = await store_and_counts(connection, caller, store_id)
        limits = await limits_of(connection, store.id)

        async def look(connection: Direct) -> Sequence[Task]:
            return await queues.look(connection, store.id, caller.token_id, limits, now=now)

        seen = await looked_up(connection, store, caller, look)
    articles = by_article(await lent(database, store, caller, look, seen, now=now))
    return json_response(
        {
            "storeId": store_id,
            "articles": {str(nm_id): _article(article) for nm_id, article in articles.items()},
            "totals": _totals(articles),
            "totalCounts": _backlog(NOTHING if store.archived else counts),
            "limits": _limits(limits),
        }
    )


def _article(article: Article) -> dict[str, Any]:
    return {
        "statusParses": [reading_item(task) for task in article.readings],
        "chatOpens": [chat_item(task) for task in article.chats],
        "complaints": [complaint_item(task) for task in article.complaints],
    }


def _totals(articles: Mapping[int, Article]) -> dict[str, int]:
    chats = [task["kind"] for article in articles.values() for task in article.chats]
    complaints = sum(len(article.complaints) for article in articles.values())
    return {
        "statusParses": sum(len(article.readings) for article in articles.values()),
        "chatOpens": len(chats),
        "chatOpensNew": chats.count("open"),
        "chatLinks": chats.count("link"),
        "complaints": complaints,
        "complaintsInPayload": complaints,
        "articles": len(articles),
    }


def _backlog(counts: Mapping[str, Any]) -> dict[str, int]:
    return {
        "statusParses": counts["queued_readings"],
        "chatOpens": counts["queued_chats"] + counts["queued_links"],
        "chatOpensNew": counts["queued_chats"],
        "chatLinks": counts["queued_links"],
        "complaints": counts["queued_complaints"],
    }


def _limits(limits: Limits) -> dict[str, int]:
    return {
        "maxChatsPerRun": limits.chats_per_run,
        "maxComplaintsPerRun": limits.complaints_per_run,
        "cooldownBetweenChatsMs": limits.chat_pause_ms,
        "cooldownBetweenComplaintsMs": limits.complaint_pause_ms,
    }
