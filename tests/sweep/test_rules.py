"""The sweep can fail: with any one recovery rule taken out, a case is red. Here is which case catches which rule.

The rules of runs that the target refuses are in test_refusal_rules.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.customvision import transport
from cvaction.rules import mark
from cvaction.steps.committing import Committed
from cvaction.steps.lineage import earlier_copies
from cvaction.steps.listing import confirmed
from tests.support.world import SCENARIOS, World
from tests.sweep.__main__ import IMAGE
from tests.sweep.cases import Case
from tests.sweep.edits import EditCase
from tests.sweep.edits import judge as judge_edit
from tests.sweep.judge import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTHING: Any = lambda *_args, **_options: None  # noqa: E731 - a rule that does nothing
EMPTY: Any = lambda *_args, **_options: []  # noqa: E731 - a look that finds nothing


def _blind_mark(project: Any) -> Any:
    """A mark counts wherever it is found: a cloned mark, too."""
    found = mark.mark_of(project)
    if found is None and "cvaction copy=" in project.description:
        own = project.description.partition("cvaction copy=")[2][:36]
        found = mark.mark_of(replace(project, id=own))
    return found


def _as_the_rows_call_them(client: Any, lineage: Any, listing: Any, copy: Any) -> Any:
    names = {row.id: row.name for row in listing}
    return confirmed(client, earlier_copies(lineage, listing, copy), lambda now: now.name == names[now.id])


def _resent(self: Any, call: Any, parse: Any) -> Any:
    return _SEND(self, replace(call, repeatable=True), parse)


_SEND = transport.Transport.send


@dataclass(frozen=True)
class Rule:
    """A rule of docs/protocol.md, what takes it out, and the case that notices.

    `at` names the operation whose request (the first of it, or the n-th) is disturbed.
    """

    rule: str
    target: str
    broken: Any
    scenario: str
    names: str
    at: tuple[str, int]
    kind: str
    change: str = ""
    lag: float = 0.0


RULES = (
    Rule(
        "Look for own work first (1.1)",
        "cvaction.steps.own_work.find_own",
        EMPTY,
        "move",
        "allow",
        ("DeleteProject", 0),
        "kill-after",
    ),
    Rule(
        "The import is never resent blindly (4.4)",
        "cvaction.customvision.transport.Transport.send",
        _resent,
        "plain",
        "suffix",
        ("ImportProject", 0),
        "503-after",
    ),
    Rule(
        "After an ambiguous answer, look for its copy (4.4)",
        "cvaction.steps.copying.look_again",
        EMPTY,
        "plain",
        "suffix",
        ("ImportProject", 0),
        "reset-after",
    ),
    Rule(
        "An own unfinished import is adopted (4.1)",
        "cvaction.commands.promote.ready.adopt",
        NOTHING,
        "plain",
        "allow",
        ("ImportProject", 0),
        "kill-after",
    ),
    Rule(
        "Look for twins where more than one import may have been sent (6.1)",
        "cvaction.commands.promote.ready._may_have_twins",
        lambda *_: False,
        "plain",
        "allow",
        ("ImportProject", 0),
        "kill-after",
        lag=6.0,
    ),
    Rule(
        "Until it is finished a copy has its own name (0.4)",
        "cvaction.rules.names.Identity.own_name",
        lambda _self, wanted, _made_of: wanted,
        "plain",
        "allow",
        ("ImportProject", 0),
        "kill-after",
    ),
    Rule(
        "A mark that names another project is no mark (0.9)",
        "cvaction.rules.own_copies.mark_of",
        _blind_mark,
        "plain",
        "allow",
        ("UpdateProject", 0),
        "kill-after",
        "a person clones the copy",
    ),
    Rule(
        "The mark is found though a person edits the description (0.9)",
        "cvaction.rules.own_copies.mark_of",
        lambda project: mark.mark_of(project) if "\n   work=" not in project.description else None,
        "plain",
        "allow",
        ("UpdateProject", 1),
        "kill-after",
        "a person edits the description",
    ),
    Rule(
        "Commit, then name (7.1)",
        "cvaction.commands.promote.story.commit",
        lambda editor, project, *_: Committed(project, editor.client.get_projects(), -1),
        "plain",
        "allow",
        ("UpdateProject", 0),
        "kill-after",
    ),
    Rule(
        "The name is chosen from a fresh list and checked (7.3, 7.8)",
        "cvaction.steps.replacing.holders_now",
        EMPTY,
        "replace",
        "allow",
        ("UpdateProject", 2),
        "during",
        "a person takes the name",
    ),
    Rule(
        "A decision to stop removes own unfinished imports (3.1)",
        "cvaction.commands.promote.story.remove_unfinished",
        NOTHING,
        "release",
        "allow",
        ("ImportProject", 0),
        "kill-after",
        "the gate turns red",
    ),
    Rule(
        "In a later attempt it looks again for what a listing hid (3.2)",
        "cvaction.commands.promote.story.own_work_by_now",
        lambda _finder, _narrator, copies: copies,
        "release",
        "allow",
        ("ImportProject", 0),
        "kill-after",
        "the gate turns red",
        lag=9.0,
    ),
    Rule(
        "Every holder of the name is renamed first (7.6)",
        "cvaction.steps.replacing.retire",
        NOTHING,
        "replace",
        "allow",
        ("ImportProject", 0),
        "500",
    ),
    Rule(
        "Of this action's copies the newest keeps the name (7.9)",
        "cvaction.steps.replacing._is_late",
        lambda *_: False,
        "replace",
        "allow",
        ("UpdateProject", 0),
        "during",
        "another run of this work",
    ),
    Rule(
        "Earlier copies are counted by their marks, whatever a lagging row calls them (8.2)",
        "cvaction.steps.finishing.still_earlier",
        _as_the_rows_call_them,
        "release",
        "allow",
        ("UnpublishIteration", 0),
        "kill-after",
        lag=6.0,
    ),
    Rule(
        "A mirror's copies are neither counted nor deleted (9.6)",
        "cvaction.steps.lineage.Lineage.retains",
        lambda *_: True,
        "release",
        "allow",
        ("ImportProject", 0),
        "500",
    ),
    Rule(
        "Resume by the id in the mark, never by name (2.3)",
        "cvaction.commands.promote.resume._source",
        lambda resumption, _copy, marking: resumption.source_client.get_project(marking.source),
        "move",
        "allow",
        ("DeleteProject", 0),
        "kill-after",
    ),
    Rule(
        "The source is deleted only as it was copied (8.5)",
        "cvaction.steps.moving.same_time",
        lambda *_: True,
        "move",
        "allow",
        ("ImportProject", 0),
        "edit",
    ),
    Rule(
        "An import of another state of the source is not continued (4.2)",
        "cvaction.steps.source.stamp",
        lambda *_: "0000",
        "move",
        "allow",
        ("ImportProject", 0),
        "edit, then killed",
    ),
)


def _number(world: World, at: tuple[str, int]) -> int:
    """The number of the request that a rule's case disturbs."""
    world.attempt()
    numbers = [number for number, logged in enumerate(world.emulator.log) if logged.operation == at[0]]
    return numbers[at[1]]


