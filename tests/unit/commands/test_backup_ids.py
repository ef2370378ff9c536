"""A project whose id is no UUID: only this project fails, and its id reaches no path (backup.md: "an id on the wire")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.backups import index

if TYPE_CHECKING:
    from tests.support.backups import Stage

ODD = ["../../etc", "", "a\n::add-mask::b", "0901D86B-F227-43E0-9630-D172CCFD41E", "x" * 200]


def odd(stage: Stage, wire_id: str) -> None:
    """Give the service a second project with this id."""
    project = stage.detector()
    del stage.resource.projects[project.id]
    project.id = wire_id
    stage.resource.projects[wire_id] = project


@pytest.mark.parametrize("wire_id", ODD)
def test_the_other_projects_are_backed_up(stage: Stage, wire_id: str) -> None:
    good = stage.classifier()
    odd(stage, wire_id)

    result = stage.run()

    assert result.status == "incomplete", result.log
    rows = {row["name"]: row for row in result.report["projects"]}
    assert {name: row["status"] for name, row in rows.items()} == {"Shelf": "backed-up", "Traffic": "failed"}
    assert "is not a UUID" in rows["Traffic"]["error"]["text"]
    assert [path.name for path in stage.folder.iterdir() if path.is_dir()] == [f"shelf-{good.id[:8]}"]
    assert not [entry for entry in stage.emulator.log if "etc" in entry.path or "xxx" in entry.path]
    assert not [line for line in result.log.splitlines() if line.startswith("::add-mask::b")]


def test_nothing_is_pruned_meanwhile(stage: Stage) -> None:
    stage.classifier()
    gone = stage.classifier("Other")
    stage.good()
    del stage.resource.projects[gone.id]
    odd(stage, "odd")

    result = stage.run(prune="true")

    assert result.status == "incomplete"
    assert list(stage.folder.glob(f"*{gone.id[:8]}"))


def test_a_plan_names_it(stage: Stage) -> None:
    stage.classifier()
    odd(stage, "odd")

    result = stage.run(dry_run="true")

    assert result.status == "planned", result.log
    assert "(odd) cannot be backed up: its id is not a UUID." in result.log


def test_one_that_is_not_selected_does_not_matter(stage: Stage) -> None:
    stage.classifier()
    odd(stage, "odd")

    assert stage.run(projects="Shelf").status == "backed-up"


def test_a_project_does_not_get_the_folder_of_another_that_failed(stage: Stage) -> None:
    """Two ids share 8 characters: the empty folder of the one that failed is not the other's."""
    for number, project in enumerate((stage.classifier("One"), stage.classifier("Two")), 1):
        del stage.resource.projects[project.id]
        project.id = f"00000000-0000-0000-0000-00000000000{number}"
        stage.resource.projects[project.id] = project
    fault = Fault("code:BadRequest", operation="GetTags", status=400, path_contains="0000001/")
    stage.emulator.faults.add(fault)

    assert stage.run().status == "incomplete"
    assert sorted(index(stage.folder)) == ["00000000-0000-0000-0000-000000000002"]
    stage.good()

    folders = {entry["name"]: entry["folder"] for entry in index(stage.folder).values()}
    assert folders == {"One": "one-00000000", "Two": "two-00000000"}
