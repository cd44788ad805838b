"""The one place that decides what an observation changes, whoever made it.

Stale observations are the normal path: the filing extension says «sent» and «opened» before it reports the page that it
had read earlier. So nothing is ever undone because something is absent, and a filed complaint is filed for ever.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from app.cabinet.states import ChatState, ComplaintState, FiledBy, Purchase, Source, Visibility

_GONE = frozenset({Visibility.EXCLUDED, Visibility.UNPUBLISHED, Visibility.HIDDEN, Visibility.DELETED})
VERDICTS = frozenset({ComplaintState.APPROVED, ComplaintState.REJECTED, ComplaintState.RECONSIDERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stands of a feedback now, as far as observations may change it."""

    complaint: ComplaintState = ComplaintState.NONE
    complaint_at: datetime | None = None
    filed_by: FiledBy | None = None
    filed_at: datetime | None = None
    verdict_at: datetime | None = None
    conflict: str | None = None
    ready: bool = False
    chat: ChatState = ChatState.UNKNOWN
    chat_at: datetime | None = None
    visibility: Visibility = Visibility.UNKNOWN
    purchase: Purchase = Purchase.UNKNOWN
    supplemented: bool = False
    rating_excluded: bool = False
    can_submit: bool | None = None
    page_read_at: datetime | None = None
    read_again: bool = False
    not_found: int = 0
    cooling: bool = False
    cool_until: datetime | None = None

    @property
    def resolved(self) -> bool:
        """Nothing is left to be done about it, and its chats close; `models.RESOLVED` in Python."""
        return self.complaint is ComplaintState.APPROVED or self.visibility in _GONE or self.rating_excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a source says; None says nothing. A page (`is_page`) tells all it shows, and makes the feedback read."""

    source: Source
    observed_at: datetime
    is_page: bool = False
    complaint: ComplaintState | None = None
    filed_by: FiledBy | None = None
    filed_at: datetime | None = None
    chat: ChatState | None = None
    visibility: Visibility | None = None
    purchase: Purchase | None = None
    supplemented: bool = False
    rating_excluded: bool | None = None
    can_submit: bool | None = None
    actor: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A line for the history; track is complaint, chat or conflict."""

    track: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Advance:
    """What stands afterwards, and what the history says of it."""

    known: Known
    changes: list[Change] = field(default_factory=list)


def advance(known: Known, seen: Observation) -> Advance:
    """Feeds one observation to both machines, complaint and chat, and to the facts around them."""
    if seen.is_page and known.page_read_at is not None and seen.observed_at < known.page_read_at:
        return Advance(known)
    changes: list[Change] = []
    after = _advance_chat(_advance_complaint(known, seen, changes), seen, changes)
    after = _learn_facts(after, seen)
    if seen.is_page and (after is not known or known.page_read_at is None):
        after = replace(after, page_read_at=seen.observed_at)
    return Advance(after, changes)


def _advance_complaint(known: Known, seen: Observation, changes: list[Change]) -> Known:
    wanted, state = seen.complaint, known.complaint
    if wanted is None:
        return known
    if wanted is state:
        return _confirm(known, seen)
    if _contradicts(known, seen):
        if known.conflict == wanted:
            return known
        changes.append(Change("conflict", state, wanted))
        return replace(known, conflict=wanted.value)
    if not _may_move(known, seen):
        return _note_filing(known, seen)
    changes.append(Change("complaint", state, wanted))
    return _moved(known, seen, wanted)


def _may_move(known: Known, seen: Observation) -> bool:
    """Forward from any source; a draft may also be taken back, which only we do ourselves."""
    state, wanted = known.complaint, seen.complaint
    assert wanted is not None
    if wanted is ComplaintState.NONE:
        return state is ComplaintState.DRAFT and seen.source in (Source.PERSON, Source.SYSTEM)
    if wanted is ComplaintState.DRAFT:
        return state is ComplaintState.NONE and seen.source in (Source.PERSON, Source.SYSTEM)
    if wanted.rank != state.rank:
        return wanted.rank > state.rank
    if wanted is ComplaintState.APPROVED:
        return not _older(seen.observed_at, known.complaint_at)
    return seen.source is Source.CHECKER and _later(seen.observed_at, known.complaint_at)


