"""A hand on the simulator: its control API, and one seller's calls."""

from typing import Any

import httpx

FEEDBACKS = "/feedbacks-api/api/v1/feedbacks"
QUESTIONS = "/feedbacks-api/api/v1/questions"
PINS = "/feedbacks-api/api/feedbacks/v1/pins"
CHAT = "/buyer-chat-api/api/v1/seller"
DAY = 86_400


class Sim:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def order(self, path: str, body: Any = None) -> Any:
        answer = await self.http.post(f"/__sim{path}", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, path: str, /, **params: Any) -> Any:
        answer = await self.http.get(f"/__sim{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def advance(self, seconds: float) -> None:
        await self.order("/clock/advance", {"seconds": seconds})

    async def shop(self, sid: str = "shop", **order: Any) -> "Shop":
        minted = await self.order("/tokens", {"sid": sid, **order})
        return Shop(self, sid, minted["token"])

    async def ledger(self, **wanted: Any) -> list[dict[str, Any]]:
        return list((await self.ask("/ledger", **wanted))["entries"])


class Shop:
    """Never hits its own rate limit by accident: `call` waits virtually before each call."""

    def __init__(self, sim: Sim, sid: str, token: str) -> None:
        self.sim, self.sid, self.token = sim, sid, token

    async def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        await self.sim.advance(1)
        return await self.hurry(method, path, **kwargs)

    async def hurry(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return await self.sim.http.request(method, path, headers=headers, **kwargs)

    async def writes(self, **feedback: Any) -> str:
        """A buyer does."""
        ids = (await self.sim.order("/feedbacks", {"sid": self.sid, "feedbacks": [feedback]}))["ids"]
        return str(ids[0])

    async def listed(self, **params: Any) -> list[str]:
        query = {"isAnswered": "false", "take": 5000, "skip": 0, "order": "dateAsc"} | params
        answer = await self.call("GET", FEEDBACKS, params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["data"]["feedbacks"]]

    async def archive(self) -> list[str]:
        answer = await self.call("GET", f"{FEEDBACKS}/archive", params={"take": 5000, "skip": 0})
        return [item["id"] for item in answer.json()["data"]["feedbacks"]]

    async def get(self, wb_id: str) -> dict[str, Any]:
        answer = await self.call("GET", "/feedbacks-api/api/v1/feedback", params={"id": wb_id})
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    async def answers(self, wb_id: str, text: str = "Спасибо!") -> httpx.Response:
        return await self.call("POST", f"{FEEDBACKS}/answer", json={"id": wb_id, "text": text})

    async def edits(self, wb_id: str, text: str = "Исправлено.") -> httpx.Response:
        return await self.call("PATCH", f"{FEEDBACKS}/answer", json={"id": wb_id, "text": text})
