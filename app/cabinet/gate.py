"""The one place that decides what an observation changes, whoever made it.

Stale observations are the normal path: the filing extension says «sent» and «opened» before it reports the page that it
had read earlier. So nothing is ever undone because something is absent, and a filed complaint is filed for ever.
"""

from datetime import datetime
from typing import Any, NamedTuple

from app.cabinet.states import ChatState, ComplaintState, FiledBy, Purchase, Source, Visibility

_GONE = frozenset({Visibility.EXCLUDED, Visibility.UNPUBLISHED, Visibility.HIDDEN, Visibility.DELETED})
VERDICTS = frozenset({ComplaintState.APPROVED, ComplaintState.REJECTED, ComplaintState.RECONSIDERED})


class Known(NamedTuple):
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


class Observation(NamedTuple):
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


class Change(NamedTuple):
    """A line for the history; track is complaint, chat or conflict."""

    track: str
    before: str
    after: str


class Advance(NamedTuple):
    """What stands afterwards, and what the history says of it."""

    known: Known
    changes: list[Change]


News = dict[str, Any]
"""Fields of Known that an observation changes."""


def advance(known: Known, seen: Observation) -> Advance:
    """Feeds one observation to both machines, complaint and chat, and to the facts around them."""
    if seen.is_page and known.page_read_at is not None and seen.observed_at < known.page_read_at:
        return Advance(known, [])
    changes: list[Change] = []
    news = _of_complaint(known, seen, changes)
    _note_chat(known, seen, changes, news)
    _note_facts(known, seen, news)
    if seen.is_page and (news or known.page_read_at is None):
        news["page_read_at"] = seen.observed_at
    return Advance(known._replace(**news) if news else known, changes)


def _of_complaint(known: Known, seen: Observation, changes: list[Change]) -> News:
    wanted, state = seen.complaint, known.complaint
    if wanted is None:
        return {}
    if wanted is state:
        return _confirmed(known, seen)
    if _contradicts(known, seen):
        if known.conflict == wanted:
            return {}
        changes.append(Change("conflict", state, wanted))
        return {"conflict": wanted.value}
    if not _may_move(known, seen):
        return _filing(known, seen)
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


def _moved(known: Known, seen: Observation, wanted: ComplaintState) -> News:
    at = seen.observed_at if known.complaint_at is None else max(seen.observed_at, known.complaint_at)
    news: News = {"complaint": wanted, "complaint_at": at, "ready": False, "conflict": None}
    if wanted.filed:
        news |= {"can_submit": False, "filed_by": _filer(known, seen), "filed_at": seen.filed_at or known.filed_at}
    if wanted in VERDICTS:
        news["verdict_at"] = seen.observed_at
    return news


def _filer(known: Known, seen: Observation) -> FiledBy:
    """Who says nothing and finds a draft of ours that was ready to go has most likely lost the «sent» on the way."""
    if seen.filed_by is not None:
        return seen.filed_by
    if known.filed_by is not None:
        return known.filed_by
    ours = known.complaint is ComplaintState.DRAFT and known.ready
    return FiledBy.US if ours else FiledBy.SELLER


def _confirmed(known: Known, seen: Observation) -> News:
    """The same verdict at a later time: an earlier contrary look must not win afterwards."""
    news = _filing(known, seen)
    if known.complaint in VERDICTS and _later(seen.observed_at, known.complaint_at):
        news["complaint_at"] = seen.observed_at
    return news


def _filing(known: Known, seen: Observation) -> News:
    """Who filed it and when: nothing said never erases what is known."""
    if seen.filed_by is None and seen.filed_at is None:
        return {}
    by, at = seen.filed_by or known.filed_by, seen.filed_at or known.filed_at
    if not known.complaint.filed or (by is known.filed_by and at == known.filed_at):
        return {}
    return {"filed_by": by, "filed_at": at}


def _note_chat(known: Known, seen: Observation, changes: list[Change], news: News) -> None:
    wanted = seen.chat
    if wanted is None or wanted in (known.chat, ChatState.UNKNOWN) or known.chat is ChatState.OPENED:
        return
    if wanted is not ChatState.OPENED and _older(seen.observed_at, known.chat_at):
        return
    changes.append(Change("chat", known.chat, wanted))
    news["chat"] = wanted
    news["chat_at"] = seen.observed_at if known.chat_at is None else max(seen.observed_at, known.chat_at)


def _note_facts(known: Known, seen: Observation, news: News) -> None:
    if seen.visibility is not None and seen.visibility is not known.visibility:
        news["visibility"] = seen.visibility
    if seen.purchase is not None and seen.purchase is not known.purchase:
        news["purchase"] = seen.purchase
    if seen.supplemented and not known.supplemented:
        news["supplemented"] = True
    if seen.rating_excluded is not None and seen.rating_excluded is not known.rating_excluded:
        news["rating_excluded"] = seen.rating_excluded
    if (can_submit := _can_submit(known, seen, news)) is not known.can_submit:
        news["can_submit"] = can_submit
    if seen.is_page and (known.read_again or known.not_found or known.cooling):
        news |= {"read_again": False, "not_found": 0, "cooling": False, "cool_until": None}


def _can_submit(known: Known, seen: Observation, news: News) -> bool | None:
    """A page that was read before the filing still says yes; the one complaint is spent all the same."""
    complaint: ComplaintState = news.get("complaint", known.complaint)
    if complaint.filed:
        return False
    return known.can_submit if seen.can_submit is None else seen.can_submit


def _older(moment: datetime, than: datetime | None) -> bool:
    return than is not None and moment < than


def _later(moment: datetime, than: datetime | None) -> bool:
    return than is None or moment > than
