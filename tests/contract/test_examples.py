"""Each example is a workflow that uses the action as it is."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from cvaction.inputs import INPUT_NAMES, KEYS
from cvaction.outcome.report import OUTPUT_NAMES
from runner_double.double import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yml"))
IDS = [path.name for path in EXAMPLES]
OURS = re.compile(r"[^/]+/cvaction@[0-9a-f]{40}|\./")


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def our_steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in steps(workflow) if OURS.fullmatch(step.get("uses", ""))]


@pytest.fixture(params=EXAMPLES, ids=IDS)
def text(request: pytest.FixtureRequest) -> str:
    content: str = request.param.read_text(encoding="utf-8")
    return content


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_an_example_uses_the_action_with_inputs_that_it_has(text: str) -> None:
    used = our_steps(yaml.safe_load(text))

    assert used
    for step in used:
        assert set(step["with"]) <= set(INPUT_NAMES)


def test_an_example_reads_outputs_that_the_action_has(text: str) -> None:
    ids = {step["id"] for step in our_steps(yaml.safe_load(text)) if "id" in step}

    for step, name in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
        assert step not in ids or name in OUTPUT_NAMES


def test_an_example_keeps_keys_out_of_its_text(text: str) -> None:
    for step in our_steps(yaml.safe_load(text)):
        for name in set(KEYS) & set(step["with"]):
            assert re.fullmatch(r"\$\{\{ (secrets\.\w+|steps\.\w+\.outputs\.[\w-]+) \}\}", step["with"][name])


def test_an_example_asks_for_no_permission_that_it_does_not_name(text: str) -> None:
    assert yaml.safe_load(text)["permissions"] == {}


def test_an_example_pins_every_action_by_commit(text: str) -> None:
    for step in steps(yaml.safe_load(text)):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./", step.get("uses", "./"))
