"""The processes of a whole WBRM on this machine: simulator, web, worker, with settings that fit together."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from app.cli.processes import Children, free_port
from app.kit.postgres import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where everything is, and the environment that all children share."""

    web: str
    simulator: str
    env: dict[str, str]

    @classmethod
    def plan(cls, database_url: str, *, web_port: int, simulator_port: int, speed: float, data_dir: Path) -> "Stack":
        """Ports that are taken are replaced by free ones."""
        web = f"http://127.0.0.1:{free_port(web_port)}"
        simulator = f"http://127.0.0.1:{free_port(simulator_port)}"
        env = {
            "DATABASE_URL": plain(database_url),
            "DATA_DIR": str(data_dir),
            "PUBLIC_URL": web,
            "WB_FEEDBACKS_URL": f"{simulator}/feedbacks-api",
            "WB_COMMON_URL": f"{simulator}/common-api",
            "WB_CONTENT_URL": f"{simulator}/content-api",
            "WB_CHAT_URL": f"{simulator}/buyer-chat-api",
            "WB_SPEED": str(speed),
        }
        return cls(web=web, simulator=simulator, env=env)

    def start_simulator(self, children: Children, *options: str) -> None:
        """Up when it answers."""
        port = self.simulator.rsplit(":", 1)[1]
        speed = self.env["WB_SPEED"]
        children.start("simulator", "simulator", "--port", port, "--speed", speed, *options, env=self.env)
        children.wait_until_up("simulator", f"{self.simulator}/__sim/clock")

    def start_product(self, children: Children) -> None:
        """The web process and a worker; up when the web process is ready."""
        port = self.web.rsplit(":", 1)[1]
        web = ("uvicorn", "app.main:app", "--port", port, "--log-level", "warning", "--no-access-log")
        children.start("web", *web, env=self.env)
        children.start("worker", "app.worker.main", env=self.env)
        children.wait_until_up("web", f"{self.web}/api/health")


class Simulator:
    """The simulator's control API, as the commands use it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/__sim", timeout=60, trust_env=False)

    def order(self, path: str, **body: object) -> dict[str, object]:
        """POST; raises when the simulator refuses."""
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def ask(self, path: str, **params: str) -> dict[str, object]:
        """GET; raises when the simulator refuses."""
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def mint_token(self, seller_id: str) -> str:
        """A personal token for feedbacks, chats and cards, good for half a year."""
        made = self.order("/tokens", sid=seller_id, kind="personal", categories=["feedbacks", "chat", "content"])
        return str(made["token"])
