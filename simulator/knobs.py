"""What the documents leave open, each with the default we assume (README says which are guesses)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BucketSize(BaseModel):
    """A token bucket: how many calls at once, and how many seconds until one more is allowed."""

    model_config = ConfigDict(extra="forbid")

    burst: float = Field(ge=1)
    interval: float = Field(gt=0)


class GlobalLimit(BaseModel):
    """The undocumented limiter over all methods of a seller: after `limit` calls in `period`, a long ban."""

    model_config = ConfigDict(extra="forbid")

    limit: int
    period: float
    retry: float = 3582


class Knobs(BaseModel):
    """Turned by `POST /__sim/knobs`; an unknown name is an error, so that a typo cannot pass for a test."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    moderation_delay: float = 60
    reject_share: float = Field(default=0, ge=0, le=1)
    reject_marker: str = "[[reject]]"
    index_delay: float = 5
    visibility_delay: float = 0
    second_post: Literal["edit", "ignore"] = "edit"
    edit_window_days: float = 60
    archive_days: float = 30
    archived_leave_unanswered: bool = True
    text_length_status: int = 400
    missing_category_status: Literal[401, 403] = 401
    read_only_write_status: int = 403
    test_token_status: int | None = 401
    client_secret: str | None = None
    failed_requests_cost: bool = True
    buckets: dict[str, BucketSize] = {}
    global_limit: GlobalLimit | None = None
    arrivals_per_minute: float = Field(default=0, ge=0)

    def about_lists(self) -> tuple[float, bool]:
        return self.archive_days, self.archived_leave_unanswered
