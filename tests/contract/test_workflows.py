"""The workflows of this repository and of the examples: pinned, with no right too many, and bounded."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yml"))
COMPOSITES = sorted((REPOSITORY / ".github" / "actions").glob("*/action.yml"))

USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<reference>\S+)(?P<comment>.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r" # v\d+\.\d+\.\d+\b")
PLACEHOLDER = "0" * 40


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _load(path: Path) -> dict[str, Any]:
    # The base loader keeps `on` a word and every scalar a text, as it is written.
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    assert isinstance(loaded, dict)
    return loaded


def _jobs(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)
    return jobs


def _steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in _jobs(workflow).values() for step in job["steps"]]


def _references(path: Path) -> list[tuple[str, str]]:
    return [(use["reference"], use["comment"]) for use in USES.finditer(path.read_text(encoding="utf-8"))]


each_workflow = pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES, ids=_name)
each_file = pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES + COMPOSITES, ids=_name)


def test_the_workflows_are_those_that_the_house_promises() -> None:
    names = {path.name for path in WORKFLOWS}
    assert names >= {"ci.yml", "release.yml", "codeql.yml", "scorecard.yml", "zizmor.yml"}


@each_file
def test_every_action_is_local_or_pinned_by_commit_with_its_version_beside_it(path: Path) -> None:
    for reference, comment in _references(path):
        if not reference.startswith("./"):
            assert PINNED.fullmatch(reference), f"{reference} is not pinned by a commit"
            assert VERSION.match(comment), f"{reference} has no version beside it"


@each_workflow
def test_no_use_of_an_action_escapes_the_check_of_the_pins(path: Path) -> None:
    in_steps = [step["uses"] for step in _steps(_load(path)) if "uses" in step]
    assert [reference for reference, _ in _references(path)] == in_steps
    assert not [job for job in _jobs(_load(path)).values() if "container" in job or "services" in job]


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS + EXAMPLES + COMPOSITES:
        for reference, comment in _references(path):
            if not reference.startswith("./"):
                owner, repository = reference.split("@")[0].split("/")[:2]
                pins.setdefault(f"{owner}/{repository}", set()).add(reference.split("@")[1] + comment)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS + COMPOSITES, ids=_name)
def test_the_placeholder_of_the_examples_is_nowhere_else(path: Path) -> None:
    assert PLACEHOLDER not in "".join(reference for reference, _ in _references(path))


@each_workflow
def test_a_workflow_has_no_rights_and_each_job_asks_for_its_own(path: Path) -> None:
    workflow = _load(path)
    assert workflow["permissions"] == {}
    for name, job in _jobs(workflow).items():
        assert isinstance(job.get("permissions"), dict), f"{name} does not say what it may do"


@each_workflow
def test_a_workflow_has_a_name_and_says_which_of_its_runs_exclude_each_other(path: Path) -> None:
    workflow = _load(path)
    assert workflow["name"]
    assert workflow["concurrency"]["group"]
    assert workflow["concurrency"]["cancel-in-progress"]


@each_workflow
def test_every_job_has_a_timeout_and_a_fixed_runner(path: Path) -> None:
    for name, job in _jobs(_load(path)).items():
        assert int(job["timeout-minutes"]) <= 360, name
        legs = job.get("strategy", {}).get("matrix", {}).get("include", [])
        runners = [leg["runner"] for leg in legs] if legs else [job["runs-on"]]
        assert all(re.fullmatch(r"ubuntu-\d\d\.\d\d(-arm)?", runner) for runner in runners), name


@each_workflow
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for step in _steps(_load(path)):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step.get("with", {}).get("persist-credentials") == "false"


@each_file
def test_no_script_has_an_expression_pasted_into_it(path: Path) -> None:
    loaded = _load(path)
    steps = loaded["runs"]["steps"] if "runs" in loaded else _steps(loaded)
    for step in steps:
        assert "${{" not in step.get("run", ""), f"hand it over in env: {step['run']}"


@each_workflow
def test_no_workflow_runs_code_of_a_fork_with_rights(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(_load(path)["on"])


def test_ci_checks_every_python_that_the_project_names() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [line.rsplit(" ", 1)[1] for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    ci = _load(REPOSITORY / ".github" / "workflows" / "ci.yml")
    assert ci["jobs"]["check"]["strategy"]["matrix"]["python"] == named


def test_ci_tries_the_action_itself_with_success_and_with_failures() -> None:
    steps = _load(REPOSITORY / ".github" / "workflows" / "ci.yml")["jobs"]["action"]["steps"]
    runs = [step for step in steps if step.get("uses") == "./"]
    asserted = "\n".join(str(step.get("env", "")) for step in steps if "run" in step)
    assert any("continue-on-error" in step for step in runs)
    for run in runs:
        assert f"steps.{run['id']}.outputs.status" in asserted
        if run.get("continue-on-error") == "true":
            assert f"steps.{run['id']}.outcome" in asserted


def test_a_release_is_made_by_hand_and_changes_nothing_but_the_image_in_action_yml() -> None:
    release = _load(REPOSITORY / ".github" / "workflows" / "release.yml")
    assert set(release["on"]) == {"workflow_dispatch"}
    action = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    assert action.count("\n  image: Dockerfile\n") == 1, "release.yml looks for this very line"


def test_dependabot_watches_actions_image_and_packages_and_waits_a_week() -> None:
    updates = _load(REPOSITORY / ".github" / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "docker", "pip"}
    for update in updates:
        assert int(update["cooldown"]["default-days"]) >= 7
        assert update["groups"]
