"""`demo`: the main job over HTTP from an empty database, bounded in time, judged by the simulator's own ledger."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

from app.cli.cabinet_demo import CabinetDemo, Complaints
from app.cli.client import Api
from app.cli.stack import Simulator
from app.cli.talks import Talks
from app.kit.clock import utc_now

SELLER = str(uuid5(UUID(int=0), "wbrm-demo"))
COUNTED_TO = 10_000
RATINGS = {5: 0.7, 4: 0.1, 3: 0.07, 2: 0.05, 1: 0.08}
"""Less happy than most shops, so that there is something to complain about."""
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
    questions_synced: int
    questions_approved: int
    questions_verified: int
    questions_moderated_away: int
    question_duplicates: int
    chats_synced: int
    messages_asked: int
    messages_sent: int
    message_duplicates: int
    complaints: Complaints

    @property
    def good(self) -> bool:
        """Everything approved stands at Wildberries, once, but for what its moderation rejected; so do complaints."""
        done = self.verified == self.approved - self.moderated_away
        done &= self.questions_verified == self.questions_approved - self.questions_moderated_away
        done &= self.messages_sent == self.messages_asked
        done &= self.complaints.good
        twice = self.duplicates + self.question_duplicates + self.message_duplicates
        return done and twice == 0 and not self.timed_out

    def as_json(self) -> str:
        """One object on one line."""
        return json.dumps(asdict(self))


class Demo:
    """Drives the product as an API user would."""

    def __init__(
        self, web: str, simulator: Simulator, *, speed: float, timeout: float, say: Callable[[str], None]
    ) -> None:
        self.web, self.api = web, Api(web)
        self.simulator = simulator
        self.speed = speed
        self.say = say
        self.started = time.monotonic()
        self.deadline = self.started + timeout
        self.shop = ""

    def run(self, *, email: str, password: str) -> Result:
        """Log in, add the shop, sync, draft, approve, wait until Wildberries has shown or rejected everything."""
        token = self.api.post("/auth/token", email=email, password=password)["token"]
        self.api.authorize(token)
        self.shop = self.api.post("/shops", token=self.simulator.mint_token(SELLER))["id"]
        self._sync()
        cabinet = CabinetDemo.start(self.api, self.web, self.shop, self._wait)
        self._draft()
        approved = self._approve()
        talks = Talks(self.api, self.shop, self._wait)
        asked = talks.answer_questions()
        sent = talks.write_to_chats()
        settled = cabinet.file_and_check()
        settled &= self._wait("verified", lambda: self._views_sum(OPEN_STATES) == 0)
        settled &= talks.wait_until_settled()
        complaints = cabinet.result()
        self.say(str(complaints))
        return self._result(approved, asked=asked, sent=sent, talks=talks, complaints=complaints, timed_out=not settled)

    def _sync(self) -> None:
        job = self.api.post(f"/feedbacks/{self.shop}/sync")
        self._wait("synced", lambda: self.api.get(f"/jobs/{job['id']}")["state"] in ("done", "failed"))

    def _draft(self) -> None:
        """Recent ones are drafted by themselves; older ones are asked for, as a person would."""
        self._wait("drafted", self._drafting_rests)
        for feedback in self.api.all(f"/feedbacks/{self.shop}", answered="no", no_reply_yet=True):
            self.api.post(f"/feedbacks/{self.shop}/{feedback['wb_id']}/draft")
        self._wait("drafted", lambda: self._views()["waiting"] == 0)

    def _drafting_rests(self) -> bool:
        jobs = self.api.get("/jobs", shop_id=self.shop, limit=200)
        return not any(job["kind"] == "FeedbacksArrived" and job["state"] in ("queued", "running") for job in jobs)

    def _approve(self) -> int:
        approved = 0
        for feedback in self.api.all(f"/feedbacks/{self.shop}", state="draft"):
            reply = feedback["reply"]
            if not reply["needs_human"]:
                path = f"/feedbacks/{self.shop}/{feedback['wb_id']}/publish"
                self.api.post(path, version=reply["version"])
                approved += 1
        return approved

    def _result(
        self, approved: int, *, asked: int, sent: int, talks: Talks, complaints: Complaints, timed_out: bool
    ) -> Result:
        ledger, views = self.simulator.ask("/summary", sid=SELLER), self._views()
        drafts = self.api.all(f"/feedbacks/{self.shop}", state="draft")
        total = self.api.get(f"/feedbacks/{self.shop}", limit=1)["total"]["count"]
        return Result(
            synced=total,
            drafted=approved + sum(1 for row in drafts if row["reply"]["text"]),
            needs_human=sum(1 for row in drafts if row["reply"]["needs_human"]),
            approved=approved,
            published=_int(ledger, "answers_applied"),
            verified=self._exactly(views, "published"),
            rejected=self._exactly(views, "rejected"),
            duplicates=_int(ledger, "duplicates"),
            wb_calls=_int(ledger, "calls"),
            over_budget=_int(ledger, "over_budget"),
            seconds=round(time.monotonic() - self.started, 1),
            speed=self.speed,
            timed_out=timed_out,
            moderated_away=_int(ledger, "rejected"),
            questions_synced=talks.questions_synced,
            questions_approved=asked,
            questions_verified=talks.questions_verified(),
            questions_moderated_away=_int(ledger, "questions_turned_down"),
            question_duplicates=_int(ledger, "question_duplicates"),
            chats_synced=talks.chats_synced,
            messages_asked=sent,
            messages_sent=talks.messages_sent(),
            message_duplicates=_int(ledger, "message_duplicates"),
            complaints=complaints,
        )

    def _exactly(self, views: dict[str, int], state: str) -> int:
        """The API stops counting at ten thousand; the demonstration must not."""
        counted = views[state]
        return counted if counted < COUNTED_TO else len(self.api.all(f"/feedbacks/{self.shop}", state=state))

    def _wait(self, what: str, done: Callable[[], bool]) -> bool:
        while time.monotonic() < self.deadline:
            if done():
                self.say(f"{what}: {time.monotonic() - self.started:.1f} s")
                return True
            time.sleep(0.25)
        self.say(f"{what}: out of time")
        return False

    def _views(self) -> dict[str, int]:
        page = self.api.get(f"/feedbacks/{self.shop}", limit=1, counts=True)
        return {view: count["count"] for view, count in page["views"].items()}

    def _views_sum(self, states: tuple[str, ...]) -> int:
        views = self._views()
        return sum(views[state] for state in states)


def seed(simulator: Simulator, *, feedbacks: int, questions: int, chats: int, file: Path | None) -> None:
    """Believable feedbacks, questions and chats by a fixed seed, or the feedbacks of a file in WB's own shape."""
    if file is None:
        simulator.order(
            "/seed", sid=SELLER, count=feedbacks, seed=1, spread_days=20, answered=0.05, archived=0, rating_only=0.2,
            ratings=RATINGS, offending=0.5, questions=questions, questions_answered=0.1, chats=chats,
        )  # fmt: skip
        return
    rows = json.loads(file.read_text())
    for minutes, row in enumerate(rows, start=1):
        # The simulator's clock may run ahead of ours: what it calls now, a sync would call tomorrow.
        row.setdefault("createdDate", (utc_now() - timedelta(minutes=minutes)).isoformat())
    simulator.order("/feedbacks", sid=SELLER, feedbacks=rows)


def _int(found: dict[str, object], name: str) -> int:
    return int(str(found[name]))
