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


class PinLimit(BaseModel):
    """`per_unit` is for one card, or one group of joined cards."""

    model_config = ConfigDict(extra="forbid")

    per_unit: int = Field(default=2, ge=0)
    total: int = Field(default=15, ge=0)
    unlimited: bool = False


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
    questions_per_minute: float = Field(default=0, ge=0)
    chat_messages_per_minute: float = Field(default=0, ge=0)
    question_pending: Literal["hidden", "shown"] = "hidden"
    rejected_question: Literal["reopened", "answer_stays"] = "reopened"
    seller_rejected_is_answered: bool = True
    second_question_edit: Literal["ignore", "error"] = "ignore"
    question_error_200: bool = False
    question_text_limit: int = Field(default=5000, ge=1)
    events_page: int = Field(default=50, ge=1)
    event_edges: Literal["repeat", "lose", "inclusive"] = "repeat"
    empty_events: Literal["list", "null"] = "list"
    echo_delay: float = Field(default=2, ge=0)
    echo_in_order: bool = True
    signature_ttl: float | None = Field(default=None, gt=0)
    sign_in_reply: Literal["same", "new", "absent"] = "same"
    file_moderation_delay: float = Field(default=30, ge=0)
    file_block_share: float = Field(default=0, ge=0, le=1)
    file_error_marker: str = "[[fail]]"
    file_error_share: float = Field(default=0, ge=0, le=1)
    chat_files_limit: int = Field(default=30 * 1024 * 1024, ge=1)
    has_jam: bool = True
    has_tariff: bool = False
    subscription_pins: PinLimit = PinLimit()
    tariff_pins: PinLimit = PinLimit(per_unit=1, total=5)

    def about_lists(self) -> tuple[float, bool]:
        return self.archive_days, self.archived_leave_unanswered

    def about_questions(self) -> tuple[str, bool, float]:
        return self.question_pending, self.seller_rejected_is_answered, self.index_delay

    def pin_limits(self) -> dict[str, PinLimit]:
        """Only what the seller has paid for."""
        limits = {"subscription": self.subscription_pins} if self.has_jam else {}
        return limits | ({"tariff": self.tariff_pins} if self.has_tariff else {})
