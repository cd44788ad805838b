"""Asks a writer for a complaint and checks what it says; nothing is written down here."""

from dataclasses import dataclass, field

from app.complaints.grounds import judge, nothing_to_prove
from app.complaints.ports import Claim, ComplaintWriter, MalformedClaim
from app.complaints.queries import Considered
from app.complaints.rules import RulesFirst, RulesWriter
from app.complaints.verdicts import Grounded, NoGround
from app.drafting.ports import Usage

MALFORMED_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of one feedback, and what it cost."""

    asked: Considered
    found: Grounded | NoGround
    writer: str
    usages: tuple[Usage, ...] = ()

    @property
    def feedback_id(self) -> str:
        return self.asked.request.wb_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    """`model` is None when there is no key; `recent` grows, so that one run does not repeat itself."""

    model: ComplaintWriter | None
    recent: list[str] = field(default_factory=list)

    async def propose(self, asked: Considered) -> Judged:
        """Raises what the model raises when it is away; an answer out of shape is asked for once more, then rules."""
        refusal = nothing_to_prove(asked.request)
        if refusal is not None:
            return Judged(asked=asked, found=refusal, writer="rules")
        claim, spent = await self._claim(asked)
        found = judge(claim, asked.request, self.recent)
        if isinstance(found, Grounded):
            self.recent.append(found.text)
        usages = (*spent, claim.usage) if claim.usage else spent
        return Judged(asked=asked, found=found, writer=claim.writer, usages=usages)

    async def _claim(self, asked: Considered) -> tuple[Claim, tuple[Usage, ...]]:
        rules = RulesWriter(self.recent)
        if self.model is None:
            return await rules.write_complaint(asked.request), ()
        spent: tuple[Usage, ...] = ()
        for _ in range(MALFORMED_TRIES):
            try:
                return await RulesFirst(rules, self.model).write_complaint(asked.request), spent
            except MalformedClaim as error:
                spent = (*spent, error.usage) if error.usage else spent
        return await rules.write_complaint(asked.request), spent
