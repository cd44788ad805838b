"""POST /complaint-details: the checking extension's evidence of one approved complaint."""

from math import isfinite
from typing import Annotated, Any, Final

from fastapi import Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from app.complaints.evidence import ComplaintDetails, receive
from app.extension.callers import asked_of
from app.extension.errors import router_of
from app.extension.stores import store_for
from app.extension.wire import Lenient, WireIn, WireOut, documented, json_response, read_body
from app.kit.clock import utc_now
from app.kit.documents import storable

router = router_of("Отчёты")

Words = Annotated[str | None, Lenient]
LONGEST_WORD: Final = 200
"""Characters; some of them make a unique index, whose entries must not grow."""
LONGEST_TEXT: Final = 4000
MOST_FIELDS: Final = 40


class DetailsIn(WireIn):
    """Всё может быть пустым: эти данные не присылают дважды."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="allow")

    check_date: Words = None
    cabinet_name: Words = None
    articul: Words = None
    review_id: Words = None
    feedback_rating: Annotated[Annotated[int, Field(ge=1, le=5)] | None, Lenient] = Field(
        None, description="Число или пустая строка"
    )
    feedback_date: Words = Field(None, description="«18 февр. 2026 г. в 21:45» или «18.02.2026 в 21:45»")
    complaint_submit_date: Words = None
    status: Words = None
    has_screenshot: Annotated[bool | None, Lenient] = None
    file_name: Words = None
    drive_link: Words = None
    complaint_category: Words = None
    complaint_text: Words = None


class EvidenceIn(WireIn):
    store_id: str
    complaint: DetailsIn


class CreatedOut(WireOut):
    created: bool
    reason: str | None = Field(None, description="`duplicate`, если это уже было")


class EvidenceOut(WireOut):
    success: bool
    data: CreatedOut


_EVIDENCE: Final = TypeAdapter(EvidenceIn)


@router.post(
    "/complaint-details",
    response_model=EvidenceOut,
    response_model_exclude_none=True,
    openapi_extra=documented(EvidenceIn),
    summary="Доказательство одобренной жалобы",
)
async def details(request: Request) -> Response:
    """Одно и то же второй раз не записывается: `created: false`, `reason: "duplicate"`."""
    database, caller = asked_of(request)
    said = await read_body(request, _EVIDENCE)
    async with database.direct() as connection:
        store = await store_for(connection, caller, said.store_id, reporting=True)
        seen = _details(said.complaint)
        created = await receive(connection, store.id, seen, actor=caller.actor, now=utc_now())
    data: dict[str, Any] = {"created": True} if created else {"created": False, "reason": "duplicate"}
    return json_response({"success": True, "data": data})


def _details(said: DetailsIn) -> ComplaintDetails:
    return ComplaintDetails(
        check_date=_word(said.check_date),
        cabinet_name=_word(said.cabinet_name),
        articul=_word(said.articul)[:50],
        external_id=_word(said.review_id),
        rating=said.feedback_rating,
        feedback_date=_word(said.feedback_date),
        filed_on=_word(said.complaint_submit_date),
        status=_word(said.status),
        has_screenshot=bool(said.has_screenshot),
        file_name=_word(said.file_name),
        drive_link=str(storable((said.drive_link or "").strip()[:2000])),
        category=_word(said.complaint_category),
        text=str(storable((said.complaint_text or "").strip()[:LONGEST_TEXT])),
        raw={name[:100]: _kept(value) for name, value in list(said.model_dump(by_alias=True).items())[:MOST_FIELDS]},
    )


def _word(said: str | None) -> str:
    """Spaces of every kind are one: the same page may print either."""
    return str(storable(" ".join((said or "").split())[:LONGEST_WORD]))


def _kept(value: Any) -> Any:
    """As it came, but for what nobody would read to its end."""
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    kept = value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))
    return value if kept else str(value)[:LONGEST_TEXT]
