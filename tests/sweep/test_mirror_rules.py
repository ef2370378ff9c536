"""The sweep of mirrors can fail: with any one rule of a mirror taken out, a case is red."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sweep import mirrors, night_judge, nights
from tests.sweep.mirror_rules import PLAIN, RULES, Rule, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.mirrors import MirrorWorld


@lru_cache
def _plain(parallel: str) -> tuple[MirrorWorld, tuple[str, ...]]:
    """The mirror that nothing is wrong with, and the operations of its requests."""
    prepared = mirrors.prepare(Path(), 1)
    prepared.inputs["parallel"] = parallel
    calm = prepared.copy()
    calm.run()
    return prepared, tuple(entry.operation for entry in calm.emulator.log)


def _case(rule: Rule) -> Callable[[], list[str]]:
    """What plays a rule's case."""
    operation, which = rule.at
    if rule.world == PLAIN:
        world, operations = _plain(rule.parallel)
    else:
        prepared = nights.prepare(rule.world)
        operations = tuple(one if rule.whose in {"", whose} else "" for one, whose in prepared.operations)
    number = [n for n, one in enumerate(operations) if one == operation][which]
    if rule.world == PLAIN:
        return lambda: mirrors.judge(mirrors.Case(number, rule.kind, 1, rule.lag), world)
    case = nights.Case(rule.world, number, rule.kind, rule.lag, rule.taken, rule.unserved)
    return lambda: night_judge.judge(case, prepared)


@pytest.mark.parametrize("rule", RULES, ids=[rule.rule for rule in RULES])
def test_the_sweep_of_mirrors_is_red_without(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = _case(rule)
    assert judge() == [], "the case must hold with the rule in place"
    for target, broken in rule.broken.items():
        monkeypatch.setattr(target, broken)
    problems = judge()
    assert not [told for told in problems if "A fault in this action" in told], "what is in its place crashes"
    assert problems, "the case does not notice that the rule is gone"


def test_the_protocol_page_names_the_case_of_each_rule_of_a_mirror(repository: Callable[[str], str]) -> None:
    page = repository("docs/protocol.md")
    for line in table():
        assert line in page
