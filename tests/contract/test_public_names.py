"""What the rooms offer: every module says its public names, and nobody takes another one."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOMS = ("customvision", "entra", "github", "inputs", "rules")
MODULES = {
    f"cvaction.{room}.{path.stem}": path
    for room in ROOMS
    for path in sorted((REPOSITORY / "cvaction" / room).glob("*.py"))
    if path.name != "__init__.py"
}
USERS = [
    *(path for folder in REPOSITORY.glob("[a-z]*/") if folder.name != "docs" for path in sorted(folder.rglob("*.py"))),
    *sorted(REPOSITORY.glob("*.py")),
]


def offered(module: str) -> set[str]:
    return set(import_module(module).__all__)


def taken(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that a file takes of the rooms' modules: imported, or reached through an imported module."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in MODULES:
                    modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                elif node.module in MODULES:
                    yield node.module, alias.name
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name in MODULES}
    for node in ast.walk(tree) if modules else ():
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in modules:
            yield modules[ast.unparse(node.value)], node.attr


def private(path: Path) -> list[str]:
    """What a file takes that its module does not offer."""
    names = taken(ast.parse(path.read_text(encoding="utf-8")))
    return [f"{path.name} takes {name} of {module}" for module, name in names if name not in offered(module)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_its_public_names_and_has_them(module: str) -> None:
    loaded = import_module(module)
    assert loaded.__all__
    assert not [name for name in loaded.__all__ if not hasattr(loaded, name)]


def test_nobody_takes_a_name_that_is_not_offered() -> None:
    assert len(USERS) > 100
    assert [found for path in USERS for found in private(path)] == []


@pytest.mark.parametrize(
    "code",
    [
        "from cvaction.inputs.ids import UUID",
        "from cvaction.inputs import ids\nids.UUID",
        "import cvaction.inputs.ids\ncvaction.inputs.ids.UUID",
        "if TYPE_CHECKING:\n    from cvaction.inputs.ids import UUID as other",
    ],
)
def test_a_name_that_is_taken_is_found(tmp_path: Path, code: str) -> None:
    (tmp_path / "file.py").write_text(code, encoding="utf-8")
    assert private(tmp_path / "file.py") == ["file.py takes UUID of cvaction.inputs.ids"]
