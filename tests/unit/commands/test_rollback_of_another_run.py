"""A rollback meets what another run has left: a killed rollback, a project with a dated name, two projects of the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.rollbacks import copies, is_done, run, two_promotions
from tests.support.world import NAME, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two promotions under one name, the second of them in use."""
    return two_promotions(tmp_path)


@pytest.mark.clause("0.7")
@pytest.mark.parametrize("given", ["name", "id", "both ids", "name and id"])
def test_a_new_run_ends_what_a_killed_one_began(world: World, given: str) -> None:
    first, second = copies(world)
    probe = world.copy()
    run(probe)
    length = len(probe.emulator.log)
    inputs = {"project_name": "", "project_id": second.id} if given in {"id", "both ids"} else {}
    inputs |= {"to_project_id": first.id} if given in {"both ids", "name and id"} else {}
    for number in range(length):
        case = world.copy()
        run(case, {number: "kill-after"})
        result = run(case, run_id="901", **inputs) if case.prod.projects[first.id].name != NAME else None
        assert result is None or result.status == "rolled-back", (number, result.log)
        is_done(case, case.prod.projects[first.id], case.prod.projects[second.id])


@pytest.mark.parametrize("given", ["name", "id"])
def test_a_project_with_a_dated_name_is_not_rolled_back(world: World, given: str) -> None:
    first, second = copies(world)
    inputs = {"project_name": first.name} if given == "name" else {"project_name": "", "project_id": first.id}
    result = run(world, to_project_id=second.id, **inputs)
    assert "::error title=The project to roll back is not there" in result.log
    assert "is not in use: it was replaced or rolled back before" in result.log
    assert (result.report["changes"], second.name) == ([], NAME)


def test_a_name_that_a_cut_dated_name_does_not_tell_is_given_by_the_user(world: World) -> None:
    """Without marks, after a kill, only the user knows the whole name. The text must say what to do then."""
    first = world.emulator.add_project(world.prod, "Older")
    second = world.emulator.add_project(world.prod, f"{'N' * 20} (rolled back 20261123-201307)")
    result = run(world, project_name="", project_id=second.id, to_project_id=first.id)
    assert (result.status, result.report["changes"]) == ("failed", [])
    assert "left the name to nobody, give `project-name` and `to-project-id`" in result.log
    result = run(world, run_id="901", project_name="N" * 50, to_project_id=first.id)
    assert (result.status, first.name) == ("rolled-back", "N" * 50)


@pytest.mark.parametrize("given", ["name", "id"])
def test_of_two_projects_of_the_name_none_is_rolled_back(world: World, given: str) -> None:
    _first, second = copies(world)
    other = world.emulator.add_project(world.prod, NAME)
    inputs = {} if given == "name" else {"project_name": "", "project_id": second.id}
    result = run(world, **inputs)
    assert f"2 projects of the target resource are called '{NAME}'" in result.log
    assert (result.report["changes"], other.name, second.name) == ([], NAME, NAME)


@pytest.mark.clause("0.7")
def test_what_a_rollback_was_killed_over_is_never_previous(world: World) -> None:
    first, second = copies(world)
    probe = world.copy()
    run(probe)
    number = [n for n, logged in enumerate(probe.emulator.log) if logged.operation == "UpdateProject"][1]
    run(world, {number: "kill-after"})
    assert second.name == NAME, "it was told in both marks, and no name has changed yet"
    world.inputs |= {"keep-previous": "1", "max-regression": "0.9"}
    result, _ = world.attempt(run_id="3")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", first.id)
    assert f"({first.id})" in next(line for line in result.log.splitlines() if "The copy in use is" in line)
    assert (first.id in world.prod.projects, second.id in world.prod.projects) == (True, False)


@pytest.mark.clause("0.7")
def test_a_copy_that_had_the_name_and_was_only_published_keeps_its_name(world: World) -> None:
    _first, second = copies(world)
    before = second.description
    world.emulator.unpublish(world.prod, second.id)
    resource = world.prod.prediction_resource_id
    result = run(world, to_project_id=second.id, publish_name="live", prediction_resource_id=resource)
    assert [change["action"] for change in result.report["changes"]] == ["published"]
    again = run(world, number=2, to_project_id=second.id, publish_name="live", prediction_resource_id=resource)
    assert (again.status, again.report["changes"]) == ("unchanged", [])
    assert (second.name, second.description) == (NAME, before)


