"""The simulator's process, and one seller's cabinet in it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.cli.processes import Children, free_port
from app.kit.settings import Settings

SPEED = 50


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """A process of its own, fifty times faster than the world."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Children(folder, quiet=True) as children:
        children.start("simulator", "simulator", "--port", str(port), "--speed", str(SPEED), env={})
        children.wait_until_up("simulator", f"{url}/__sim/clock")
        yield url


def pointed_at(url: str, settings: Settings) -> Settings:
    """The same settings with this simulator for Wildberries."""
    hosts = {f"wb_{name}_url": f"{url}/{name}-api" for name in ("feedbacks", "common", "content")}
    return settings.model_copy(update={**hosts, "wb_speed": SPEED})


class Cabinet:
    """By the control API."""

    def __init__(self, http: httpx.AsyncClient, sid: str, token: str) -> None:
        self.http, self.sid, self.token = http, sid, token

    async def order(self, path: str, body: Any) -> Any:
        answer = await self.http.post(f"/__sim{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def writes(self, **feedback: Any) -> str:
        """A buyer does."""
        made = await self.order("/feedbacks", {"sid": self.sid, "feedbacks": [{"text": "Отлично", **feedback}]})
        return str(made["ids"][0])

    async def fault(self, **fault: Any) -> None:
        await self.order("/faults", [{"times": 1, "path": "pins", **fault}])

    async def called(self, method: str) -> list[dict[str, Any]]:
        wanted = {"sid": self.sid, "method": method, "path": "pins", "limit": "1000"}
        return list((await self.http.get("/__sim/ledger", params=wanted)).json()["entries"])

    async def hands(self, method: str, path: str, body: Any) -> None:
        """Somebody else's program with the same token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def cabinet(url: str, **token: Any) -> AsyncIterator[Cabinet]:
    """A new seller in an emptied world."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        await http.post("/__sim/reset", json={})
        minted = (await http.post("/__sim/tokens", json=token)).json()
        yield Cabinet(http, minted["sid"], minted["token"])
