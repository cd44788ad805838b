"""Every route of the surface's own document, called with what is valid there, and a shop that others should not see."""

import hashlib
from typing import Any

import httpx

from app.accounts.models import User
from app.cabinet.states import ChatState, ComplaintState
from app.extension.build import build_api
from app.feedbacks.models import Feedback
from app.kit.db import Database, Model
from app.main import app as served_app
from tests.cabinet.world import NM, WORDS, World
from tests.contract.desk import DETAILS, Desk, key_of, page_row, verdict_row
from tests.extension.callers import Extension
from tests.factories import Make

OPEN = {"/health"}
ROUTES = [
    (method.upper(), path)
    for path, operations in build_api(served_app.state).openapi()["paths"].items()
    for method in operations
]
OF_A_RECORD = [path for _, path in ROUTES if "{chatRecordId}" in path]
OF_NO_SHOP = {"/health", "/auth/verify", "/stores", "/chat/stores"}
OF_A_SHOP = [(method, path) for method, path in ROUTES if path not in OF_NO_SHOP and "{chatRecordId}" not in path]
NAME, BUYER, TEXT = "Секретная лавка", "Тайный Покупатель", "Никому не говорите этих слов"
CHAT = "https://seller.wildberries.ru/chat?chatId=1:f0e1"


class Victim:
    """A shop with something of everything, none of which may get out or change."""

    def __init__(self, database: Database, world: World, feedback: Feedback, record: str, owner: User) -> None:
        self.database, self.world, self.feedback, self.record, self.owner = database, world, feedback, record, owner

    @property
    def secrets(self) -> list[str]:
        return [NAME, BUYER, TEXT, WORDS, CHAT, self.feedback.wb_id, str(self.owner.id)]

    async def rows(self) -> dict[str, str]:
        """A digest of all that belongs to the shop, by table."""
        found = {}
        async with self.database.glance() as connection:
            for table in Model.metadata.sorted_tables:
                if "shop_id" in table.columns or table.name == "shops":
                    column = "shop_id" if "shop_id" in table.columns else "id"
                    rows = await connection.fetch(
                        f"SELECT t::text AS row FROM {table.name} t WHERE {column} = $1 ORDER BY 1", self.world.shop.id
                    )
                    found[table.name] = hashlib.sha256("\n".join(row["row"] for row in rows).encode()).hexdigest()
        return found


async def prepare_victim(extension: Extension, database: Database, make: Make) -> Victim:
    """Something of everything in it."""
    owner = await make.user()
    shop = await make.shop(owner=owner, name=NAME)
    world = World(database, make, shop)
    await world.rule(NM)
    desk = Desk(world, await extension.client(owner))
    feedback = await world.feedback(text=TEXT, buyer_name=BUYER)
    chatted, waiting = await world.feedback(rating=4, text=TEXT), await world.feedback(text=TEXT, buyer_name=BUYER)
    await world.see(waiting, chat=ChatState.AVAILABLE, complaint=ComplaintState.REJECTED)
    record = (await desk.opened(chatted, chat="1:f0e1"))["chatRecordId"]
    await desk.sync(page_row(feedback), page_row(chatted))
    await desk.post("/complaint-details", {"storeId": desk.store_id, "complaint": {**DETAILS, "complaintText": TEXT}})
    await world.draft(feedback)
    return Victim(database, world, feedback, record, owner)


def body_of(path: str, shop_id: str, feedback: Feedback) -> Any:
    """Valid for the route, so that only the caller can be what is wrong."""
    moment = f"{feedback.written_at:%Y-%m-%dT%H:%M:%S}.000Z"
    context = {
        "nmId": feedback.nm_id, "rating": feedback.rating, "reviewDate": moment, "reviewKey": key_of(feedback),
    }  # fmt: skip
    bodies: dict[str, Any] = {
        "/review-statuses": {"storeId": shop_id, "reviews": [page_row(feedback, statuses=["Снят с публикации"])]},
        "/complaint-statuses": {"storeId": shop_id, "results": [verdict_row(feedback, "Жалоба одобрена")]},
        "/complaint-details": {"storeId": shop_id, "complaint": {**DETAILS, "fileName": "other.png"}},
        "/chat/opened": {"storeId": shop_id, "reviewContext": context, "chatUrl": "", "status": "CHAT_OPENED"},
        "/chat/{chatRecordId}/anchor": {"status": "ANCHOR_FOUND", "systemMessageText": "Чужое"},
        "/chat/{chatRecordId}/message-sent": {"status": "MESSAGE_SENT", "messageType": "A"},
        "/chat/{chatRecordId}/error": {"errorCode": "E", "errorMessage": "Чужое", "stage": "x"},
    }
    return bodies.get(path, {})


async def call(
    client: httpx.AsyncClient, method: str, path: str, victim: Victim, *, shop_id: Any = None, record: Any = None
) -> httpx.Response:
    shop_id = str(shop_id or victim.world.shop.id)
    url = path.replace("{storeId}", shop_id).replace("{reviewId}", victim.feedback.wb_id)
    url = url.replace("{chatRecordId}", str(record or victim.record))
    if method == "GET":
        return await client.get(url, params={"storeId": shop_id} if "{storeId}" not in path else None)
    return await client.request(method, url, json=body_of(path, shop_id, victim.feedback))


def assert_nothing_told(victim: Victim, answer: httpx.Response) -> None:
    assert [secret for secret in victim.secrets if secret in answer.text] == []
