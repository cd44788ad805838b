"""`dev`: a living demo shop that a newcomer can watch."""

import asyncio
from pathlib import Path

import httpx
import typer

from app.cli.demo import SELLER
from app.cli.processes import Children
from app.cli.stack import Simulator, Stack
from app.cli.users import ensure_user
from app.kit.settings import Settings

EMAIL, PASSWORD = "demo@example.com", "demo-demo-demo"
FIRST_FEEDBACKS = 300


def start(stack: Stack, children: Children, settings: Settings) -> None:
    """Everything up, the demo shop there; a second start finds it as it was."""
    state = settings.data_dir.resolve() / "simulator.json"
    fresh = not state.exists()
    arrivals = ("--arrivals-per-minute", "3", "--questions-per-minute", "0.5", "--chat-messages-per-minute", "0.5")
    stack.start_simulator(children, "--state", str(state), *arrivals)
    simulator = Simulator(stack.simulator)
    if fresh:
        simulator.order(
            "/seed", sid=SELLER, count=FIRST_FEEDBACKS, seed=1, spread_days=25, questions=40, chats=15
        )  # fmt: skip
        simulator.order("/knobs", reject_share=0.03)
    asyncio.run(ensure_user(stack.env["DATABASE_URL"], EMAIL, "Демо", PASSWORD))
    stack.env["SYNC_EVERY_MINUTES"] = "0.5"
    stack.start_product(children)
    _demo_shop(stack, simulator)


def _demo_shop(stack: Stack, simulator: Simulator) -> None:
    """Adding the same cabinet again only renews its token."""
    with httpx.Client(base_url=f"{stack.web}/api", timeout=30, trust_env=False) as http:
        login = http.post("/auth/token", json={"email": EMAIL, "password": PASSWORD}).raise_for_status().json()
        http.headers["Authorization"] = f"Bearer {login['token']}"
        body = {"token": simulator.mint_token(SELLER), "name": "Демо-магазин"}
        shop = http.post("/shops", json=body).raise_for_status().json()
        http.post(f"/feedbacks/{shop['id']}/sync").raise_for_status()


def greet(stack: Stack, settings: Settings) -> None:
    """Where to look, and how to stop."""
    logs = Path(settings.data_dir) / "logs"
    typer.echo(
        f"\nWBRM работает: {stack.web}/docs (ReDoc: {stack.web}/redoc)\n"
        f"Вход: {EMAIL} / {PASSWORD}\n"
        f"Симулятор Wildberries: {stack.simulator}/__sim/docs, журналы: {logs}\n"
        "Ctrl-C останавливает всё; данные сохраняются.\n"
    )
