"""The project's own modules as syntax trees."""

import ast
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import app

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """`name` is the path from the root, for messages and exceptions."""

    name: str
    lines: int
    tree: ast.Module

    def where(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python file under these folders of the root."""
    return tuple(_read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def _read(path: Path) -> Module:
    text = path.read_text()
    return Module(str(path.relative_to(ROOT)), text.count("\n"), ast.parse(text))


def nodes(module: Module, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of these kinds."""
    return (node for node in ast.walk(module.tree) if isinstance(node, kinds))


@cache
def import_everything() -> None:
    """So that every table and every job is known; without what runs when imported."""
    for found in pkgutil.walk_packages(app.__path__, "app."):
        if found.name not in ("app.main", "app.cli.__main__"):
            import_module(found.name)
