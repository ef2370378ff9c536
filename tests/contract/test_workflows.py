"""The workflows of this repository and of the examples: pinned, with no right too many, and bounded."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY
from tests.support.documents import FOLDERS, dockerfile, path_of
from tests.support.workflows import (
    COMPOSITES,
    EXAMPLES,
    WORKFLOWS,
    jobs,
    load,
    name_of,
    references,
    steps,
    workflow,
)

if TYPE_CHECKING:
    from pathlib import Path

DOCS = sorted((REPOSITORY / "docs").glob("*.md"))

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r" # v\d+\.\d+\.\d+\b")
PLACEHOLDER = "0" * 40
SED = re.compile(r"^\s*(sed -i .*)$", re.MULTILINE)
IMAGE_LINE = re.compile(r"^  image: .*$", re.MULTILINE)


each_workflow = pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES, ids=name_of)
each_file = pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES + COMPOSITES, ids=name_of)


def test_the_workflows_are_those_that_the_house_promises() -> None:
    names = {path.name for path in WORKFLOWS}
    assert names >= {"ci.yml", "release.yml", "codeql.yml", "scorecard.yml", "zizmor.yml"}


@pytest.mark.parametrize("path", WORKFLOWS + EXAMPLES + COMPOSITES + DOCS, ids=name_of)
def test_every_action_is_local_or_pinned_by_commit_with_its_version_beside_it(path: Path) -> None:
    for reference, comment in references(path):
        if not reference.startswith("./"):
            assert PINNED.fullmatch(reference), f"{reference} is not pinned by a commit"
            assert VERSION.match(comment), f"{reference} has no version beside it"


@each_workflow
def test_no_use_of_an_action_escapes_the_check_of_the_pins(path: Path) -> None:
    in_steps = [step["uses"] for step in steps(load(path)) if "uses" in step]
    assert [reference for reference, _ in references(path)] == in_steps
    assert not [job for job in jobs(load(path)).values() if "container" in job or "services" in job]


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS + EXAMPLES + COMPOSITES + DOCS:
        for reference, comment in references(path):
            if not reference.startswith("./"):
                owner, repository = reference.split("@")[0].split("/")[:2]
                pins.setdefault(f"{owner}/{repository}", set()).add(reference.split("@")[1] + comment)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS + COMPOSITES, ids=name_of)
def test_the_placeholder_of_the_examples_is_nowhere_else(path: Path) -> None:
    assert PLACEHOLDER not in "".join(reference for reference, _ in references(path))


@each_workflow
def test_a_workflow_has_no_rights_and_each_job_asks_for_its_own(path: Path) -> None:
    loaded = load(path)
    assert loaded["permissions"] == {}
    for name, job in jobs(loaded).items():
        assert isinstance(job.get("permissions"), dict), f"{name} does not say what it may do"


@each_workflow
def test_a_workflow_has_a_name_and_says_which_of_its_runs_exclude_each_other(path: Path) -> None:
    loaded = load(path)
    assert loaded["name"]
    assert loaded["concurrency"]["group"]
    assert loaded["concurrency"]["cancel-in-progress"]


@each_workflow
def test_every_job_has_a_timeout_and_a_fixed_runner(path: Path) -> None:
    for name, job in jobs(load(path)).items():
        assert int(job["timeout-minutes"]) <= 360, name
        matrix = job.get("strategy", {}).get("matrix", {})
        legs = [] if isinstance(matrix, str) else matrix.get("include", [])  # a text: another job makes it
        runners = [leg["runner"] for leg in legs] if legs else [job["runs-on"]]
        assert all(re.fullmatch(r"ubuntu-\d\d\.\d\d(-arm)?", runner) for runner in runners), name


@each_workflow
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    for step in steps(load(path)):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step.get("with", {}).get("persist-credentials") == "false"


@each_file
def test_no_script_has_an_expression_pasted_into_it(path: Path) -> None:
    loaded = load(path)
    for step in loaded["runs"]["steps"] if "runs" in loaded else steps(loaded):
        assert "${{" not in step.get("run", ""), f"hand it over in env: {step['run']}"


@each_workflow
def test_no_workflow_runs_code_of_a_fork_with_rights(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(load(path)["on"])


def test_ci_checks_every_python_that_the_project_names() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [line.rsplit(" ", 1)[1] for line in project["classifiers"] if re.search(r":: 3\.\d+$", line)]
    ci = workflow("ci.yml")
    assert ci["jobs"]["check"]["strategy"]["matrix"]["python"] == named


def test_ci_tries_the_action_itself_with_success_and_with_failures() -> None:
    in_order = workflow("ci.yml")["jobs"]["action"]["steps"]
    runs = [(at, step) for at, step in enumerate(in_order) if step.get("uses") == "./"]
    assert len({step["id"] for _, step in runs}) == len(runs) > 1
    assert {step.get("continue-on-error", "false") for _, step in runs} == {"true", "false"}
    for at, run in runs:
        later = [step for step in in_order[at + 1 :] if "run" in step and "if" not in step]
        for value in ("outputs.status", *(["outcome"] if run.get("continue-on-error") == "true" else [])):
            wanted = f"${{{{ steps.{run['id']}.{value} }}}}"
            named = [(step, name) for step in later for name, text in step.get("env", {}).items() if wanted in text]
            assert named, f"nothing asserts {wanted}"
            for step, name in named:
                assert f"[[ ${name} == " in step["run"], f"{step['name']} does not assert {name}"


def test_ci_names_the_emulator_as_trusted_and_once_expects_a_refusal_without_that() -> None:
    runs = [step for step in steps(workflow("ci.yml")) + steps(workflow("release.yml")) if step.get("uses") == "./"]
    trusted = "${{ steps.emulator.outputs.origins }}"
    without = [step for step in runs if step["with"].get("trusted-endpoints") != trusted]
    assert [(step["id"], step.get("continue-on-error")) for step in without] == [("inputs", "true")]


def test_the_emulator_of_ci_listens_where_a_container_reaches_it() -> None:
    (emulator,) = (load(path) for path in COMPOSITES if path.parent.name == "emulator")
    script = " ".join(step["run"] for step in emulator["runs"]["steps"])
    assert re.findall(r"--host (\S+)", script) == ["0.0.0.0"], "a container does not reach the runner's own loopback"
    addresses = re.findall(r"http://([\w.]+):", script)
    assert len(addresses) == 3
    assert set(addresses) == {"172.17.0.1"}, "the address of Docker's bridge"


def test_a_release_is_made_by_hand_and_changes_nothing_but_the_image_in_action_yml(tmp_path: Path) -> None:
    assert set(workflow("release.yml")["on"]) == {"workflow_dispatch"}
    before = {
        name: re.sub(IMAGE_LINE, f"  image: {dockerfile(folder)}", path_of(folder).read_text(encoding="utf-8"))
        for folder, name in FOLDERS.items()
    }  # at a release's commit it names one
    for name, text in before.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    scripts = [found for step in steps(workflow("release.yml")) for found in SED.findall(step.get("run", ""))]
    assert len(scripts) == 2
    assert len(set(scripts)) == 1, "the image is tried under another name than it is released"
    reference = f"ghcr.io/o/r:v1.0.0@sha256:{'0' * 64}"
    run = ["/bin/sh", "-c", scripts[0].replace('"${actions[@]}"', " ".join(before))]
    subprocess.run(run, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", "REFERENCE": reference}, check=True)
    for name, text in before.items():
        after = re.sub(IMAGE_LINE, f"  image: docker://{reference}", text)
        assert (tmp_path / name).read_text(encoding="utf-8") == after != text


def test_dependabot_watches_actions_image_and_packages_and_waits_a_week() -> None:
    updates = load(REPOSITORY / ".github" / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "docker", "pip"}
    for update in updates:
        assert int(update["cooldown"]["default-days"]) >= 7
        assert update["groups"]