def _contradicts(known: Known, seen: Observation) -> bool:
    """«Rejected» after «approved» moves the state only by a later look of the checker; else a person decides."""
    return (
        known.complaint is ComplaintState.APPROVED
        and seen.complaint is ComplaintState.REJECTED
        and not _may_move(known, seen)
        and not _older(seen.observed_at, known.complaint_at)
    )


def _moved(known: Known, seen: Observation, wanted: ComplaintState) -> Known:
    filed = wanted.filed
    at = seen.observed_at if known.complaint_at is None else max(seen.observed_at, known.complaint_at)
    return replace(
        known,
        complaint=wanted,
        complaint_at=at,
        ready=False,
        conflict=None,
        can_submit=False if filed else known.can_submit,
        filed_by=_filer(known, seen) if filed else known.filed_by,
        filed_at=(seen.filed_at or known.filed_at) if filed else known.filed_at,
        verdict_at=seen.observed_at if wanted in VERDICTS else known.verdict_at,
    )


def _filer(known: Known, seen: Observation) -> FiledBy:
    """Who says nothing and finds a draft of ours that was ready to go has most likely lost the «sent» on the way."""
    if seen.filed_by is not None:
        return seen.filed_by
    if known.filed_by is not None:
        return known.filed_by
    ours = known.complaint is ComplaintState.DRAFT and known.ready
    return FiledBy.US if ours else FiledBy.SELLER


def _confirm(known: Known, seen: Observation) -> Known:
    """The same verdict at a later time: an earlier contrary look must not win afterwards."""
    noted = _note_filing(known, seen)
    if known.complaint in VERDICTS and _later(seen.observed_at, known.complaint_at):
        noted = replace(noted, complaint_at=seen.observed_at)
    return noted


def _note_filing(known: Known, seen: Observation) -> Known:
    """Who filed it and when: nothing said never erases what is known."""
    by, at = seen.filed_by or known.filed_by, seen.filed_at or known.filed_at
    if not known.complaint.filed or (by is known.filed_by and at == known.filed_at):
        return known
    return replace(known, filed_by=by, filed_at=at)


def _advance_chat(known: Known, seen: Observation, changes: list[Change]) -> Known:
    wanted = seen.chat
    if wanted is None or wanted in (known.chat, ChatState.UNKNOWN) or known.chat is ChatState.OPENED:
        return known
    if wanted is not ChatState.OPENED and _older(seen.observed_at, known.chat_at):
        return known
    changes.append(Change("chat", known.chat, wanted))
    at = seen.observed_at if known.chat_at is None else max(seen.observed_at, known.chat_at)
    return replace(known, chat=wanted, chat_at=at)


def _learn_facts(known: Known, seen: Observation) -> Known:
    facts = (
        seen.visibility or known.visibility,
        seen.purchase or known.purchase,
        known.supplemented or seen.supplemented,
        known.rating_excluded if seen.rating_excluded is None else seen.rating_excluded,
        _can_submit(known, seen),
    )
    present = (known.visibility, known.purchase, known.supplemented, known.rating_excluded, known.can_submit)
    if facts != present:
        visibility, purchase, supplemented, excluded, can_submit = facts
        known = replace(
            known,
            visibility=visibility,
            purchase=purchase,
            supplemented=supplemented,
            rating_excluded=excluded,
            can_submit=can_submit,
        )
    if seen.is_page and (known.read_again or known.not_found or known.cooling):
        known = replace(known, read_again=False, not_found=0, cooling=False, cool_until=None)
    return known


def _can_submit(known: Known, seen: Observation) -> bool | None:
    """A page that was read before the filing still says yes; the one complaint is spent all the same."""
    if known.complaint.filed:
        return False
    return known.can_submit if seen.can_submit is None else seen.can_submit


def _older(moment: datetime, than: datetime | None) -> bool:
    return than is not None and moment < than


def _later(moment: datetime, than: datetime | None) -> bool:
    return than is None or moment > than
