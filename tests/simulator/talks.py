"""What a shop does besides feedbacks: questions, chats, pins."""

from typing import Any

import httpx

from tests.simulator.harness import CHAT, PINS, QUESTIONS, Shop, Sim

Json = dict[str, Any]


async def asked(shop: Shop, **question: Any) -> str:
    """A buyer asks."""
    ids = (await shop.sim.order("/questions", {"sid": shop.sid, "questions": [question]}))["ids"]
    return str(ids[0])


async def question(shop: Shop, wb_id: str) -> Json:
    answer = await shop.call("GET", "/feedbacks-api/api/v1/question", params={"id": wb_id})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


async def questions(shop: Shop, **params: Any) -> list[str]:
    query = {"isAnswered": "false", "take": 10_000, "skip": 0, "order": "dateAsc"} | params
    answer = await shop.call("GET", QUESTIONS, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]["questions"]]


async def patch(shop: Shop, **body: Any) -> httpx.Response:
    return await shop.call("PATCH", QUESTIONS, json=body)


async def answers(shop: Shop, wb_id: str, text: str = "Да, подойдёт.") -> httpx.Response:
    return await patch(shop, id=wb_id, answer={"text": text}, state="wbRu")


async def rejects(shop: Shop, wb_id: str, text: str = "Вопрос не о товаре.") -> httpx.Response:
    return await patch(shop, id=wb_id, answer={"text": text}, state="none")


async def chat_shop(sim: Sim, **order: Any) -> Shop:
    return await sim.shop(categories=["chat"], **order)


async def opened(shop: Shop, **chat: Any) -> str:
    """A chat with one line of the buyer."""
    chat_id = str((await shop.sim.order("/chats", {"sid": shop.sid, "chats": [chat]}))["ids"][0])
    await says(shop, chat_id, text="Здравствуйте!")
    return chat_id


async def says(shop: Shop, chat_id: str, **line: Any) -> Json:
    return dict(await shop.sim.order(f"/chats/{chat_id}/client-message", line))


async def chats(shop: Shop) -> dict[str, Json]:
    answer = await shop.call("GET", f"{CHAT}/chats")
    assert answer.status_code == 200, answer.text
    return {chat["chatID"]: chat for chat in answer.json()["result"]}


async def page(shop: Shop, cursor: int | None = None) -> Json:
    answer = await shop.call("GET", f"{CHAT}/events", params={} if cursor is None else {"next": cursor})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["result"])


async def events(shop: Shop, cursor: int | None = None) -> list[Json]:
    """All pages as WB's document says: until one is empty."""
    seen: list[Json] = []
    while (found := await page(shop, cursor))["totalEvents"]:
        seen += found["events"]
        cursor = found["next"]
    return seen


async def sends(shop: Shop, sign: str, text: str | None = None, *files: tuple[str, bytes]) -> httpx.Response:
    """Multipart even without a file."""
    parts: list[tuple[str, Any]] = [("replySign", (None, sign))]
    parts += [("message", (None, text))] if text is not None else []
    parts += [("file", (name, content)) for name, content in files]
    return await shop.call("POST", f"{CHAT}/message", files=parts)


async def sign_of(shop: Shop, chat_id: str) -> str:
    return str((await chats(shop))[chat_id]["replySign"])


async def pins(shop: Shop, **params: Any) -> list[Json]:
    answer = await shop.call("GET", PINS, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def pin(shop: Shop, *wb_ids: str, method: str = "subscription", place: str = "nm") -> list[Json]:
    body = [{"pinMethod": method, "pinOn": place, "feedbackId": wb_id} for wb_id in wb_ids]
    answer = await shop.call("POST", PINS, json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])
