"""The name of a restored project: refused, cut or taken by the service, or changed by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.archives import classified
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.restore_runs import boxed, check, position, run

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def later(target: Target, **behaviour: Any) -> dict[int, Any]:
    """A plan: the service takes less of a name from the first images on, after the name was tried."""

    def change(_wire: Any) -> None:
        for name, value in behaviour.items():
            setattr(target.emulator.behaviour, name, value)

    return {position(target.copy(), "CreateImagesFromFiles", project_name="n" * 90): change}


def test_a_name_refused_at_the_end_names_the_whole_project(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, later(target, max_name_length=50), project_name="n" * 90)
    project = target.restored()
    assert result.report["error"]["title"] == "The restored project could not be given its name"
    assert result.report["error"]["code"] == "BadRequestProjectName"
    for text in (
        f"'{project.name}' ({project.id}) is complete",
        "`project-name`",
        "must not exceed 50",
        "delete it there",
    ):
        assert text in result.log
    assert "target-project-name" not in result.log
    assert (result.outputs["project-id"], result.outputs["project-name"]) == (project.id, project.name)
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == ("28", str(len(target.sample.tags)))
    assert target.content(project) == target.wanted()

    assert run(target, number=2, project_name="n" * 90).status == "failed", "the name is tried again"
    new = run(target, run_id="901", project_name="short")
    assert (new.outputs["project-name"], len(target.made())) == ("short", 2), "what was said of a new run"


def test_a_project_renamed_by_hand_ends_the_rerun_well(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target, later(target, max_name_length=50), project_name="n" * 90)
    project = target.restored()
    project.entry = replace(project.entry, name="By hand")
    result = run(target, number=2, project_name="n" * 90, if_exists="new")
    assert (result.status, result.outputs["project-name"]) == ("restored", "By hand"), result.log
    assert result.report["warnings"] == []


def test_a_name_that_the_service_cuts_fails_with_the_same_text(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, later(target, max_name_length=50, long_name="cut"), project_name="n" * 90)
    assert result.report["error"]["title"] == "The restored project could not be given its name"
    assert f"The project '{'n' * 50}' ({target.restored().id}) is complete" in result.log


def test_a_name_refused_at_the_beginning_makes_nothing(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified(), refused_characters="#")
    result = run(target, project_name="Shelf #1")
    assert result.report["error"]["title"] == "The service refuses the name of the project to restore"
    assert "`project-name`" in result.log
    assert "target-project-name" not in result.log
    assert not target.made()


@pytest.mark.parametrize("code", ["BadRequestProjectNameNotUnique", "BadRequestProjectDuplicated"])
def test_a_name_refused_as_taken_names_the_right_input(tmp_path: Path, code: str) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault(f"code:{code}", "CreateProject", times=0))
    result = run(target)
    assert result.report["error"]["title"] == "The service says that the name of the project to restore is taken"
    assert result.report["error"]["code"] == code
    assert "target-project-name" not in result.log


@pytest.mark.parametrize("rule", ["refuse", "suffix"])
def test_a_name_that_differs_in_case_is_told_as_it_is(tmp_path: Path, rule: str) -> None:
    target = Target.of(tmp_path, boxed(), names_ignore_case=True, taken_rename=rule)
    other = next(project for project in target.resource.projects.values() if project.name == "Other")
    result = run(target, project_name="other", if_exists="fail")
    assert result.status == "restored", result.log
    name = target.restored().name
    assert re.fullmatch(r"other \(\d\)", name)
    (text,) = result.report["warnings"]
    assert text.startswith("The service takes the name for another project's: ")
    assert f"'Other' ({other.id})" in text
    assert f"The restored project is called '{name}'" in text
    assert "meanwhile" not in text
    assert "copy" not in text.lower()

    again = run(target, number=2, project_name="other", if_exists="fail")
    assert (again.status, again.outputs["project-name"]) == ("restored", name)


def test_a_name_taken_during_a_restore_is_told_as_that(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "UpdateProject", project_name="Mine")
    taken = []

    def take(_wire: Any) -> None:
        taken.append(target.emulator.add_project(target.resource, "Mine").id)

    result, _ = target.run({at: take}, project_name="Mine", if_exists="fail")
    check(result)
    assert result.outputs["project-name"] == "Mine (1)", result.log
    (text,) = result.report["warnings"]
    assert text.startswith("The name was taken meanwhile: ")
    assert f"'Mine' ({taken[0]})" in text
    assert "The restored project is called 'Mine (1)'" in text
