"""Complaints by the model that also writes replies; what it says is only a claim until it is checked."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from app.complaints.ports import Claim, ComplaintRequest, MalformedClaim
from app.complaints.wording import opened
from app.llm.complaint_prompt import COMPLAINT_SCHEMA, INSTRUCTIONS, SCHEMA_NAME, VERSION, data_message
from app.llm.openai_writer import OpenAIWriter, Spoken

REFUSED = "Модель отказалась оценивать этот отзыв."
UNEXPLAINED = "Модель не нашла нарушения."


class _Proposal(BaseModel):
    """The shape we asked for; anything else is malformed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    eligible: bool
    reason_id: int | None
    quotes: list[str]
    text: str
    why_not: str


@dataclass(frozen=True, slots=True)
class OpenAIComplaintWriter:
    """Satisfies complaints.ports.ComplaintWriter; the client stays the other writer's to close."""

    model: OpenAIWriter

    async def write_complaint(self, request: ComplaintRequest) -> Claim:
        spoken = await self.model.ask_json(
            INSTRUCTIONS, data_message(request), name=SCHEMA_NAME, schema=COMPLAINT_SCHEMA
        )
        if spoken.refused:
            return self._no(REFUSED, spoken)
        proposal = self._proposal(spoken)
        if not proposal.eligible:
            return self._no(proposal.why_not.strip() or UNEXPLAINED, spoken)
        return Claim(
            eligible=True,
            reason_id=proposal.reason_id,
            quotes=tuple(proposal.quotes),
            text=opened(proposal.text, request),
            writer=self.model.model,
            variant=f"prompt:{VERSION}",
            usage=spoken.usage,
        )

    def _proposal(self, spoken: Spoken) -> _Proposal:
        if not spoken.whole:
            raise MalformedClaim(writer=self.model.model, usage=spoken.usage)
        try:
            return _Proposal.model_validate_json(spoken.text)
        except ValidationError:
            # The cause quotes the model's answer, and answers quote buyers: it must not reach a log.
            raise MalformedClaim(writer=self.model.model, usage=spoken.usage) from None

    def _no(self, why_not: str, spoken: Spoken) -> Claim:
        return Claim(
            eligible=False,
            why_not=why_not,
            writer=self.model.model,
            variant=f"prompt:{VERSION}",
            usage=spoken.usage,
        )
