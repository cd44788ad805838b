from dataclasses import replace
from uuid import UUID

from app.drafting.ports import DraftRequest

PLAIN = DraftRequest(
    shop_id=UUID(int=1),
    wb_id="f-1",
    rating=5,
    text="Платье село хорошо",
    buyer_name="Анна",
    product_name="Платье летнее",
    brand_name="Ромашка",
    facts=("Состав: хлопок",),
)


def asked(**changes: object) -> DraftRequest:
    return replace(PLAIN, **changes)  # type: ignore[arg-type]
