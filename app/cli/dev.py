"""`dev`: a living demo shop that a newcomer can watch."""

import asyncio
import time
from pathlib import Path

import typer

from app.cli.cabinet_demo import RULES
from app.cli.client import Api
from app.cli.demo import SELLER
from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.cli.users import ensure_user
from app.kit.settings import Settings

EMAIL, PASSWORD = "demo@example.com", "demo-demo-demo"
FIRST_FEEDBACKS = 300
SYNCED_WITHIN = 30.0


def start(stack: Stack, children: Children, settings: Settings) -> None:
    """Everything up, the demo shop there; a second start finds it as it was."""
    state = settings.data_dir.resolve() / "simulator.json"
    fresh = not state.exists()
    arrivals = ("--arrivals-per-minute", "3", "--questions-per-minute", "0.5", "--chat-messages-per-minute", "0.5")
    stack.start_simulator(children, "--state", str(state), *arrivals)
    simulator = Simulator(stack.simulator)
    if fresh:
        simulator.order(
            "/seed", sid=SELLER, count=FIRST_FEEDBACKS, seed=1, spread_days=25, questions=40, chats=15, offending=0.5
        )  # fmt: skip
        simulator.order("/knobs", reject_share=0.03)
    asyncio.run(ensure_user(stack.env["DATABASE_URL"], EMAIL, "Демо", PASSWORD))
    stack.env["SYNC_EVERY_MINUTES"] = "0.5"
    stack.start_product(children)
    _demo_shop(stack, simulator)


def _demo_shop(stack: Stack, simulator: Simulator) -> None:
    """Adding the same cabinet again only renews its token."""
    api = Api(stack.web)
    api.authorize(api.post("/auth/token", email=EMAIL, password=PASSWORD)["token"])
    shop = api.post("/shops", token=simulator.mint_token(SELLER), name="Демо-магазин")["id"]
    job = api.post(f"/feedbacks/{shop}/sync")["id"]
    deadline = time.monotonic() + SYNCED_WITHIN
    while api.get(f"/jobs/{job}")["state"] not in ("done", "failed") and time.monotonic() < deadline:
        time.sleep(0.25)
    _set_going(api, shop)


def _set_going(api: Api, shop: str) -> None:
    """A product whose rule somebody has made, even if only to stop it, keeps that rule."""
    products = api.all(f"/products/{shop}")
    unruled = [product["nm_id"] for product in products if product["rule"]["updated_at"] is None]
    if unruled:
        api.post(f"/products/{shop}/bulk", target={"nm_ids": unruled}, change=RULES)


def greet(stack: Stack, settings: Settings) -> None:
    """Where to look, and how to stop."""
    logs = Path(settings.data_dir) / "logs"
    typer.echo(
        f"\nWBRM работает: {stack.web}/docs (ReDoc: {stack.web}/redoc)\n"
        f"Вход: {EMAIL} / {PASSWORD}\n"
        f"Токен для расширения браузера: POST {stack.web}/api/tokens, что оно может: {stack.web}/api/extension/docs\n"
        f"Симулятор Wildberries: {stack.simulator}/__sim/docs, журналы: {logs}\n"
        "Ctrl-C останавливает всё; данные сохраняются.\n"
    )
