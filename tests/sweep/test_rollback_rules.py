"""The sweep of rollbacks can fail: with any one rule of a rollback taken out, a case is red."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.rollback.story import note
from tests.sweep.__main__ import IMAGE
from tests.sweep.rollback_judge import judge
from tests.sweep.rollbacks import GONE, SCENARIOS, TAKEN, RollbackCase

if TYPE_CHECKING:
    from pathlib import Path

PLAIN, UNSERVED = SCENARIOS
STORY, LINEAGE = "cvaction.commands.rollback.story", "cvaction.steps.lineage"
NOTHING: Any = lambda *_args, **_options: None  # noqa: E731 - a rule that does nothing


def _note_one(editor: Any, pair: Any, run: str) -> Any:
    """The mark of what was in use is left as it is."""
    return note(editor, replace(pair, bad=None), run)


def _note_nothing(_editor: Any, pair: Any, _run: str) -> Any:
    return pair.old


@dataclass(frozen=True)
class Rule:
    """A rule, what takes it out, and the case that notices: `at` is the operation, and which request of it."""

    rule: str
    target: str
    broken: Any
    at: tuple[str, int]
    kind: str
    change: str = ""
    lag: float = 0.0
    unserved: bool = False
    names: str = "allow"


RULES = (
    Rule("a re-run goes on with what the mark tells", f"{STORY}.begun", NOTHING, ("UpdateProject", 3), "kill-after"),
    Rule(
        "it is found though what was in use is gone",
        f"{STORY}.begun",
        NOTHING,
        ("UpdateProject", 2),
        "kill-after",
        GONE,
    ),
    Rule("both marks tell of it", f"{STORY}.note", _note_one, ("GetProjects", 0), "503"),
    Rule("the marks come before the names", f"{STORY}.note", _note_nothing, ("UpdateProject", 0), "kill-after"),
    Rule("what was in use gets a dated name", f"{STORY}.retire", NOTHING, ("GetProjects", 0), "503"),
    Rule("a name that somebody took is seen", f"{STORY}.holders_now", NOTHING, ("UpdateProject", 2), "during", TAKEN),
    Rule(
        "a name that somebody took is left to them",
        f"{STORY}._undo",
        lambda *_a, **_o: [],
        ("UpdateProject", 2),
        "during",
        TAKEN,
    ),
    Rule(
        "a copy that does not serve is published",
        f"{STORY}.Publisher.publish",
        NOTHING,
        ("GetProject", 0),
        "503",
        unserved=True,
    ),
    Rule("what was rolled back goes first", f"{LINEAGE}.rolled_back", lambda _: False, ("GetProjects", 0), "503"),
)


def _case(rule: Rule, workspace: Path) -> tuple[RollbackCase, Any]:
    (workspace / "sweep.png").write_bytes(IMAGE)
    scenario = UNSERVED if rule.unserved else PLAIN
    prepared = scenario.build(rule.names, workspace)
    probe = prepared.copy()
    probe.attempt()
    operation, which = rule.at
    numbers = [number for number, logged in enumerate(probe.world.emulator.log) if logged.operation == operation]
    return RollbackCase(scenario, rule.names, numbers[which], rule.kind, rule.change, rule.lag), prepared


@pytest.mark.parametrize("rule", RULES, ids=[rule.rule for rule in RULES])
def test_the_sweep_of_rollbacks_is_red_without(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, prepared = _case(rule, tmp_path)
    assert judge(case, prepared) == [], "the case must hold with the rule in place"
    monkeypatch.setattr(rule.target, rule.broken)
    problems = judge(case, prepared)
    assert not [told for told in problems if "A fault in this action" in told], "what is in its place crashes"
    assert problems, f"{case} does not notice that the rule is gone"
