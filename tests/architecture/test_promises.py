"""Lists that must agree: import contracts, job kinds and handlers, settings and their example."""

import ast
import re
import tomllib
from dataclasses import fields
from typing import Any, cast, get_args

import pytest
from pydantic import SecretStr

from app.kit import jobs
from app.kit.db import Model
from app.kit.jobs import known_kinds
from app.kit.settings import Settings
from app.worker.handlers import Neighbours, handlers
from tests.architecture.source import ROOT, import_everything, modules, nodes

EXAMPLE = ROOT / ".env.example"
LINE = re.compile(r"^([A-Z0-9_]+)=(.*)$", re.M)


def ours() -> dict[str, type[jobs.Job]]:
    """Other tests declare kinds of their own."""
    return {name: kind for name, kind in known_kinds().items() if kind.__module__.startswith("app.")}


def test_every_package_must_choose_its_floor_and_nobody_is_excused() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = [contract for contract in config["contracts"] if contract["type"] == "layers"]

    assert [(floor["containers"], floor["exhaustive"]) for floor in floors] == [(["app"], True)]
    assert not any("ignore_imports" in contract for contract in config["contracts"])


def test_every_job_kind_has_its_handler() -> None:
    import_everything()
    near = Neighbours(**{field.name: cast(Any, None) for field in fields(Neighbours)})

    table = handlers(near, Settings(_env_file=None))

    assert set(table) == set(ours().values())


def test_every_job_class_is_declared() -> None:
    """A forgotten @job would be noticed only when the first one is loaded."""
    import_everything()
    declared = {
        node.name
        for module in modules("app")
        for node in nodes(module, ast.ClassDef)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Job" for base in node.bases)
    }

    assert declared == set(ours())
    assert jobs.Job not in ours().values()


def test_relationships_never_load_by_surprise() -> None:
    lazy = [str(one) for mapper in Model.registry.mappers for one in mapper.relationships if one.lazy != "raise"]

    assert lazy == []


def test_the_example_names_every_setting_in_order() -> None:
    names = [name for name, _ in LINE.findall(EXAMPLE.read_text())]

    assert names == [name.upper() for name in Settings.model_fields]


def test_the_example_explains_every_described_setting() -> None:
    lines = EXAMPLE.read_text()

    missing = [
        field.description
        for field in Settings.model_fields.values()
        if field.description and f"# {field.description}" not in lines
    ]
    assert missing == []


def test_the_example_as_it_is_means_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    copied = Settings(_env_file=EXAMPLE)

    assert copied == Settings(_env_file=None)


def test_the_example_shows_defaults_and_no_secrets() -> None:
    shown = dict(LINE.findall(EXAMPLE.read_text()))

    for name, field in Settings.model_fields.items():
        secret = SecretStr in (field.annotation, *get_args(field.annotation))
        assert (shown[name.upper()] == "") is (secret or field.default is None), name