def _case(rule: Rule, workspace: Path) -> tuple[Case | EditCase, World]:
    (workspace / "sweep.png").write_bytes(IMAGE)
    scenario = next(one for one in SCENARIOS if one.name == rule.scenario)
    prepared = scenario.build(rule.names, workspace)
    number = _number(prepared.copy(), rule.at)
    if rule.kind.startswith("edit"):
        return EditCase(scenario, number, number + 2 if "killed" in rule.kind else None), prepared
    return Case(scenario, rule.names, number, rule.kind, rule.change, rule.lag), prepared


def _judge(case: Case | EditCase, prepared: World) -> list[str]:
    return judge(case, prepared) if isinstance(case, Case) else judge_edit(case, prepared)


@pytest.mark.parametrize("rule", RULES, ids=[rule.rule for rule in RULES])
def test_the_sweep_is_red_without(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, prepared = _case(rule, tmp_path)
    assert _judge(case, prepared) == [], "the case must hold with the rule in place"
    monkeypatch.setattr(rule.target, rule.broken)
    problems = _judge(case, prepared)
    assert not [told for told in problems if "A fault in this action" in told], (
        "what is put in the rule's place crashes"
    )
    assert problems, f"{case} does not notice that the rule is gone"


def test_the_protocol_page_names_the_case_that_catches_each_rule(repository: Callable[[str], str]) -> None:
    page = repository("docs/protocol.md")
    for line in table():
        assert line in page


def table() -> list[str]:
    """The table of docs/protocol.md: rule, and the case that is red without it."""
    rows = ["| rule | the case that is red without it |", "|---|---|"]
    for rule in RULES:
        extra = f", then {rule.change}" if rule.change else ""
        lag = f", the listing lags by {rule.lag:g} s" if rule.lag else ""
        where = f"{rule.at[0]} no. {rule.at[1] + 1}" if rule.at[1] else rule.at[0]
        rows.append(f"| {rule.rule} | {rule.scenario}, names: {rule.names}; {rule.kind} at {where}{extra}{lag} |")
    return rows
