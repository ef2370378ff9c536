"""A number before a noun in the plural is written by `cvaction.plural`, so that it is right for one, too."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLURAL = re.compile(r"(?:\*\*)? (?:[a-z]+ )?(?:[a-z]{2,}s\b|[a-z]+\(s\))")
# What is always above one: more checks than a table shows, too many predictions, the limit of a file.
KNOWN = {
    "cvaction/commands/promote/summary.py": {" checks (all are in the output <code>report</code>)"},
    "cvaction/customvision/schemas.py": {" predictions of one image"},
    "cvaction/customvision/streaming.py": {" bytes"},
}


def numbers(text: str) -> Iterator[str]:
    """What follows each number of an f-string, if it is a plural. A constant of the code is never 1."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            for value, after in pairwise(node.values):
                number = isinstance(value, ast.FormattedValue) and _is_number(value)
                if number and isinstance(after, ast.Constant) and _PLURAL.match(str(after.value)):
                    yield str(after.value)


def _is_number(value: ast.FormattedValue) -> bool:
    shown = ast.unparse(value.value)
    spec = ast.unparse(value.format_spec) if value.format_spec else ""
    return not shown.isupper() and (shown.startswith("len(") or bool(re.search(r",|[dg]'$|\.0f", spec)))


@pytest.mark.parametrize("house", ["cvaction", "conformance"])
def test_no_text_counts_by_itself(house: str) -> None:
    found = {
        str(path.relative_to(REPOSITORY)): {*told}
        for path in (REPOSITORY / house).rglob("*.py")
        if (told := [*numbers(path.read_text(encoding="utf-8"))])
    }
    assert found == {name: told for name, told in KNOWN.items() if name.startswith(house)}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('f"{n:,} requests"', True),
        ('f"{len(rows)} image(s)"', True),
        ('f"**{n:,}** images"', True),
        ('f"after {m:g} minutes"', True),
        ('f"{len(rows)} trained iterations"', True),
        ('f"{LIMIT} images"', False),
        ('f"{name} answers"', False),
        ('f"{n:.0f} s"', False),
    ],
)
def test_what_counts_by_itself_is_seen(text: str, *, seen: bool) -> None:
    assert bool([*numbers(text)]) is seen
