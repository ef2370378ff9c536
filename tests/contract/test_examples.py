"""Each example is a workflow that uses the action as it is."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from cvaction.commands import COMMANDS, DEFAULT, Command
from cvaction.failures.wording import OWN_PULL_REQUESTS
from runner_double.double import REPOSITORY

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yml"))
IDS = [path.name for path in EXAMPLES]
OURS = re.compile(r"[^/]+/cvaction(?:/(?P<folder>[a-z]+))?@[0-9a-f]{40}|\./")


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


def our_steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in steps(workflow) if OURS.fullmatch(step.get("uses", ""))]


def command(step: dict[str, Any]) -> Command[Any, Any]:
    """The command of a step that uses one of our actions."""
    used = OURS.fullmatch(step["uses"])
    assert used
    return COMMANDS[used["folder"] or DEFAULT]()


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
        assert set(step["with"]) <= set(command(step).defaults)


def test_an_example_reads_outputs_that_the_action_has(text: str) -> None:
    # An id is a job's own: two jobs may give the same one.
    steps = our_steps(yaml.safe_load(text))

    for used, name in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
        found = [command(step).outputs for step in steps if step.get("id") == used]
        assert not found or any(name in outputs for outputs in found)


def test_an_example_keeps_keys_out_of_its_text(text: str) -> None:
    for step in our_steps(yaml.safe_load(text)):
        for name in set(command(step).secrets) & set(step["with"]):
            assert re.fullmatch(r"\$\{\{ (secrets\.\w+|steps\.\w+\.outputs\.[\w-]+) \}\}", step["with"][name])


def test_an_example_asks_for_no_permission_that_it_does_not_name(text: str) -> None:
    assert yaml.safe_load(text)["permissions"] == {}


def test_an_example_pins_every_action_by_commit(text: str) -> None:
    for step in steps(yaml.safe_load(text)):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}|\./", step.get("uses", "./"))


def test_a_job_of_a_pull_request_skips_whom_github_gives_nothing() -> None:
    shown = [
        workflow
        for path in EXAMPLES
        if "pull_request" in (workflow := yaml.safe_load(path.read_text(encoding="utf-8")))[True]
    ]
    security = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    shown += [yaml.safe_load(block) for block in re.findall(r"```yaml\n(jobs:\n.*?)```", security, re.DOTALL)]

    conditions = [job["if"] for workflow in shown for job in workflow["jobs"].values()]
    assert len(conditions) >= 2
    assert set(conditions) == {OWN_PULL_REQUESTS}


@pytest.mark.parametrize(
    ("example", "step", "kept"),
    [
        ("weekly-backup.yml", "Keep the backup", {"backed-up", "unchanged", "incomplete"}),
        ("backup-to-storage.yml", "Upload what has changed", {"backed-up", "incomplete"}),
    ],
)
def test_one_project_that_fails_keeps_no_backup_back(example: str, step: str, kept: set[str]) -> None:
    """An artifact is deleted after some days, and the cache may hold what no artifact has: so `unchanged` makes one, too."""
    text = (REPOSITORY / "examples" / example).read_text(encoding="utf-8")
    (found,) = [one for one in steps(yaml.safe_load(text)) if one["name"] == step]
    told = re.search(r"fromJSON\('\[(.*?)\]'\)", found["if"])
    assert told is not None
    assert set(re.findall(r'"([\w-]+)"', told[1])) == kept
    assert "!cancelled()" in found["if"]
