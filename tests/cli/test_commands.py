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

    done = run("demo", "--json", "--feedbacks", "60", "--speed", "40", env=env)

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["synced"] == 60
    assert result["approved"] > 20
    assert result["verified"] == result["approved"] - result["moderated_away"]
    assert (result["duplicates"], result["over_budget"]) == (0, 0)
    assert result["published"] == result["approved"]


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
    started = time.monotonic()
    with Dev(data_dir) as second:
        kept = second.wait_for_feedbacks(at_least=300)

    assert time.monotonic() - started < STARTS_WITHIN
    assert kept >= 300
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
        self.exit_code = self.process.wait(60)
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

    def _count(self) -> int:
        base = f"http://127.0.0.1:{self.port}/api"
        try:
            login = httpx.post(
                f"{base}/auth/token", json={"email": "demo@example.com", "password": "demo-demo-demo"}
            ).json()
            headers = {"Authorization": f"Bearer {login['token']}"}
            shops = httpx.get(f"{base}/shops", headers=headers).json()
            page = httpx.get(f"{base}/feedbacks/{shops[0]['id']}", headers=headers).json()
        except (httpx.HTTPError, LookupError):
            return 0
        return int(page["total"]["count"])


def _serves(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return str(data_dir) in " ".join(process.cmdline())
    except psutil.Error:
        return False
