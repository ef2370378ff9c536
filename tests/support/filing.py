"""The tests as they are written: which file, which name, which clauses of docs/protocol.md they name."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TESTS = REPOSITORY / "tests"
_CLAUSE = re.compile(r"^(?:- )?`(\d\.\d+)` ", re.MULTILINE)


@dataclass(frozen=True)
class Written:
    """A test in its file; `clauses` are its own, its class's and its module's."""

    path: Path
    name: str
    clauses: frozenset[str]

    def __str__(self) -> str:
        return f"{self.path.relative_to(REPOSITORY)}::{self.name}"


def clauses() -> list[str]:
    """The clauses of the protocol, in its order."""
    return _CLAUSE.findall((REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8"))


def files(room: str = ".") -> list[Path]:
    """The files of tests in a folder below `tests/` and in the folders within it; none where there is no such folder."""
    return sorted((TESTS / room).rglob("test_*.py"))


def written(room: str = ".") -> list[Written]:
    """The tests in these files, but for those that a library gives."""
    return [test for path in files(room) for test in _in_file(path)]


@cache
def _in_file(path: Path) -> tuple[Written, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    marks = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["pytestmark"]
    ]
    return tuple(_tests(path, tree.body, _named(marks)))


def _tests(path: Path, body: Iterable[ast.stmt], above: frozenset[str]) -> Iterator[Written]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(path, node.body, above | _named(node.decorator_list))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Written(path, node.name, above | _named(node.decorator_list))


def _named(marks: Iterable[ast.expr]) -> frozenset[str]:
    """What `pytest.mark.clause(…)` names, in marks or in a list of them."""
    found: set[str] = set()
    for mark in marks:
        if isinstance(mark, ast.List):
            found |= _named(mark.elts)
        elif isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.clause":
            found |= {str(ast.literal_eval(argument)) for argument in mark.args}
    return frozenset(found)
