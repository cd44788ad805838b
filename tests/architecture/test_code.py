"""The walls of the house that no other tool checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT, Module, modules, nodes

NO_ROOM_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "core", "misc", "constants"}
FOREIGN_WORDS = {
    "store", "stores", "review", "reviews", "merchant", "merchants", "comment", "comments", "suggestion",
    "suggestions", "conversation", "conversations", "appeal", "appeals",
}  # fmt: skip
BORROWED = {
    "app/wildberries": "Wildberries' own field names",
    "app/extension": "the extension's frozen contract says store and review",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def named_places(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Names that the module gives, not those it merely uses."""
    for node in ast.walk(module.tree):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, ast.arg):
            yield node.arg, node
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node


def is_the_verb(name: str, node: ast.AST) -> bool:
    """«to store», as a function or as its SQL; never a shop."""
    first, *rest = re.findall(r"[a-z]+", name.lower())
    return first == "store" and FOREIGN_WORDS.isdisjoint(rest) and (isinstance(node, FUNCTIONS) or name.isupper())


def words_of(identifier: str) -> set[str]:
    """Snake and camel humps in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)}


def test_only_the_database_module_opens_and_commits_transactions() -> None:
    own = {"commit", "begin", "begin_nested", "begin_twophase"}
    found = [
        module.where(node)
        for module in modules("app")
        if module.name != "app/kit/db.py"
        for node in nodes(module, ast.Attribute)
        if isinstance(node, ast.Attribute) and node.attr in own
    ]

    assert found == []


def test_no_import_hides_in_a_function() -> None:
    found = [
        module.where(inner)
        for module in modules("app", "simulator")
        for function in nodes(module, *FUNCTIONS)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    rooms = [part for module in modules("app", "simulator") for part in PurePath(module.name).with_suffix("").parts]

    assert NO_ROOM_NAMES.isdisjoint(rooms)


@pytest.mark.parametrize("folder", ["app", "simulator", "tests", "bench"])
def test_no_file_is_longer_than_three_hundred_lines(folder: str) -> None:
    assert [f"{module.name}: {module.lines}" for module in modules(folder) if module.lines > 300] == []


def test_every_module_says_what_it_is_for() -> None:
    inhabited = (module for module in modules("app", "simulator") if module.tree.body)

    assert [module.name for module in inhabited if not ast.get_docstring(module.tree)] == []


def test_nobody_speaks_in_foreign_words() -> None:
    found = [
        f"{module.where(node)} {name}"
        for module in modules("app")
        if not module.name.startswith(tuple(BORROWED))
        for name, node in named_places(module)
        if (FOREIGN_WORDS & words_of(name) or "seller_account" in name.lower()) and not is_the_verb(name, node)
    ]

    assert found == []


def test_only_adapters_and_the_command_line_talk_over_the_network() -> None:
    outside, allowed = (
        {"httpx", "openai", "requests", "aiohttp", "urllib"},
        ("app/wildberries/", "app/llm/", "app/cli/"),
    )
    found = [
        f"{module.name} {name}"
        for module in modules("app")
        if not module.name.startswith(allowed)
        for name in imported(module) & outside
    ]

    assert found == []


def imported(module: Module) -> set[str]:
    """Top-level packages; `urllib.parse` does not talk."""
    full: set[str] = set()
    for node in nodes(module, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            full |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full.add(node.module)
    return {name.partition(".")[0] for name in full if not name.startswith("urllib.parse")}


@pytest.mark.parametrize(
    ("folder", "client", "gate"),
    [("app/wildberries", "http", "app/wildberries/transport.py"), ("app/llm", "client", "app/llm/openai_writer.py")],
)
def test_each_adapter_leaves_the_process_through_one_gate(folder: str, client: str, gate: str) -> None:
    """tests/architecture/test_transactions.py shows that the gate is shut inside a transaction."""
    through = {
        module.name
        for module in modules(folder)
        for node in nodes(module, ast.Attribute)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == client
    }

    assert through == {gate}


def test_the_floors_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
