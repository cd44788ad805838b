"""What a page of a feedback shows, in its own words, and what that says to the gate."""

from datetime import datetime
from typing import NamedTuple

from app.cabinet.gate import Observation
from app.cabinet.matching import FeedbackKey
from app.cabinet.states import Source
from app.cabinet.words import chat_of, facts_of


class Shown(NamedTuple):
    """What stands beside a feedback; the pages of a hundred feedbacks repeat a few of these."""

    statuses: tuple[str, ...] = ()
    can_submit: bool = False
    chat_status: str | None = None
    rating_excluded: bool = False

    @property
    def offers_complaint(self) -> bool:
        """A page that names a complaint has no button for another, whatever the build says."""
        return self.can_submit and facts_of(self.statuses).complaint is None

    def observation(self, *, read_at: datetime, actor: str) -> Observation:
        """For the gate."""
        facts = facts_of(self.statuses)
        return Observation(
            source=Source.FILER,
            observed_at=read_at,
            is_page=True,
            complaint=facts.complaint,
            chat=chat_of(self.chat_status),
            visibility=facts.visibility,
            purchase=facts.purchase,
            supplemented=facts.supplemented,
            rating_excluded=self.rating_excluded,
            can_submit=self.offers_complaint,
            actor=actor,
            raw="; ".join(self.statuses),
        )


class PageReading(NamedTuple):
    """One row of a page; `missing` when the page did not have it, and nothing else is meant."""

    key: FeedbackKey
    shown: Shown = Shown()
    feedback_date: str = ""
    missing: bool = False
