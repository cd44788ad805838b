"""The timers of the cabinet: standings follow feedbacks, counts stay true and few rows, tasks end their rest."""

from app.cabinet import cooling, refreshing, tallies
from app.cabinet.jobs import RefreshStandings
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.jobs import enqueue_again

AT_ONCE = 200
WARMED = 1_000


async def refresh_standings(database: Database) -> None:
    """Only shops where a feedback changed."""
    async with database.transaction() as session:
        for shop_id in await refreshing.shops_to_refresh(session, now=utc_now(), limit=AT_ONCE):
            await enqueue_again(session, RefreshStandings(shop_id=shop_id))


async def fold_tallies(database: Database) -> None:
    """The differences of each shop become one row."""
    async with database.glance() as connection:
        scattered = await tallies.scattered_shops(connection, limit=AT_ONCE)
    for shop_id in scattered:
        async with database.direct() as connection:
            await tallies.fold(connection, shop_id)


async def end_rests(database: Database) -> None:
    """Tasks that a page lacked are offered again when their time is over."""
    now = utc_now()
    async with database.glance() as connection:
        rested = await cooling.rested_shops(connection, now=now, limit=AT_ONCE)
    for shop_id in rested:
        async with database.direct() as connection:
            await cooling.end_rest(connection, shop_id, now=now, limit=WARMED)


async def recount_tallies(database: Database) -> None:
    """Whatever happened to the counts during the day, in the night they are made anew."""
    async with database.glance() as connection:
        counted = await tallies.counted_shops(connection)
    for shop_id in counted:
        async with database.direct() as connection:
            await tallies.recount(connection, shop_id)
