"""The emulator with each answer away from the assumed one: a promotion holds, or the list says what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.facts import FACTS
from emulator import Behaviour
from tests.support.keyless import keyless
from tests.support.probing import KEYLESS
from tests.support.world import SCENARIOS, final_name_ok

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.facts.model import Answer

OTHERS = [
    (name, answer)
    for name, fact in FACTS.items()
    for answer in fact.answers.samples()
    if answer != fact.assumed and not fact.answers.meaning(answer).breaks
]
SCENARIO_NAMES = ("release", "plain", "replace")
CASES = [(name, answer, SCENARIO_NAMES[number % 3]) for number, (name, answer) in enumerate(OTHERS)]
"""Each answer with one scenario, in turn."""
NOT_ASKED = {"keys-off"}  # keys are what this suite promotes with: tests of errors have it


@pytest.mark.parametrize(("fact", "answer", "scenario"), CASES, ids=[f"{name}={answer}" for name, answer, _ in CASES])
def test_a_promotion_holds(fact: str, answer: Answer, scenario: str, tmp_path: Path) -> None:
    if fact in NOT_ASKED:
        return
    (tmp_path / "sweep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (chosen,) = (one for one in SCENARIOS if one.name == scenario)
    world = chosen.build("suffix", tmp_path)
    settings = {**FACTS[fact].clear, **(FACTS[fact].answers.settings(answer) or {})}
    world.emulator.behaviour = Behaviour(**{"import_seconds": 4.0, **settings})
    if fact in KEYLESS:
        world = keyless(world)

    result, _ = world.attempt()

    assert result.status == chosen.expected, result.log
    (copy,) = [project for project in world.own() if project.id == result.outputs["project-id"]]
    assert final_name_ok(chosen, copy.name)
    assert (copy.content.tagged, copy.content.untagged) == (12, 2)
