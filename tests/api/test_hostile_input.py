"""Whatever is sent to /api, a running server answers it without breaking down."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from sqlalchemy import text

from app.cli.processes import Children, free_port
from app.cli.users import add_user
from app.kit.db import Database
from app.kit.postgres import plain
from app.kit.secrets import Vault
from app.shops.models import Membership, Role
from tests.factories import Make

EMAIL, PASSWORD = "fuzz@example.com", "верный конь батарея"
OWN_SESSION = "^/api/auth/"


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    token: str
    shop_id: str
    wb_id: str


async def prepare(database_url: str, vault: Vault) -> tuple[str, str]:
    """A user who owns a shop with a draft."""
    await add_user(database_url, EMAIL, "Фаззер", PASSWORD)
    database = Database(database_url, pool_size=2)
    make = Make(database, vault)
    shop = await make.shop()
    feedback = await make.feedback(shop)
    await make.reply(feedback)
    async with database.transaction() as session:
        user_id = await session.scalar(text("SELECT id FROM users WHERE email = :email"), {"email": EMAIL})
        session.add(Membership(shop_id=shop.id, user_id=user_id, role=Role.OWNER, joined_at=shop.created_at))
    await database.close()
    return str(shop.id), feedback.wb_id


@pytest.fixture(scope="module")
def served(database_url: str, vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    url = f"http://127.0.0.1:{free_port()}"
    shop_id, wb_id = asyncio.run(prepare(database_url, vault))
    nowhere = f"http://127.0.0.1:{free_port()}"
    env = {
        "DATABASE_URL": plain(database_url),
        "DATA_DIR": str(folder),
        "WB_FEEDBACKS_URL": nowhere,
        "WB_COMMON_URL": nowhere,
    }
    with Children(folder, quiet=True) as children:
        port = url.rsplit(":", 1)[1]
        children.start("web", "uvicorn", "app.main:app", "--port", port, "--no-access-log", env=env)
        children.wait_until_up("web", f"{url}/api/health")
        login = httpx.post(f"{url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD})
        yield Served(url=url, token=login.json()["token"], shop_id=shop_id, wb_id=wb_id)


@pytest.mark.slow
def test_no_input_breaks_the_server(served: Served) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    found = schema.exclude(path_regex=OWN_SESSION).get_all_operations()
    operations = [result.ok() for result in found if isinstance(result, Ok)]
    broken: list[str] = []

    for operation in operations:
        broken += attack(operation, served)

    assert len(operations) > 20
    assert broken == []


def attack(operation: APIOperation[Any, Any, Any, Any], served: Served) -> list[str]:
    """What came back broken; ids of the path are real half of the time, so that the inside is reached too."""
    known = {"shop_id": served.shop_id, "wb_id": served.wb_id}
    broken: list[str] = []

    @settings(
        max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), inside=strategies.booleans())
    def send(case: Any, inside: bool) -> None:
        if inside:
            case.path_parameters = {**case.path_parameters, **{k: known[k] for k in known if k in case.path_parameters}}
        answer = case.call(headers={"Authorization": f"Bearer {served.token}"})
        wildberries_is_away = answer.status_code == 503 and "/shops" in operation.path
        if answer.status_code >= 500 and not wildberries_is_away:
            broken.append(f"{operation.label}: {answer.status_code} {answer.text[:200]}")

    send()
    return broken
