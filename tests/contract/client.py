"""Clients that behave as the shipped ones do: Filer works off tasks in the cabinet, Checker tells what became of them.

Both repeat only what was answered 503 or not at all, after 2 s and 4 s (here a thousand times sooner).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.contract.seller_cabinet import Entry, SellerCabinet

PAUSES = (0.002, 0.004)
PAGE = 100
VERDICTS = 500
ROUNDS = 12
Said = dict[str, Any]


class Wire:
    """One token's way to the server."""

    def __init__(self, url: str, secret: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        self.http = httpx.AsyncClient(base_url=url, headers=headers, transport=transport, timeout=30, trust_env=False)
        self.answers: Counter[int] = Counter()

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        for pause in (*PAUSES, None):
            try:
                answer = await self.http.request(method, path, json=body)
            except httpx.TransportError:
                if pause is None:
                    raise
            else:
                self._look(answer)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or pause is None:
                    return answer
            await asyncio.sleep(pause)
        raise AssertionError("not reached")

    def _look(self, answer: httpx.Response) -> None:
        """What `new Date(v)` makes of it must be a date."""
        self.answers[answer.status_code] += 1
        if "x-ratelimit-reset" in answer.headers:
            assert datetime.fromisoformat(answer.headers["x-ratelimit-reset"]).tzinfo is not None

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> Said:
        """Counts 409 as done."""
        answer = await self.ask("POST", path, body)
        assert answer.status_code in (200, 201, 409), answer.text
        said: Said = answer.json()
        return said


class Filer:
    """Tasks, page by page: files, says so, opens chats, says so, and only then reports the page it had read first."""

    def __init__(
        self, wire: Wire, cabinet: SellerCabinet, *, ahead: timedelta = timedelta(), by_text: bool = False,
        lost: frozenset[int] = frozenset(), repeated: frozenset[int] = frozenset(),
    ) -> None:  # fmt: skip
        self.wire, self.cabinet, self.ahead, self.by_text = wire, cabinet, ahead, by_text
        self.lost, self.repeated, self._sent = lost, repeated, 0
        self.handed: list[tuple[str, str]] = []
        """kind and reviewId of every task, in the order in which they came."""
        self.done: set[str] = set()
        """reviewIds of which the server has said that it knows them filed."""
        self.synced: list[Said] = []

    async def work(self) -> int:
        """Until there is nothing to do in any shop; says how many rounds it took."""
        shops = await self.wire.get("/stores")
        assert type(shops) is list
        for number in range(ROUNDS):
            busy = [await self.round(shop["id"]) for shop in shops if shop["isActive"]]
            if not any(busy):
                return number
        raise AssertionError(f"still busy after {ROUNDS} rounds: {self.handed[-20:]}")

    async def round(self, shop_id: str) -> bool:
        tasks = await self.wire.get(f"/stores/{shop_id}/tasks")
        if not any(tasks["totals"].values()):
            return False
        stale, missing = self.cabinet.read(self.ahead), []
        for article in tasks["articles"].values():
            _assert_newest_first(article["complaints"])
            for task in [*article["complaints"], *article["chatOpens"]]:
                self.handed.append((task.get("type", "complaint"), task["reviewId"]))
                entry = self._find(task)
                if entry is None:
                    missing.append(task)
                elif "type" in task:
                    await self._chat(shop_id, task, entry)
                else:
                    await self._complain(shop_id, task, entry)
        await self.sync(shop_id, [*stale, *(_not_found(task) for task in missing)])
        return True

    def _find(self, task: Said) -> Entry | None:
        if self.by_text:
            return self.cabinet.find(text=task["text"])
        return self.cabinet.find(key=task["reviewKey"], ahead=self.ahead)

    async def _complain(self, shop_id: str, task: Said, entry: Entry) -> None:
        assert task["reviewId"] not in self.done, "offered again after it was filed"
        if entry.complaint is not None:
            return
        said = task["complaintText"]
        await self.cabinet.file(entry, said["reasonId"], said["complaintText"])
        self._sent += 1
        if self._sent in self.lost:
            return
        for _ in range(2 if self._sent in self.repeated else 1):
            path = f"/stores/{shop_id}/reviews/{task['reviewId']}/complaint/sent"
            await self.wire.post(path, {"sentAt": _now(), "duration": 4000})
            self.done.add(task["reviewId"])

    async def _chat(self, shop_id: str, task: Said, entry: Entry) -> None:
        url = await self.cabinet.open_chat(entry) if task["type"] == "open" else entry.chat_url
        context = {name: task[name] for name in ("nmId", "rating", "reviewDate", "reviewKey")}
        told = {
            "storeId": shop_id, "reviewContext": {**context, "reviewKey": f"{context['reviewKey']}:00.000Z"},
            "chatUrl": url.partition("?")[0], "openedAt": _now(), "status": "CHAT_OPENED",
        }  # fmt: skip
        record = (await self.wire.post("/chat/opened", told))["chatRecordId"]
        again = await self.wire.post("/chat/opened", {**told, "chatUrl": url})
        assert again["chatRecordId"] == record
        found = {
            "systemMessageText": "Чат по отзыву", "parsedNmId": int(task["nmId"]), "parsedProductTitle": "Свитер",
            "anchorFoundAt": _now(), "status": "ANCHOR_FOUND",
        }  # fmt: skip
        await self.wire.post(f"/chat/{record}/anchor", found)
        await self.wire.post(f"/chat/{record}/message-sent", {"status": "MESSAGE_SENT", "messageType": "A"})

    async def sync(self, shop_id: str, rows: Sequence[Said]) -> None:
        """In batches, the stale page included."""
        for start in range(0, len(rows), PAGE):
            batch = {"storeId": shop_id, "parsedAt": _now(), "reviews": rows[start : start + PAGE]}
            self.synced.append((await self.wire.post("/review-statuses", batch))["data"])

    async def look(self, shop_id: str) -> None:
        """Reports the page as it is now."""
        await self.sync(shop_id, self.cabinet.read(self.ahead))


class Checker:
    """Reads the complaints page to its end."""

    def __init__(self, wire: Wire, cabinet: SellerCabinet) -> None:
        self.wire, self.cabinet = wire, cabinet
        self.created = 0

    async def work(self, shop_id: str) -> None:
        rows = self.cabinet.complaints_page()
        for start in range(0, len(rows), VERDICTS):
            await self.wire.post("/complaint-statuses", {"storeId": shop_id, "results": rows[start : start + VERDICTS]})
        for complaint in self.cabinet.evidence():
            said = await self.wire.post("/complaint-details", {"storeId": shop_id, "complaint": complaint})
            self.created += said["data"]["created"]


def _not_found(task: Said) -> Said:
    """With the placeholders of the shipped build."""
    return {
        "reviewKey": task["reviewKey"], "productId": task["productId"], "rating": task["rating"],
        "reviewDate": task["reviewDate"], "statuses": [], "canSubmitComplaint": False, "chatStatus": None,
        "ratingExcluded": False, "reviewStatusWb": "not_found",
    }  # fmt: skip


def _assert_newest_first(items: Sequence[Said]) -> None:
    """Compared as texts, as the client does."""
    dates = [item["date"] for item in items]
    assert dates == sorted(dates, reverse=True)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
