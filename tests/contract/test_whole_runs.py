"""A run is taken apart near the top: only the functions that are named here hold a whole one."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each record that has all of a run, and who may take one. What goes down from there is narrow.
HOLDERS = {
    "Run": {
        "commands.promote.perform",
        "commands.promote._look_for_own_work",
        "commands.promote.story.promote",
        "commands.promote.plan.plan",
        "commands.promote.parts.Parts",
        "commands.mirror.flight.Flight.__init__",
    },
    "Parts": set[str](),
    "Running": {"commands.restore.story.restore", "commands.restore.story._filled"},
    "Rollback": {"commands.rollback.story.roll_back"},
}


def named(annotation: ast.expr) -> set[str]:
    """The names in an annotation, also in one that is quoted."""
    return set(re.findall(r"\w+", ast.unparse(annotation)))


def takes(node: ast.AST, place: str) -> Iterator[tuple[str, str]]:
    """Every function that takes a value and every class that has a field, each with the name of its type."""
    for child in ast.iter_child_nodes(node):
        inside = f"{place}.{child.name}" if isinstance(child, ast.FunctionDef | ast.ClassDef) else place
        if isinstance(child, ast.FunctionDef):
            args = child.args
            taken = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
            annotations = [arg.annotation for arg in taken if arg and arg.annotation]
            yield from ((inside, name) for annotation in annotations for name in named(annotation))
        elif isinstance(child, ast.AnnAssign) and isinstance(node, ast.ClassDef):
            yield from ((place, name) for name in named(child.annotation))
        yield from takes(child, inside)


def holders(record: str) -> set[str]:
    found = set()
    for path in sorted((REPOSITORY / "cvaction").rglob("*.py")):
        parts = path.relative_to(REPOSITORY / "cvaction").with_suffix("").parts
        place = ".".join(part for part in parts if part != "__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {holder for holder, name in takes(tree, place) if name == record}
    return found


@pytest.mark.parametrize("record", HOLDERS)
def test_a_whole_run_is_in_few_hands(record: str) -> None:
    assert holders(record) == HOLDERS[record]


@pytest.mark.parametrize(
    "text",
    [
        "def step(run: Run): ...",
        "def step(*, run: Run | None = None): ...",
        "def step(run: 'Run'): ...",
        "def step(*runs: Run): ...",
        "def step():\n    def inner(runs: list[Run]): ...",
        "class Step:\n    run: Run",
        "class Step:\n    def go(self, run: Run): ...",
    ],
)
def test_every_way_to_hold_one_is_seen(text: str) -> None:
    assert "Run" in {name for _, name in takes(ast.parse(text), "place")}
