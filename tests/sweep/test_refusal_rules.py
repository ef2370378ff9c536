"""The sweep of refused promotions can fail: with any one of these rules taken out, a case is red.

One rule of 7.2 has no case: a mark that is refused is written again without URL and commit. Such a run is not refused, so
tests/promotion/test_7_commit.py has it (`test_a_mark_that_is_refused_or_cut_is_written_shorter`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.promote.ready import discard
from cvaction.rules.mark import mark_of
from cvaction.steps.leftovers import too_old
from tests.sweep.refusal_judge import judge
from tests.sweep.refusals import KEPT, MARKLESS, NAMELESS, Case, prepare
from tests.sweep.taking_out import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sweep.refusals import Refused

UNNAMED = "cvaction.steps.unnamed"


def _of_any_source(self: Any, row: Any, _line: Any) -> bool:
    """Of any line: only its age counts."""
    return too_old(self.remover.client, row)


def _of_any_name(project: Any, work: str) -> bool:
    mark = mark_of(project)
    return mark is not None and mark.work == work


def _always_removed(maker: Any, project: Any, why: str, **_keep: bool) -> None:
    discard(maker, project, why, keep=False)


@dataclass(frozen=True)
class Rule:
    """A rule of docs/protocol.md, what takes it out, and the case that notices: `at` is the operation that is disturbed."""

    rule: str
    broken: dict[str, Any]
    kind: str
    at: tuple[str, int] = ("GetProjects", 0)
    event: str = "503"


RULES = (
    Rule(
        "A copy that cannot be marked is removed (7.2)",
        {"cvaction.commands.promote.story.discard": NOTHING},
        MARKLESS,
    ),
    Rule(
        "With `keep-failed` it is kept (7.2)",
        {"cvaction.commands.promote.story.discard": _always_removed},
        KEPT,
    ),
    Rule(
        "The older copies that never got their names are removed (7.12)",
        {f"{UNNAMED}.Clearing.clear": NOTHING},
        NAMELESS,
    ),
    Rule(
        "One that is not a day old is left alone (7.12)",
        {f"{UNNAMED}.too_old": lambda *_: True},
        NAMELESS,
    ),
    Rule(
        "One of another source is left alone (7.12)",
        {f"{UNNAMED}.Clearing._is_done_with": _of_any_source},
        NAMELESS,
    ),
    Rule(
        "One that has another name than its own is left alone (7.12)",
        {f"{UNNAMED}.is_unnamed": _of_any_name, f"{UNNAMED}.once_named": lambda _: set()},
        NAMELESS,
    ),
    Rule(
        "One that a mark names as `previous` is left alone (7.12)",
        {f"{UNNAMED}.once_named": lambda _: set()},
        NAMELESS,
    ),
    Rule(
        "One that serves under another name than `publish-name` is left alone (7.12)",
        {f"{UNNAMED}.Clearing._serves": lambda *_: False},
        NAMELESS,
    ),
)


def _case(rule: Rule, workspace: Path) -> tuple[Case, Refused]:
    prepared = prepare(rule.kind, workspace)
    calm = prepared.copy().world
    calm.attempt()
    operation, which = rule.at
    numbers = [number for number, logged in enumerate(calm.emulator.log) if logged.operation == operation]
    return Case(rule.kind, numbers[which], rule.event), prepared


@pytest.mark.parametrize("rule", RULES, ids=[rule.rule for rule in RULES])
def test_the_sweep_of_refusals_is_red_without(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, prepared = _case(rule, tmp_path)
    assert judge(case, prepared) == [], "the case must hold with the rule in place"
    for target, broken in rule.broken.items():
        monkeypatch.setattr(target, broken)
    problems = judge(case, prepared)
    assert not [told for told in problems if "A fault in this action" in told], "what is in its place crashes"
    assert problems, f"{case} does not notice that the rule is gone"


def test_the_protocol_page_names_the_case_of_each_rule_of_a_refusal(repository: Callable[[str], str]) -> None:
    page = repository("docs/protocol.md")
    for line in table():
        assert line in page


def table() -> list[str]:
    """The table of docs/protocol.md: rule, and the case that is red without it."""
    rows = ["| rule where the target refuses | the case that is red without it |", "|---|---|"]
    for rule in RULES:
        number = f" no. {rule.at[1] + 1}" if rule.at[1] else ""
        rows.append(f"| {rule.rule} | the target refuses: {rule.kind}; {rule.event} at {rule.at[0]}{number} |")
    return rows
