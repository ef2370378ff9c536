"""The clauses of docs/protocol.md and the tests that name them: none without the other."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from runner_double.double import REPOSITORY
from tests.support.filing import Written, clauses, written

PROMOTION = written("promotion")
BY_STEP = [test for test in PROMOTION if re.match(r"test_\d_", test.path.name)]
PAGE = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")


def numbers(clause: str) -> tuple[int, ...]:
    return tuple(int(part) for part in clause.split("."))


def test_clauses_are_numbered_in_order_and_without_a_gap() -> None:
    found = [numbers(clause) for clause in clauses()]
    steps = {step: [number for one, number in found if one == step] for step, _ in found}
    assert list(steps) == list(range(10))
    assert [list(range(1, len(within) + 1)) for within in steps.values()] == list(steps.values())


@pytest.mark.parametrize("clause", clauses())
def test_each_clause_has_a_test(clause: str) -> None:
    assert [str(test) for test in written() if clause in test.clauses], clause


def test_no_test_names_a_clause_that_is_not_there() -> None:
    assert {str(test): test.clauses - {*clauses()} for test in written() if test.clauses - {*clauses()}} == {}


def test_a_test_that_is_filed_under_a_step_names_a_clause_of_it() -> None:
    def belongs(test: Written) -> bool:
        return any(clause.startswith(test.path.name.split("_")[1] + ".") for clause in test.clauses)

    assert BY_STEP
    assert [str(test) for test in BY_STEP if not belongs(test)] == []


def test_the_page_says_where_the_tests_of_a_clause_are() -> None:
    told = PAGE.partition("## Which test catches which rule")[2]
    assert 'Each clause has tests that name it: `pytest.mark.clause("4.2")`' in told
    assert "`tests/promotion`" in told
    assert "`tests/contract/test_clauses.py`" in told


def test_what_the_code_quotes_of_the_protocol_is_there() -> None:
    quoted = {
        clause
        for path in (REPOSITORY / "cvaction").rglob("*.py")
        for words in re.findall(r"\(protocol, ([^)]*)\)", path.read_text(encoding="utf-8"))
        for clause in words.replace(" and ", ", ").replace(" to ", ", ").split(", ")
    }
    assert len(quoted) > 20
    assert quoted - {*clauses()} == set()


def test_a_rule_of_the_sweep_quotes_its_clause() -> None:
    table = PAGE.partition("<!-- rules -->")[2].partition("<!-- /rules -->")[0]
    quoted = [re.findall(r"\d\.\d+", row.split("|")[1]) for row in table.strip().splitlines()[2:]]
    assert all(quoted)
    assert {clause for row in quoted for clause in row} - {*clauses()} == set()


def test_pytest_knows_the_mark() -> None:
    """So that a mark with a slip in its name is an error, and the clauses that only code names are really marks."""
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "--markers"], capture_output=True, text=True, check=True, cwd=REPOSITORY
    ).stdout
    assert "@pytest.mark.clause(*numbers): " in shown
