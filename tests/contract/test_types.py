"""What the types forbid: mypy is run on lines that must not pass."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

FORBIDDEN = """
from cvaction.commands.promote.looking import Looks
from cvaction.commands.promote.plan import Planner
from cvaction.commands.promote.resume import Resumption
from cvaction.commands.restore import own as restored
from cvaction.customvision.models import Project
from cvaction.run import Run
from cvaction.secret import Secret
from cvaction.steps.adoption import Adoption
from cvaction.steps.copying import Importer
from cvaction.steps.gate import Gates
from cvaction.steps.moving import Move
from cvaction.steps.own_work import Finder
from cvaction.steps.proving import Prover
from cvaction.steps.reading import read_contents
from cvaction.steps.serving import Example
from cvaction.steps.smoke import SmokeTest
from cvaction.steps.syncing import Sync
from cvaction.steps.waiting import Watch

def any_step_that_has_the_source(run: Run, project: Project) -> None:
    read_contents(run.source_client, project)
    run.source_client.delete_project(project.id)  # forbidden
    run.source_client.unpublish_iteration(project.id, project.id)  # forbidden
    run.source_client.update_project(project, name="x", description="")  # forbidden
    run.source_client.publish_iteration(project.id, project.id, "x", "y")  # forbidden

def the_import(importer: Importer, project: Project) -> None:
    importer.target_client.import_project(Secret("x"), "x")
    importer.source_client.delete_project(project.id)  # forbidden

def the_end_of_a_move(move: Move, project: Project) -> None:
    move.source_client.delete_project(project.id)
    move.target_client.delete_project(project.id)  # forbidden

def the_look_for_own_work(finder: Finder, adoption: Adoption, project: Project) -> None:
    finder.client.delete_project(project.id)  # forbidden
    adoption.client.delete_project(project.id)  # forbidden

def the_gate(gates: Gates, project: Project) -> None:
    if gates.target_client:
        read_contents(gates.target_client, project)
        gates.target_client.delete_project(project.id)  # forbidden

def the_look_for_a_copy_that_is_up_to_date(sync: Sync, project: Project) -> None:
    sync.target_client.delete_project(project.id)  # forbidden
    sync.source_client.delete_project(project.id)  # forbidden

def the_look_at_both_sides(looks: Looks, project: Project) -> None:
    looks.source.client.delete_project(project.id)  # forbidden
    looks.target.client.delete_project(project.id)  # forbidden

def a_plan(planner: Planner, project: Project) -> None:
    planner.looks.target.client.update_project(project, name="x", description="")  # forbidden
    planner.adoption.client.delete_project(project.id)  # forbidden

def what_is_read_of_a_copy_that_is_marked_already(resumption: Resumption, project: Project) -> None:
    resumption.source_client.delete_project(project.id)  # forbidden
    resumption.target_client.delete_project(project.id)  # forbidden

def the_look_for_what_a_restore_has_made(finder: restored.Finder, project: Project) -> None:
    finder.client.delete_project(project.id)  # forbidden

def the_wait(watch: Watch, project: Project) -> None:
    watch.client.delete_project(project.id)  # forbidden

def the_proof(prover: Prover, project: Project) -> None:
    prover.target_client.delete_project(project.id)  # forbidden
    prover.source_client.delete_project(project.id)  # forbidden

def the_example_of_a_mirrors_copy(example: Example, project: Project) -> None:
    example.client.publish_iteration(project.id, project.id, "x", "y")  # forbidden
    example.client.unpublish_iteration(project.id, project.id)  # forbidden

def the_smoke_test(test: SmokeTest, project: Project) -> None:
    test.client.delete_project(project.id)  # forbidden
    test.client.publish_iteration(project.id, project.id, "x", "y")  # forbidden
"""
# Which modules send what changes a resource. All others can only ask one of these.
CHANGES = {
    "import_project": ["cvaction/steps/copying.py"],
    "update_project": ["cvaction/steps/committing.py", "cvaction/steps/renaming.py"],
    "publish_iteration": ["cvaction/steps/publishing.py", "cvaction/steps/serving.py"],
    "unpublish_iteration": ["cvaction/steps/moving.py", "cvaction/steps/removing.py", "cvaction/steps/serving.py"],
    "delete_project": ["cvaction/steps/moving.py", "cvaction/steps/removing.py"],
}


def modules_with(pattern: str) -> list[str]:
    """The modules above the service's own that have the pattern."""
    return [
        path.relative_to(REPOSITORY).as_posix()
        for path in sorted((REPOSITORY / "cvaction").rglob("*.py"))
        if path.parent.name != "customvision" and re.search(pattern, path.read_text(encoding="utf-8"))
    ]


def test_a_step_that_only_reads_cannot_change_anything(tmp_path: Path) -> None:
    file = tmp_path / "violations.py"
    file.write_text(FORBIDDEN, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(file)]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
    refused = {int(line) for line in re.findall(r':(\d+): error: "ReadingClient" has no attribute', said)}
    forbidden = {number for number, line in enumerate(FORBIDDEN.splitlines(), 1) if "# forbidden" in line}
    assert refused == forbidden, said
    assert f"Found {len(forbidden)} errors" in said, said


@pytest.mark.parametrize("operation", CHANGES)
def test_each_change_is_sent_by_few_modules(operation: str) -> None:
    assert modules_with(rf"\.{operation}\(") == CHANGES[operation]


def test_one_module_alone_may_delete_a_source() -> None:
    assert modules_with("source_client: TrainingClient") == ["cvaction/steps/moving.py"]
    handed_on = ["cvaction/commands/promote/__init__.py", "cvaction/commands/promote/parts.py", "cvaction/run.py"]
    assert modules_with("source_to_delete") == handed_on
