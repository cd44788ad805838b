"""The commands as a newcomer runs them: real processes, a real database, the simulator."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.cli.processes import ROOT, free_port
from app.kit.postgres import plain

pytestmark = pytest.mark.slow
STARTS_WITHIN = 90.0


def run(*arguments: str, env: dict[str, str], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT, env={**os.environ, **env}, input=given, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Outside pytest's own directory, which the embedded PostgreSQL's user may not enter."""
    path = Path(tempfile.mkdtemp(prefix="wbrm-cli-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_the_demo_ends_well_and_prints_one_object(database_url: str, data_dir: Path) -> None:
    env = {"DATABASE_URL": plain(database_url), "DATA_DIR": str(data_dir)}

    done = run("demo", "--json", "--feedbacks", "200", "--speed", "40", env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["synced"] == 200
    assert result["approved"] > 80
    assert result["verified"] == result["approved"] - result["moderated_away"]
    assert (result["duplicates"], result["over_budget"]) == (0, 0)
    assert result["published"] == result["approved"]
    assert_complaints_went_well(result["complaints"])


def assert_complaints_went_well(told: dict[str, Any]) -> None:
    """At least one of each: told twice, lost on the way, approved, rejected, looked at in vain."""
    assert told["filed"] == told["approved_by_person"] == told["drafted"] == told["confirmed"] >= 3
    assert (told["filed_twice"], told["offered_again"], told["evidence_twice"]) == (0, 0, 0)
    assert told["approved"] + told["rejected"] == told["filed"]
    assert told["evidence"] == told["approved"] >= 2
    assert told["rejected"] >= 1
    assert told["considered"] == told["drafted"] + told["no_ground"] > told["drafted"]
    assert told["considered"] <= told["open"]
    assert told["pages"] == 3
    assert told["saved_share"] > 0.7


def test_the_demo_takes_feedbacks_of_ones_own(database_url: str, data_dir: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "MyOwnFeedback0001", "text": "Отличный свитер, тёплый", "productValuation": 5, "userName": "Анна"},
        {"id": "MyOwnFeedback0002", "text": "Нитки торчат", "productValuation": 2},
        {"id": "MyOwnFeedback0003", "text": "", "productValuation": 5},
        {"id": "MyOwnFeedback0004", "text": "Хорошо", "productValuation": 4, "createdDate": "2024-02-01T10:00:00Z"},
        {"id": "MyOwnFeedback0005", "text": "После стирки аллергия", "productValuation": 1},
    ]
    file = data_dir / "feedbacks.json"
    file.write_text(json.dumps(rows))
    env = {"DATABASE_URL": plain(database_url), "DATA_DIR": str(data_dir)}

    done = run("demo", "--json", "--from", str(file), "--speed", "40", "--reject-share", "0", env=env)

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["synced"], result["needs_human"], result["verified"]) == (5, 1, 3)
    assert (result["complaints"]["considered"], result["complaints"]["filed"]) == (1, 0)


def test_a_user_is_made_once(database_url: str, data_dir: Path) -> None:
    env = {"DATABASE_URL": plain(database_url), "DATA_DIR": str(data_dir)}

    made = run("create-user", "first@example.com", "--password-stdin", env=env, given="верный конь батарея\n")
    again = run("create-user", "first@example.com", "--password-stdin", env=env, given="верный конь батарея\n")
    short = run("create-user", "other@example.com", "--password-stdin", env=env, given="123\n")

    assert (made.returncode, again.returncode, short.returncode) == (0, 1, 1)
    assert "уже есть" in again.stderr
    assert "Traceback" not in short.stderr


def test_dev_starts_twice_keeps_the_data_and_leaves_no_process(data_dir: Path) -> None:
    with Dev(data_dir) as first:
        first.wait_for_feedbacks(at_least=300)
        stopped = first.stop_a_product()
    started = time.monotonic()
    with Dev(data_dir) as second:
        kept = second.wait_for_feedbacks(at_least=300)
        rules = second.rules()

    assert time.monotonic() - started < STARTS_WITHIN
    assert kept >= 300
    assert rules.pop(stopped) == "stopped"
    assert rules
    assert set(rules.values()) == {"active"}
    assert f"http://127.0.0.1:{second.port}/api/tokens" in second.said
    assert f"http://127.0.0.1:{second.port}/api/extension/docs" in second.said
    assert first.exit_code == second.exit_code == 0
    assert not first.left_behind
    assert not second.left_behind


class Dev:
    """`dev` from start to Ctrl-C."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.exit_code: int | None = None
        self.left_behind: list[str] = []
        self.said = ""

    def __enter__(self) -> "Dev":
        env = {**os.environ, "DATA_DIR": str(self.data_dir), "DATABASE_URL": ""}
        ports = ("--port", str(self.port), "--simulator-port", "0")
        command = [sys.executable, "-m", "app.cli", "dev", *ports, "--speed", "20"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        family = psutil.Process(self.process.pid).children(recursive=True)
        family += [process for process in psutil.process_iter() if _serves(process, self.data_dir)]
        self.process.send_signal(signal.SIGINT)
        self.said = self.process.communicate(timeout=60)[0]
        self.exit_code = self.process.returncode
        psutil.wait_procs(family, timeout=10)
        self.left_behind = [" ".join(process.cmdline()) for process in family if process.is_running()]

    def wait_for_feedbacks(self, *, at_least: int) -> int:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "dev ended"
            count = self._count()
            if count >= at_least:
                return count
            time.sleep(0.5)
        raise AssertionError("the demo shop stayed empty")

    def rules(self) -> dict[int, str]:
        """The state of work on each product, once every product has a rule."""
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            with self._api() as (api, shop):
                products = api.get(f"/products/{shop}").json()["items"]
            if products and all(product["rule"]["updated_at"] for product in products):
                return {product["nm_id"]: product["rule"]["work_status"] for product in products}
            time.sleep(0.5)
        raise AssertionError("some product has no rule")

    def stop_a_product(self) -> int:
        """As a person might, who does not want that undone."""
        nm_id = min(self.rules())
        with self._api() as (api, shop):
            api.patch(f"/products/{shop}/{nm_id}", json={"work_status": "stopped"}).raise_for_status()
        return nm_id

    @contextmanager
    def _api(self) -> Iterator[tuple[httpx.Client, str]]:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", trust_env=False) as api:
            login = api.post("/auth/token", json={"email": "demo@example.com", "password": "demo-demo-demo"}).json()
            api.headers["Authorization"] = f"Bearer {login['token']}"
            yield api, api.get("/shops").json()[0]["id"]

    def _count(self) -> int:
        try:
            with self._api() as (api, shop):
                return int(api.get(f"/feedbacks/{shop}").json()["total"]["count"])
        except (httpx.HTTPError, LookupError):
            return 0


def _serves(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return str(data_dir) in " ".join(process.cmdline())
    except psutil.Error:
        return False
