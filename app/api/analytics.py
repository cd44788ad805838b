"""/api/analytics: figures of one shop, or of all the caller's shops together, for any period of Moscow days."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.analytics.period import ZONE, Period
from app.analytics.series import Series, counted_through, read
from app.analytics.sheets import as_csv
from app.api.analytics_wire import ROWS, Form, PeriodOut, ReportIn, ReportOut
from app.api.dependencies import CurrentUser, ViewerShop
from app.api.errors import problems
from app.kit.clock import utc_now
from app.kit.errors import Invalid
from app.kit.http import Session
from app.shops.queries import shop_ids_of

router = APIRouter(prefix="/analytics", tags=["Аналитика"])

AsFile: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class OneSeriesToAFile(Invalid):
    """Tables of different columns do not fit into one CSV."""

    code = "ONE_SERIES"
    message = "Для format=csv назовите ровно один ряд в series."


@router.get("", response_model=ReportOut, responses={**AsFile, **problems(401)}, summary="Аналитика всех магазинов")
async def of_all_shops(
    session: Session, user: CurrentUser, asked: Annotated[ReportIn, Query()]
) -> ReportOut | Response:
    """Все ваши магазины вместе; дни и сравнение — как у одного магазина."""
    return await _report(session, await shop_ids_of(session, user.id), asked)


@router.get(
    "/{shop_id}", response_model=ReportOut, responses={**AsFile, **problems(401, 403, 404)}, summary="Аналитика"
)
async def of_shop(session: Session, shop: ViewerShop, asked: Annotated[ReportIn, Query()]) -> ReportOut | Response:
    """Ряды за период и за предыдущий такой же. Дни — календарные по Москве (UTC+3); отзывы, ответы на них, теги и
    скорость отнесены ко дню, когда отзыв написан, работа операторов и расходы — к своему дню. Удалённые на
    Wildberries отзывы не считаются, дополнение — отдельный отзыв. Числа обновляются раз в минуту, см. `as_of`."""
    return await _report(session, [shop.id], asked)


async def _report(session: Session, shop_ids: Sequence[UUID], asked: ReportIn) -> ReportOut | Response:
    period = Period.asked(asked.since, asked.until, now=utc_now())
    if asked.format is Form.CSV:
        return await _file(session, shop_ids, asked, period)
    wanted = dict.fromkeys(asked.series or Series)
    found = {one: await read(session, shop_ids, one, period, top=asked.top) for one in wanted}
    return ReportOut(
        timezone=ZONE,
        period=PeriodOut.model_validate(period),
        before=PeriodOut.model_validate(period.before),
        as_of=await counted_through(session, shop_ids),
        shop_ids=list(shop_ids),
        **{one.value: compared for one, compared in found.items()},
    )


async def _file(session: Session, shop_ids: Sequence[UUID], asked: ReportIn, period: Period) -> Response:
    if len(asked.series) != 1:
        raise OneSeriesToAFile
    series = asked.series[0]
    compared = await read(session, shop_ids, series, period, top=asked.top)
    name = f"{series}-{period.since}-{period.until}.csv"
    return Response(
        as_csv(compared, list(ROWS[series].model_fields)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
