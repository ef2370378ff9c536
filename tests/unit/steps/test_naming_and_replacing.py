"""Step 7: the mark before the name, the name from a fresh list, the old one back when naming fails for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from emulator import Fault
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def names(world: World) -> list[str]:
    return sorted(project.name for project in world.prod.projects.values())


def number_of(make_world: MakeWorld, operation: str, nth: int, rule: str = "allow", **inputs: str) -> int:
    world = make_world(rule, **inputs)
    if inputs.get("if_exists") == "replace":
        world.emulator.add_project(world.prod, NAME)
    world.attempt()
    numbers = [n for n, logged in enumerate(world.emulator.log) if logged.operation == operation]
    return numbers[nth]


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_new_takes_the_first_free_number(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule)
    for name in (NAME, f"{NAME} (1)", f"{NAME} (3)"):
        world.emulator.add_project(world.prod, name)
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (2)"


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_a_name_taken_in_the_last_moment_is_chosen_again(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule)
    number = number_of(make_world, "UpdateProject", 1, rule)
    result, _ = world.attempt(plan={number: lambda _wire: world.emulator.add_project(world.prod, NAME)})
    assert result.status == "promoted"
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert names(world).count(NAME) == 1


def test_fail_stops_before_an_export_and_names_the_holder(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    holder = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert holder.id in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


def test_fail_with_a_name_taken_meanwhile_is_a_warning(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    number = number_of(make_world, "UpdateProject", 0, if_exists="fail")
    result, _ = world.attempt(plan={number: lambda _wire: world.emulator.add_project(world.prod, NAME)})
    assert result.status == "promoted"
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert "::warning title=The name was taken meanwhile" in result.log


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_replace_gives_the_old_one_a_dated_name_and_names_it_as_previous(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule, if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME, description="Served for years.")
    result, _ = world.attempt()
    assert result.outputs["project-name"] == NAME
    assert result.outputs["previous-project-id"] == old.id
    renamed = world.prod.projects[old.id]
    assert renamed.name.startswith(f"{NAME} (replaced 2026112")
    assert renamed.description == "Served for years."


def test_replace_renames_every_holder_and_the_newest_is_previous(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    newest = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == newest.id
    dated = [name for name in names(world) if "(replaced" in name]
    assert len(dated) == len(set(dated)) == 2
    mark = mark_of(as_seen(world.prod.projects[result.outputs["project-id"]]))
    assert mark is not None
    assert mark.previous == newest.id


def test_replace_warns_of_nothing_when_nobody_holds_the_name(make_world: MakeWorld) -> None:
    result, _ = make_world(if_exists="replace").attempt()
    assert result.outputs["previous-project-id"] == ""
    assert "::warning" not in result.log


def test_a_dated_name_that_is_too_long_is_cut(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.inputs["target-project-name"] = "A name of thirty characters ok"
    world.emulator.add_project(world.prod, "A name of thirty characters ok")
    world.emulator.behaviour.max_name_length = 50
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert any(name.startswith("A name of") and "(replaced" in name and len(name) <= 50 for name in names(world))


@pytest.mark.parametrize("kind", ["code:BadRequestProjectName", "500", "code:BadRequestProjectNameNotUnique"])
def test_when_naming_fails_for_good_the_old_one_gets_its_name_back(make_world: MakeWorld, kind: str) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    # First the mark, then the old one's dated name; from the third on all fail, but the last: the name given back.
    times = 6 if kind == "500" else 8 if kind.endswith("Unique") else 1
    world.emulator.faults.add(Fault(kind, operation="UpdateProject", skip=2, times=times))
    first, _ = world.attempt()
    assert first.status == "failed"
    assert world.prod.projects[old.id].name == NAME
    assert len(world.own()) == 1, "the proved copy stays for the re-run"
    world.emulator.faults.clear()
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert second.outputs["previous-project-id"] == old.id


def test_a_name_that_an_earlier_attempt_took_is_given_back_too(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = number_of(make_world, "UpdateProject", 1, if_exists="replace")
    world.attempt(plan={number: "kill-after"})
    assert "(replaced" in world.prod.projects[old.id].name
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    second, _ = world.attempt(2)
    assert second.status == "failed"
    assert world.prod.projects[old.id].name == NAME


def test_a_name_that_cannot_be_given_back_is_said(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.faults.add(Fault("500", operation="UpdateProject", skip=2, times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "could not be given its name back" in result.log


def test_a_name_whose_giving_back_is_refused_is_said_to_be_lost_and_not_given(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = number_of(make_world, "UpdateProject", 1, if_exists="replace")
    world.attempt(plan={number: "kill-after"})
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="UpdateProject"))
    result, _ = world.attempt(2)
    assert result.status == "failed"
    assert "(replaced" in world.prod.projects[old.id].name
    assert f"({old.id}) could not be given its name back. A re-run corrects that." in result.log
    assert "Gave the name back" not in result.log


def test_a_name_that_comes_back_with_a_number_is_not_said_to_be_given_back(make_world: MakeWorld) -> None:
    world = make_world("suffix", if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = number_of(make_world, "UpdateProject", 1, "suffix", if_exists="replace")
    world.attempt(plan={number: "kill-after"})
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    rehearsal, before = world.copy(), len(world.emulator.log)
    rehearsal.attempt(2)
    operations = [logged.operation for logged in rehearsal.emulator.log[before:]]
    last = len(operations) - 1 - operations[::-1].index("UpdateProject")
    result, _ = world.attempt(2, plan={last: lambda _wire: world.emulator.add_project(world.prod, NAME)})
    assert world.prod.projects[old.id].name == f"{NAME} (1)"
    assert f"({old.id}) could not be given its name back" in result.log
    assert "Gave the name back" not in result.log


@pytest.mark.parametrize("switch", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_is_refused_or_cut_is_written_shorter(make_world: MakeWorld, switch: str) -> None:
    world = make_world()
    setattr(world.emulator.behaviour, switch, 300)
    result, _ = world.attempt()
    assert result.status == "promoted", result.log
    mark = mark_of(as_seen(world.prod.projects[result.outputs["project-id"]]))
    assert mark is not None
    assert (mark.url, mark.commit) == ("", "")


@pytest.mark.parametrize("switch", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_cannot_be_written_fails_the_run_with_the_copy_unnamed(make_world: MakeWorld, switch: str) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    setattr(world.emulator.behaviour, switch, 60)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy could not be marked" in result.log
    assert world.prod.projects[old.id].name == NAME, "nothing old was touched"


def test_the_mark_is_read_back_before_anything_old_is_touched(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    calls = [
        (logged.operation, logged.path.rpartition("/")[2]) for logged in world.emulator.log if logged.resource == "prod"
    ]
    copy = result.outputs["project-id"]
    committed = calls.index(("UpdateProject", copy))
    assert ("GetProject", copy) in calls[committed : calls.index(("UpdateProject", old.id))]


def test_an_old_green_run_that_is_run_again_leaves_the_name_to_the_newer_one(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old, _ = world.attempt(run_id="1")
    world.clock.advance(100)
    new, _ = world.attempt(run_id="2")
    before = names(world)
    again, _ = world.attempt(2, run_id="1")
    assert again.status == "promoted"
    assert again.outputs["project-id"] == old.outputs["project-id"] != new.outputs["project-id"]
    assert "::warning title=A newer copy has the name" in again.log
    assert names(world) == before


def test_two_names_of_one_source_are_two_works(make_world: MakeWorld) -> None:
    world = make_world(target_project_name="Shelf one")
    first, _ = world.attempt()
    world.inputs["target-project-name"] = "Shelf two"
    second, _ = world.attempt()
    assert first.outputs["project-id"] != second.outputs["project-id"]
    assert {"Shelf one", "Shelf two"} <= set(names(world))
    assert second.outputs["previous-project-id"] == ""


@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_on_one_resource_the_source_itself_is_never_replaced(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy)
    world.inputs["target-endpoint"], world.inputs["target-key"] = (
        world.inputs["source-endpoint"],
        world.inputs["source-key"],
    )
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=Source and target are the same project" in result.log
    world.inputs["target-project-name"] = "Another"
    assert world.attempt()[0].status == "promoted"


def test_on_one_resource_new_makes_a_numbered_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["target-endpoint"], world.inputs["target-key"] = (
        world.inputs["source-endpoint"],
        world.inputs["source-key"],
    )
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert world.dev.projects[world.source].name == NAME


def test_a_promotion_of_a_promoted_copy_replaces_its_mark(make_world: MakeWorld) -> None:
    world = make_world()
    first, _ = world.attempt()
    world.inputs |= {
        "source-endpoint": world.inputs["target-endpoint"],
        "source-key": world.inputs["target-key"],
        "source-project-id": first.outputs["project-id"],
        "target-endpoint": world.inputs["source-endpoint"],
        "target-key": world.inputs["source-key"],
        "target-project-name": "Back again",
    }
    second, _ = world.attempt()
    copy = world.dev.projects[second.outputs["project-id"]]
    assert copy.description.count("cvaction copy=") == 1
    assert copy.description.startswith("Made by people.\n")
    assert mark_of(as_seen(copy)) is not None
