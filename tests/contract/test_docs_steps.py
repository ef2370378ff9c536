"""The workflow steps of the pages: inputs, outputs and words are those of the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from cvaction.commands import COMMANDS
from cvaction.commands import DEFAULT as DEFAULT_COMMAND
from cvaction.commands.promote import OUTPUT_NAMES
from cvaction.commands.promote.inputs import KEYS, read_inputs
from cvaction.github.context import RunContext
from tests.support.documents import action

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.pages import README, each_file, each_page, fences, steps

SAMPLES = {
    "endpoint": "https://westeurope.api.cognitive.microsoft.com",
    "key": "0123456789abcdef0123456789abcdef",
    "id": "64b822c5-8082-4b36-a426-27225f4aa18c",
}


# Inputs and outputs


def blocks_of_yaml(path: Path) -> list[Any]:
    return [yaml.safe_load(block) for block in fences(path, "yaml", "yml")]


def our_steps(path: Path) -> list[dict[str, Any]]:
    found = [step for block in blocks_of_yaml(path) for step in steps(block)]
    return [step for step in found if re.match(r"[^/]+/cvaction[/@]", step["uses"])]


def test_the_step_to_paste_is_a_right_one_and_does_not_fill_the_resource() -> None:
    (step,) = blocks_of_yaml(README)[0]
    given = step["with"]

    assert set(given) == {
        *("source-endpoint", "source-key", "source-project-id"),
        *("target-endpoint", "target-key", "target-project-name"),
        *("if-exists", "keep-previous"),
    }
    assert {name for name, spec in action()["inputs"].items() if spec["required"]} <= set(given)
    for name, value in given.items():
        kind = "secrets" if name in KEYS else "vars"
        literal = name in {"target-project-name", "if-exists", "keep-previous"}
        assert literal or re.fullmatch(rf"\$\{{\{{ {kind}\.\w+ \}}\}}", value)
    values = {
        name: next((sample for end, sample in SAMPLES.items() if name.endswith(f"-{end}")), str(value))
        for name, value in given.items()
    }
    inputs = read_inputs(lambda name: values.get(name, ""), RunContext.from_environ({}))
    assert inputs.target_project_name == given["target-project-name"]
    assert (inputs.if_exists, inputs.keep_previous) == ("replace", 2)


@each_page
def test_a_step_has_inputs_of_the_action_and_the_placeholder_for_its_commit(path: Path) -> None:
    for step in our_steps(path):
        used = re.fullmatch(rf"OWNER/cvaction(?:/([a-z]+))?@{'0' * 40}", step["uses"])
        assert used, step["uses"]
        assert set(step.get("with", {})) <= set(COMMANDS[used[1] or DEFAULT_COMMAND]().defaults)


@each_file
def test_an_output_that_is_read_is_an_output(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"(?:steps|needs)\.promote\.outputs\.([\w-]+)", text):
        assert name in OUTPUT_NAMES
