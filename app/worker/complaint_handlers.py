"""What a worker does about complaints."""

from collections.abc import Mapping
from functools import partial

from app.complaints.counting import refresh_odds
from app.complaints.jobs import ConsiderFeedbacks, DraftComplaint, RefreshOdds
from app.complaints.ports import ComplaintWriter
from app.complaints.writing import consider_feedbacks, draft_one
from app.kit.db import Database
from app.kit.delivery import Handler
from app.kit.jobs import Job


def complaint_handlers(database: Database, model: ComplaintWriter | None) -> Mapping[type[Job], Handler]:
    """Without a model the rules draft what words alone prove."""
    return {
        ConsiderFeedbacks: partial(consider_feedbacks, database=database, model=model),
        DraftComplaint: partial(draft_one, database=database, model=model),
        RefreshOdds: partial(refresh_odds, database=database),
    }
