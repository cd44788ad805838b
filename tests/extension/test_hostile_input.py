"""Whatever is sent to /api/extension, a running server answers it without breaking down."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from app.accounts.access_tokens import make_token
from app.accounts.models import TokenScope
from app.cli.processes import Children, free_port
from app.kit.clock import utc_now
from app.kit.db import Database
from app.kit.postgres import plain
from app.kit.secrets import Vault
from tests.factories import Make

PREFIX = "/api/extension"


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    secret: str
    known: dict[str, str]


async def prepare(database_url: str, vault: Vault) -> tuple[str, dict[str, str]]:
    """A token of somebody who owns a shop with a feedback."""
    database = Database(database_url, pool_size=2)
    make = Make(database, vault)
    user = await make.user()
    shop = await make.shop(owner=user)
    feedback = await make.feedback(shop, rating=1)
    async with database.transaction() as session:
        issued = await make_token(
            session, user.id, label="Фаззер", scopes=TokenScope, expires_at=None, vault=vault, now=utc_now()
        )
    await database.close()
    return issued.secret, {"storeId": str(shop.id), "reviewId": feedback.wb_id}


@pytest.fixture(scope="module")
def served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    port = free_port()
    nowhere = f"http://127.0.0.1:{free_port()}"
    keys = Fernet.generate_key().decode()
    secret, known = asyncio.run(prepare(database_url, Vault([keys])))
    env = {
        "DATABASE_URL": plain(database_url),
        "DATA_DIR": str(folder),
        "SECRET_KEYS": keys,
        "WB_FEEDBACKS_URL": nowhere,
        "WB_COMMON_URL": nowhere,
        "EXTENSION_READS_PER_MINUTE": "1000000",
        "EXTENSION_REPORTS_PER_MINUTE": "1000000",
    }
    with Children(folder, quiet=True) as children:
        url = f"http://127.0.0.1:{port}{PREFIX}"
        children.start("web", "uvicorn", "app.main:app", "--port", str(port), "--no-access-log", env=env)
        children.wait_until_up("web", f"{url}/health")
        yield Served(url=url, secret=secret, known=known)


@pytest.mark.slow
def test_no_input_breaks_the_server(served: Served) -> None:
    found = schemathesis.openapi.from_url(f"{served.url}/openapi.json").get_all_operations()
    operations = [result.ok() for result in found if isinstance(result, Ok)]
    broken: list[str] = []
    answered: list[int] = []

    for operation in operations:
        broken += attack(operation, served, answered)

    assert {"/health", "/auth/verify"} <= {operation.path for operation in operations}
    assert 401 not in answered
    assert 429 not in answered
    assert broken == []


def attack(operation: APIOperation[Any, Any, Any, Any], served: Served, answered: list[int]) -> list[str]:
    """What came back broken; ids are real half of the time, so that the inside is reached too."""
    broken: list[str] = []

    @settings(
        max_examples=25, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), inside=strategies.booleans())
    def send(case: Any, inside: bool) -> None:
        if inside:
            case.path_parameters = with_known(case.path_parameters, served.known)
            case.query = with_known(case.query, served.known)
            case.body = with_known(case.body, served.known)
        answer = case.call(headers={"Authorization": f"Bearer {served.secret}"})
        answered.append(answer.status_code)
        if answer.status_code >= 500:
            broken.append(f"{operation.label}: {answer.status_code} {answer.text[:200]}")

    send()
    return broken


def with_known(values: Any, known: dict[str, str]) -> Any:
    """The same values, with ids that exist where ids are asked for."""
    return {**values, **{name: known[name] for name in known if name in values}} if isinstance(values, dict) else values