@pytest.mark.clause("0.7")
def test_a_name_that_nobody_has_is_given_in_any_attempt(world: World) -> None:
    first, second = copies(world)
    world.emulator.delete(world.prod, second.id)
    probe = world.copy()
    run(probe, to_project_id=first.id)
    for number in range(len(probe.emulator.log)):
        case = world.copy()
        run(case, {number: "kill-after"}, to_project_id=first.id)
        result = run(case, number=2, to_project_id=first.id)
        assert result.status in {"rolled-back", "unchanged"}, (number, result.log)
        run(case, number=3, to_project_id=first.id)
        assert case.prod.projects[first.id].name == NAME, number


@pytest.mark.clause("0.7")
@pytest.mark.parametrize("policy", ["new", "replace"])
def test_a_copy_that_a_rollback_passed_over_is_not_the_one_in_use(world: World, policy: str) -> None:
    first, second = copies(world)
    third, _ = world.attempt(run_id="3")
    world.clock.advance(3600)
    run(world, to_project_id=first.id)
    world.inputs |= {"if-exists": policy, "keep-previous": "1", "max-regression": "0.9"}
    result, _ = world.attempt(run_id="4")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", first.id)
    assert f"({first.id})" in next(line for line in result.log.splitlines() if "The copy in use is" in line)
    assert first.id in world.prod.projects
    assert not {second.id, third.outputs["project-id"]} & set(world.prod.projects), "one earlier copy is kept"


def test_a_new_run_with_both_ids_changes_nothing_more(world: World) -> None:
    first, second = copies(world)
    given = {"project_name": "", "project_id": second.id, "to_project_id": first.id}
    run(world, **given)
    result = run(world, run_id="901", **given)
    assert (result.status, result.outputs["project-id"], result.report["changes"]) == ("unchanged", first.id, [])
    is_done(world, first, second)


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_copy_that_serves_under_another_name_ends_the_plan_too(world: World, dry_run: str) -> None:
    result = run(
        world,
        dry_run=dry_run,
        publish_name="blue",
        prediction_resource_id=world.prod.prediction_resource_id,
    )
    assert "::error title=The iteration is already published under another name" in result.log
    assert (result.status, result.report["changes"]) == ("failed", [])
    assert {logged.method for logged in world.emulator.log} == {"GET"}


def test_a_failed_rollback_sends_nobody_to_the_old_copy(world: World) -> None:
    world.emulator.faults.add(Fault("401", operation="UpdateProject", times=0))
    outputs = run(world).outputs
    assert [outputs[name] for name in ("status", "project-id", "prediction-url", "publish-name")] == [
        "failed",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize("run_id", ["900", "901"])
def test_a_killed_rollback_to_a_project_without_a_mark_is_finished(world: World, run_id: str) -> None:
    old = world.emulator.add_project(world.prod, "Made by hand")
    _first, second = copies(world)
    given = {"project_name": "", "project_id": second.id, "to_project_id": old.id}
    probe = world.copy()
    run(probe, **given)
    for number in range(len(probe.emulator.log)):
        case = world.copy()
        run(case, {number: "kill-after"}, **given)
        result = run(case, number=2, run_id=run_id, **given)
        assert result.status in {"rolled-back", "unchanged"}, (number, result.log)
        names = [case.prod.projects[project.id].name for project in (old, second)]
        assert names[0] == NAME, number
        assert names[1].startswith(f"{NAME} (rolled back "), number


def test_a_description_that_the_service_refuses_is_told_with_its_project(world: World) -> None:
    first, second = copies(world)
    world.emulator.change(first, world.emulator.now(), name="Shelf: old")
    names = first.name, second.name
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="UpdateProject", times=0))
    result = run(world)
    assert "::error title=The rollback could not be written into a project" in result.log
    assert f"The mark of '{first.name}' ({first.id}) could not be written: UpdateProject: 400" in result.log
    assert "source" not in result.log.partition("::error")[2]
    assert (first.name, second.name) == names


@pytest.mark.parametrize("policy", ["sync", "replace", "new"])
def test_the_same_model_comes_back_only_with_a_warning(world: World, policy: str) -> None:
    """A nightly `sync` would undo a rollback without a word, if nobody has trained since."""
    bad = world.attempt(run_id="3")[0].outputs["project-id"]
    assert run(world).status == "rolled-back"
    world.inputs["if-exists"] = policy
    older, trained = world.copy(), world.copy()

    result, _ = world.attempt(run_id="4")
    assert result.status == "promoted"
    told = [warning for warning in result.report["warnings"] if "was rolled back" in warning]
    assert len(told) == 1
    assert bad in told[0]

    older.inputs["iteration"] = "one"
    trained.emulator.train(trained.dev, trained.source)
    for other in (older, trained):
        result, _ = other.attempt(run_id="4")
        assert (result.status, "was rolled back" in result.log) == ("promoted", False), result.log
