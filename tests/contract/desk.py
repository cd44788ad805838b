"""What the shipped builds send, spelled as they spell it, about the feedbacks of a `World`."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from app.feedbacks.models import Feedback
from app.kit.clock import utc_now
from tests.cabinet.world import NM, World

MOSCOW = 3
DETAILS: dict[str, Any] = {
    "checkDate": "01.03.2026", "cabinetName": "ИП Иванов", "articul": str(NM), "reviewId": "r-1",
    "feedbackRating": 1, "feedbackDate": "18\u00a0февр. 2026\u00a0г. в 21:45", "complaintSubmitDate": "20.02.2026",
    "status": "Жалоба одобрена", "hasScreenshot": True, "fileName": "149325538_18.02.2026.png",
    "driveLink": "https://drive.example/1", "complaintCategory": "Нецензурная лексика",
    "complaintText": "Жалоба от: ИП Иванов. Просим проверить отзыв.",
}  # fmt: skip


def key_of(feedback: Feedback, *, hours: int = 0, tail: str = "") -> str:
    """As a page's clock shows it, so many hours ahead of UTC."""
    minute = feedback.written_at + timedelta(hours=hours)
    return f"{feedback.nm_id}_{feedback.rating}_{minute:%Y-%m-%dT%H:%M}{tail}"


def page_row(feedback: Feedback, *, hours: int = 0, tail: str = "", **more: Any) -> dict[str, Any]:
    """A row of /review-statuses: the filer's page, still untouched unless told otherwise."""
    minute = feedback.written_at + timedelta(hours=hours)
    return {
        "reviewKey": key_of(feedback, hours=hours, tail=tail),
        "productId": str(feedback.nm_id),
        "rating": feedback.rating,
        "reviewDate": f"{minute:%Y-%m-%dT%H:%M}:00.000Z",
        "statuses": ["Выкуп"],
        "canSubmitComplaint": True,
        "chatStatus": "chat_available",
        "ratingExcluded": False,
        **more,
    }


def verdict_row(feedback: Feedback, status: str, *, hours: int = MOSCOW, **more: Any) -> dict[str, Any]:
    """A row of /complaint-statuses: the checker's page, in Moscow's time unless told otherwise."""
    return {
        "reviewKey": key_of(feedback, hours=hours), "status": status, "filedBy": "R5", "complaintDate": None, **more,
    }  # fmt: skip


class Desk:
    """Posts, and insists on an answer that the client takes for success; `answer=` lets it be looked at."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client

    @property
    def store_id(self) -> str:
        return str(self.world.shop.id)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(path.replace("{storeId}", self.store_id), params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.client.post(path.replace("{storeId}", self.store_id), json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def sync(self, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
        """POST /review-statuses; its `data`."""
        said = await self.post("/review-statuses", {"storeId": self.store_id, "reviews": list(rows), **more})
        found: dict[str, Any] = said["data"]
        return found

    async def check(self, *rows: dict[str, Any]) -> dict[str, Any]:
        """POST /complaint-statuses; its `data`."""
        said = await self.post("/complaint-statuses", {"storeId": self.store_id, "results": list(rows)})
        found: dict[str, Any] = said["data"]
        return found

    async def sent(self, feedback: Feedback, at: datetime | None = None) -> httpx.Response:
        body = {"sentAt": at.isoformat()} if at else {}
        return await self.client.post(f"/stores/{self.store_id}/reviews/{feedback.wb_id}/complaint/sent", json=body)

    async def opened(self, feedback: Feedback, *, chat: str = "", **context: Any) -> dict[str, Any]:
        """POST /chat/opened; all of the answer."""
        moment = f"{feedback.written_at:%Y-%m-%dT%H:%M:%S}.000Z"
        told = {"nmId": feedback.nm_id, "rating": feedback.rating, "reviewDate": moment, "reviewKey": key_of(feedback)}
        url = "https://seller.wildberries.ru/chat-with-clients" + (f"?chatId={chat}" if chat else "")
        body = {
            "storeId": self.store_id, "reviewContext": {**told, **context}, "chatUrl": url,
            "openedAt": utc_now().isoformat(), "status": "CHAT_OPENED",
        }  # fmt: skip
        found: dict[str, Any] = await self.post("/chat/opened", body)
        return found

    async def tasks(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.get("/stores/{storeId}/tasks")
        return found

    async def offered(self, kind: str = "complaints") -> set[str]:
        """reviewIds in one list of all articles."""
        articles = (await self.tasks())["articles"].values()
        return {item["reviewId"] for article in articles for item in article[kind]}

    async def backlog(self) -> dict[str, int]:
        found: dict[str, int] = (await self.tasks())["totalCounts"]
        return found

    async def stands(self, feedback: Feedback, *columns: str) -> Any:
        """One column of the standing, or a tuple of several."""
        row = await self.world.standing(feedback)
        found = tuple(row[name] for name in columns)
        return found[0] if len(found) == 1 else found

    async def history(self, feedback: Feedback) -> list[tuple[str, str, str, str]]:
        """track, from, to, source; as they happened."""
        async with self.world.database.glance() as connection:
            rows = await connection.fetch(
                "SELECT track, from_state, to_state, source FROM standing_events"
                " WHERE shop_id = $1 AND feedback_id = $2 ORDER BY at",
                *(self.world.shop.id, feedback.wb_id),
            )
        return [tuple(row) for row in rows]
