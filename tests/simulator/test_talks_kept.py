"""What a state file keeps of questions, chats and pins."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic_core import to_json

from simulator import snapshot
from simulator.app import create_app
from simulator.chats.files import PIXEL
from simulator.options import Options
from tests.simulator import talks
from tests.simulator.harness import CHAT, Shop, Sim

pytestmark = pytest.mark.anyio


async def everything(shop: Shop) -> dict[str, Any]:
    """All that the seller's calls show."""
    return {
        "unanswered": await talks.questions(shop),
        "answered": await talks.questions(shop, isAnswered="true"),
        "chats": await talks.chats(shop),
        "events": await talks.events(shop),
        "pins": await talks.pins(shop),
    }


async def restarted(app: FastAPI, tmp_path: Any) -> FastAPI:
    file = tmp_path / "world.json"
    snapshot.write(app.state.world, file)
    return create_app(Options(state_file=file))


async def test_a_restart_keeps_questions_chats_files_and_pins(sim: Sim, app: FastAPI, tmp_path: Any) -> None:
    shop = await sim.shop(categories=["feedbacks", "chat"])
    await sim.order("/seed", {"sid": "shop", "count": 0, "questions": 40, "chats": 20})
    await talks.answers(shop, await talks.asked(shop))
    await talks.pin(shop, await shop.writes(text="Отлично"))
    chat_id = await talks.opened(shop)
    await sim.order("/signatures/rotate", {})
    await sim.order("/knobs", {"echo_delay": 500})
    await talks.sends(shop, await talks.sign_of(shop, chat_id), "Фото", ("a.png", PIXEL + b"tail"))
    other = await restarted(app, tmp_path)
    before = await everything(shop)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://sim") as http:
        again = Shop(Sim(http), "shop", shop.token)
        after = await everything(again)
        await again.sim.advance(500)
        echo = (await talks.events(again))[-1]
        image = echo["message"]["attachments"]["images"][0]
        content = (await again.call("GET", f"{CHAT}/download/{image['downloadID']}")).content
        summary = await again.sim.ask("/summary", sid="shop")

    assert before == after
    assert (echo["message"]["text"], content) == ("Фото", PIXEL + b"tail")
    assert (summary["messages_applied"], summary["question_answers_applied"], summary["pins"]) == (1, 1, 1)


async def test_a_file_from_before_there_were_chats_is_still_read(sim: Sim, app: FastAPI, tmp_path: Any) -> None:
    shop = await sim.shop(categories=["feedbacks", "chat"])
    wb_id = await shop.writes(text="Отлично")
    saved = json.loads(to_json(snapshot.dump(app.state.world)))
    for name in ("asking", "talking", "questions", "questions_gone", "room", "board"):
        del saved["sellers"][0][name]

    app.state.world.reset()
    snapshot.load(app.state.world, saved)

    assert await shop.listed() == [wb_id]
    assert await talks.chats(shop) == {}


async def test_a_large_history_is_seeded_in_seconds(sim: Sim) -> None:
    shop = await sim.shop(categories=["feedbacks", "chat"])

    counts = await sim.order("/seed", {"sid": "shop", "count": 0, "questions": 10_000, "chats": 3000})

    assert (counts["questions"], counts["chats"], counts["added"]) == (10_000, 3000, 0)
    assert 12_000 < counts["events"] < 25_000
    answered = await talks.questions(shop, isAnswered="true")
    assert len(answered) + len(await talks.questions(shop)) == 10_000
    assert 2800 < len(await talks.chats(shop)) < 3000
