"""`demo`: the main job over HTTP from an empty database, bounded in time, judged by the simulator's own ledger."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx

from app.cli.stack import Simulator

SELLER = str(uuid5(UUID(int=0), "wbrm-demo"))
OPEN_STATES = ("approved", "publishing", "sent", "on_moderation", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the command prints; `moderated_away` is what the simulator's moderation rejected."""

    synced: int
    drafted: int
    needs_human: int
    approved: int
    published: int
    verified: int
    rejected: int
    duplicates: int
    wb_calls: int
    over_budget: int
    seconds: float
    speed: float
    timed_out: bool
    moderated_away: int

    @property
    def good(self) -> bool:
        """Everything approved stands at Wildberries, once, but for what its moderation rejected."""
        done = self.verified == self.approved - self.moderated_away
        return done and self.duplicates == 0 and not self.timed_out

    def as_json(self) -> str:
        """One object on one line."""
        return json.dumps(asdict(self))


class Demo:
    """Drives the product as an API user would."""

    def __init__(
        self, web: str, simulator: Simulator, *, speed: float, timeout: float, say: Callable[[str], None]
    ) -> None:
        self.http = httpx.Client(base_url=f"{web}/api", timeout=60, trust_env=False)
        self.simulator = simulator
        self.speed = speed
        self.say = say
        self.started = time.monotonic()
        self.deadline = self.started + timeout
        self.shop = ""

    def run(self, *, email: str, password: str) -> Result:
        """Log in, add the shop, sync, draft, approve, wait until Wildberries has shown or rejected everything."""
        token = self._post("/auth/token", email=email, password=password)["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.shop = self._post("/shops", token=self.simulator.mint_token(SELLER))["id"]
        self._sync()
        self._draft()
        approved = self._approve()
        timed_out = not self._wait("verified", lambda: self._views_sum(OPEN_STATES) == 0)
        return self._result(approved, timed_out=timed_out)

    def _sync(self) -> None:
        job = self._post(f"/feedbacks/{self.shop}/sync")
        self._wait("synced", lambda: self._get(f"/jobs/{job['id']}")["state"] in ("done", "failed"))

    def _draft(self) -> None:
        """Recent ones are drafted by themselves; older ones are asked for, as a person would."""
        self._wait("drafted", self._drafting_rests)
        for feedback in self._all(answered="no", no_reply_yet=True):
            self._post(f"/feedbacks/{self.shop}/{feedback['wb_id']}/draft")
        self._wait("drafted", lambda: self._views()["waiting"] == 0)

    def _drafting_rests(self) -> bool:
        jobs = self._get("/jobs", shop_id=self.shop, limit=200)
        return not any(job["kind"] == "FeedbacksArrived" and job["state"] in ("queued", "running") for job in jobs)

    def _approve(self) -> int:
        approved = 0
        for feedback in self._all(state="draft"):
            reply = feedback["reply"]
            if not reply["needs_human"]:
                path = f"/feedbacks/{self.shop}/{feedback['wb_id']}/publish"
                self._post(path, version=reply["version"])
                approved += 1
        return approved

    def _result(self, approved: int, *, timed_out: bool) -> Result:
        ledger, views = self.simulator.ask("/summary", sid=SELLER), self._views()
        drafts = self._all(state="draft")
        total = self._get(f"/feedbacks/{self.shop}", limit=1)["total"]["count"]
        return Result(
            synced=total,
            drafted=approved + sum(1 for row in drafts if row["reply"]["text"]),
            needs_human=sum(1 for row in drafts if row["reply"]["needs_human"]),
            approved=approved,
            published=_int(ledger, "answers_applied"),
            verified=views["published"],
            rejected=views["rejected"],
            duplicates=_int(ledger, "duplicates"),
            wb_calls=_int(ledger, "calls"),
            over_budget=_int(ledger, "over_budget"),
            seconds=round(time.monotonic() - self.started, 1),
            speed=self.speed,
            timed_out=timed_out,
            moderated_away=_int(ledger, "rejected"),
        )

    def _wait(self, what: str, done: Callable[[], bool]) -> bool:
        while time.monotonic() < self.deadline:
            if done():
                self.say(f"{what}: {time.monotonic() - self.started:.1f} s")
                return True
            time.sleep(0.25)
        self.say(f"{what}: out of time")
        return False

    def _views(self) -> dict[str, int]:
        page = self._get(f"/feedbacks/{self.shop}", limit=1, counts=True)
        return {view: count["count"] for view, count in page["views"].items()}

    def _views_sum(self, states: tuple[str, ...]) -> int:
        views = self._views()
        return sum(views[state] for state in states)

    def _all(self, **filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self._get(f"/feedbacks/{self.shop}", limit=100, **filters, **more)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def _get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, **body: Any) -> Any:
        answer = self.http.post(path, json=body or None)
        answer.raise_for_status()
        return answer.json()


def seed(simulator: Simulator, *, feedbacks: int, file: Path | None) -> None:
    """Believable feedbacks by a fixed seed, or the ones of a file in WB's own shape."""
    if file is None:
        simulator.order(
            "/seed", sid=SELLER, count=feedbacks, seed=1, spread_days=20, answered=0.05, archived=0, rating_only=0.2
        )
        return
    rows = json.loads(file.read_text())
    simulator.order("/feedbacks", sid=SELLER, feedbacks=rows)


def _int(found: dict[str, object], name: str) -> int:
    return int(str(found[name]))
