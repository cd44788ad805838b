"""One feedback to complain about and one claim that holds, to be varied by each test."""

from dataclasses import replace
from uuid import UUID

from app.complaints.ports import Claim, ComplaintRequest
from app.complaints.wording import opened

FEEDBACK = ComplaintRequest(
    shop_id=UUID(int=1),
    wb_id="f-1",
    rating=1,
    text="Полная хуйня, а не платье. Выкинула в тот же день.",
    buyer_name="Анна",
    product_name="Платье летнее",
    brand_name="Ромашка",
    author="ООО Ромашка",
)
BODY = (
    "В отзыве есть нецензурное слово, которое правила публикации не допускают. Просим проверить текст и снять отзыв "
    "с публикации."
)


def asked(**changes: object) -> ComplaintRequest:
    return replace(FEEDBACK, **changes)  # type: ignore[arg-type]


def claimed(request: ComplaintRequest = FEEDBACK, *, body: str = BODY, **changes: object) -> Claim:
    """Reason 16 with a true quote, unless told otherwise; `body` is the text without its opening."""
    claim = Claim(eligible=True, reason_id=16, quotes=("хуйня",), text=opened(body, request), writer="test-model")
    return replace(claim, **changes)  # type: ignore[arg-type]
