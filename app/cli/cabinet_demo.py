"""The demonstration's third part: complaints, from rules and pages to verdicts, with a filing extension of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.cli.cabinet_pages import APPROVED, REJECTED, Cabinet, Line
from app.cli.client import Api
from app.cli.filer import Filer
from app.kit.clock import utc_now

SEED = 1
ROUNDS = 50
"""More than all complaints of a day need; a server that offers for ever must not keep us for ever."""
APPROVALS_AT_ONCE = 200
FILED = ("pending", "approved", "rejected", "reconsidered")
RULES = {"work_status": "active", "complaint_ratings": [1, 2, 3]}
Wait = Callable[[str, Callable[[], bool]], bool]


class FiledUnnoticed(RuntimeError):
    """A complaint that was already told as filed was taken for a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """`open` are buttons that pages showed, `filed` feedbacks complained about, `confirmed` those our API knows of."""

    pages: int
    open: int
    considered: int
    drafted: int
    no_ground: int
    approved_by_person: int
    filed: int
    filed_twice: int
    offered_again: int
    confirmed: int
    approved: int
    rejected: int
    evidence: int
    evidence_twice: int
    saved_share: float | None

    @property
    def good(self) -> bool:
        """What a person approved was filed, each once, and we know it; each piece of evidence is on the bill once."""
        known = self.filed == self.approved_by_person == self.confirmed and self.evidence == self.approved
        return known and self.filed_twice == self.offered_again == self.evidence_twice == 0

    def __str__(self) -> str:
        saved = "" if self.saved_share is None else f", {self.saved_share:.0%} of the looks for grounds saved by pages"
        return (
            f"complaints: {self.open} possible, {self.considered} considered, {self.drafted} drafted, {self.filed}"
            f" filed ({self.filed_twice} twice), {self.approved} approved, {self.rejected} rejected{saved}"
        )


class CabinetDemo:
    """Drives rules, drafts and approvals as an API user would, and the cabinet as an extension does."""

    def __init__(self, api: Api, shop: str, wait: Wait, *, filer: Filer, cabinet: Cabinet) -> None:
        self.api, self.wait = api, wait
        self.complaints = f"/complaints/{shop}"
        self.filer, self.cabinet = filer, cabinet
        self.open, self.stale = cabinet.open, cabinet.pages()
        self.filed: list[Line] = []
        self.known: set[str] = set()
        """Keys of complaints that the server was told of, in one way or another."""
        self.pages = self.approved = self.offered_again = 0

    @classmethod
    def start(cls, api: Api, web: str, shop: str, wait: Wait) -> "CabinetDemo":
        """Rules for all products and a token for the extension, which reports what the pages show."""
        api.post(f"/products/{shop}/bulk", target={"matching": {}}, change=RULES)
        filer = Filer(web, api.post("/tokens", label="Демонстрация")["secret"], shop)
        cabinet = Cabinet(api.all(f"/feedbacks/{shop}", rating=[1, 2, 3, 4]), seed=SEED)
        demo = cls(api, shop, wait, filer=filer, cabinet=cabinet)
        demo.report_pages()
        return demo

    def report_pages(self) -> None:
        """As they are now; what can be complained about is considered from then on."""
        for page in self.cabinet.pages():
            self._report(page, read_at=utc_now())

    def file_and_check(self) -> bool:
        """The whole round as shipped extensions go it, the late page and lost news included; False: out of time."""
        considered = self.wait("complaints considered", lambda: self._tab("candidates") == 0)
        self.approved = self._approve()
        self._file_all()
        for page in self.stale:
            self._report(page)
        self._file_all()
        self.report_pages()
        self.known.update(line.key for line in self.filed)
        self._file_all()
        self._check()
        return considered

    def _report(self, page: list[dict[str, Any]], *, read_at: datetime | None = None) -> None:
        self.filer.report_page(page, read_at=read_at)
        self.pages += 1

    def _approve(self) -> int:
        drafts = self.api.all(self.complaints, tab="to_approve")
        wishes = [{"wb_id": each["wb_id"], "version": each["version"]} for each in drafts]
        approved = 0
        for start in range(0, len(wishes), APPROVALS_AT_ONCE):
            done = self.api.post(f"{self.complaints}/approve", items=wishes[start : start + APPROVALS_AT_ONCE])
            approved += sum(1 for each in done["items"] if each["error"] is None)
        return approved

    def _file_all(self) -> None:
        """Until nothing is offered but that of which the news was lost: its page has no button any more."""
        for _ in range(ROUNDS):
            lost = {line.key for line in self.filed} - self.known
            offered = [task for task in self.filer.complaints() if task["reviewKey"] not in lost]
            if not offered:
                return
            for task in offered:
                self._file(task)

    def _file(self, task: dict[str, Any]) -> None:
        """Whatever is offered is filed; the first is told twice, the news of the second is lost."""
        key, words = task["reviewKey"], task["complaintText"]
        line = self.cabinet.press(key, reason=words["reasonName"], words=words["complaintText"])
        if line.presses > 1:
            self.offered_again += 1
            return
        self.filed.append(line)
        if len(self.filed) == 2:
            return
        self.filer.sent(line.wb_id)
        self.known.add(key)
        if len(self.filed) == 1 and self.filer.sent(line.wb_id):
            raise FiledUnnoticed(key)

    def _check(self) -> None:
        """Two of three are approved; the evidence of the first arrives twice."""
        for place, line in enumerate(self.filed):
            line.labels = (REJECTED, "Виден") if place % 3 == 1 else (APPROVED, "Снят с публикации")
        self.filer.report_verdicts(self.filed)
        approved = [line for line in self.filed if APPROVED in line.labels]
        for line in [*approved[:1], *approved]:
            self.filer.report_evidence(line)

    def result(self) -> Complaints:
        """What came of it by our own API, but for the pressed buttons."""
        states = [self.api.get(f"{self.complaints}/{line.wb_id}")["complaint"]["state"] for line in self.filed]
        stats = self.api.get(f"{self.complaints}/stats")
        bill = [(each["articul"], each["file_name"]) for each in self.api.all(f"{self.complaints}/evidence")]
        return Complaints(
            pages=self.pages,
            open=self.open,
            considered=stats["drafted"] + stats["no_ground"],
            drafted=stats["drafted"],
            no_ground=stats["no_ground"],
            approved_by_person=self.approved,
            filed=len(self.filed),
            filed_twice=sum(1 for line in self.filed if line.presses > 1),
            offered_again=self.offered_again,
            confirmed=sum(1 for state in states if state in FILED),
            approved=states.count("approved"),
            rejected=states.count("rejected"),
            evidence=len(set(bill)),
            evidence_twice=len(bill) - len(set(bill)),
            saved_share=stats["savings"]["share"],
        )

    def _tab(self, name: str) -> int:
        return int(self.api.get(self.complaints, limit=1)["tabs"][name]["count"])
