"""Projects whose copies cannot be named, night after night: what is left on the target stays within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from tests.support.mirrors import MirrorWorld, Seen, new_mirror
from tests.support.world import as_seen

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Project

HELD = "The target treats two names as the same"
RULES = pytest.mark.parametrize("rule", ["suffix", "refuse"])


def alike(folder: Path, rule: str, **inputs: str) -> MirrorWorld:
    """A source with `SHELF` and `Shelf`, of which the second cannot be named: the target takes them for the same.

    `rule` is what it does with a rename to such a name.
    """
    world = new_mirror(folder, "SHELF", projects="SHELF")
    world.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
    if inputs.get("publish"):
        world.inputs["prediction-resource-id"] = world.prod.prediction_resource_id
    assert world.run(run_id="100").status == "mirrored"
    world.add("Shelf")
    world.inputs["projects"] = "*"
    behaviour = world.emulator.behaviour
    behaviour.names_ignore_case = True
    behaviour.taken_rename = rule  # type: ignore[assignment] # one of its choices
    world.clock.advance(3600)
    world.emulator.log.clear()
    return world


def night(world: MirrorWorld, number: int, **given: Any) -> Any:
    """The mirror's run of a night."""
    world.clock.advance(24 * 3600)
    return world.run(run_id=f"20{number}", **given)


def train(world: MirrorWorld) -> None:
    """`Shelf` is another project by the next night."""
    (shelf,) = (project for project in world.dev.projects.values() if project.name == "Shelf")
    world.emulator.train(world.dev, shelf.id)


def left(world: MirrorWorld) -> list[Project]:
    """The copies of `Shelf`, whatever they are called."""
    (shelf,) = (project for project in world.dev.projects.values() if project.name == "Shelf")
    marks = ((project, mark_of(as_seen(project))) for project in world.prod.projects.values())
    return [project for project, mark in marks if mark and mark.source == shelf.id]


def free(world: MirrorWorld) -> None:
    """A person renames the project that holds the name."""
    world.emulator.rename(world.prod, world.copies()["SHELF"].id, "Another")


def imports(world: MirrorWorld) -> int:
    return world.changes().count("ImportProject")


@pytest.mark.clause("9.9", "7.10")
@RULES
@pytest.mark.parametrize("if_taken", ["fail", "rename"])
def test_nights_that_fail_leave_one_proved_copy(tmp_path: Path, rule: str, if_taken: str) -> None:
    world = alike(tmp_path, rule, if_taken=if_taken)
    kept = set()
    for number in range(5):
        result = night(world, number)
        assert (result.status, result.outputs["failed"]) == ("incomplete", "1"), result.log
        assert HELD in result.log
        assert "leave one out with" in result.summary
        (copy,) = left(world)
        assert importing(copy.name), "it has its own name again"
        kept.add(copy.id)
        assert len(world.prod.projects) == 3
    assert len(kept) == imports(world) == 1
    free(world)
    world.inputs["projects"] = "Shelf"
    named = night(world, 5)
    assert (named.status, named.outputs["copied"]) == ("mirrored", "1"), named.log
    assert world.copies()["Shelf"].id in kept
    assert imports(world) == 1
    assert night(world, 6).status == "unchanged"


@pytest.mark.clause("9.9")
@RULES
def test_the_next_nights_copy_takes_the_place_of_an_old_one(tmp_path: Path, rule: str) -> None:
    world = alike(tmp_path, rule)
    for number in range(5):
        train(world)
        assert night(world, number).outputs["failed"] == "1"
        (copy,) = left(world)
        mark = mark_of(as_seen(copy))
        assert mark is not None
        assert mark.modified == world.dev.projects[mark.source].last_modified
    assert imports(world) == 5
    free(world)
    world.inputs["projects"] = "Shelf"
    train(world)
    assert night(world, 5).status == "mirrored"
    assert [project.name for project in left(world)] == ["Shelf"]


@pytest.mark.clause("9.9")
def test_what_is_published_comes_and_goes_with_the_copy(tmp_path: Path) -> None:
    world = alike(tmp_path, "suffix", publish="same")
    (shelf,) = (project for project in world.dev.projects.values() if project.name == "Shelf")
    world.emulator.publish(world.dev, shelf.id, "live")
    for number in range(3):
        train(world)
        night(world, number)
        (copy,) = left(world)
        assert [one.publish_name for one in copy.iterations if one.publish_name] == ["live"]


@pytest.mark.clause("9.9")
def test_a_copy_that_a_person_has_published_is_left_alone(tmp_path: Path) -> None:
    world = alike(tmp_path, "refuse")
    night(world, 0)
    (used,) = left(world)
    world.emulator.publish(world.prod, used.id, "live")
    for number in (1, 2, 3):
        train(world)
        result = night(world, number)
        assert len(left(world)) == 2, "the one that serves, and the newest"
        assert used.id in world.prod.projects
        assert f"({used.id}) never got its name, but somebody has published it" in result.log


@pytest.mark.clause("9.9")
def test_a_copy_that_a_person_has_renamed_is_left_alone(tmp_path: Path) -> None:
    world = alike(tmp_path, "suffix")
    night(world, 0)
    (used,) = left(world)
    world.emulator.rename(world.prod, used.id, "Shelf for Europe")
    for number in (1, 2, 3):
        train(world)
        night(world, number)
        assert world.prod.projects[used.id].name == "Shelf for Europe"
        assert len(left(world)) == 2


@pytest.mark.clause("9.9")
def test_a_copy_that_had_the_name_once_is_left_alone(tmp_path: Path) -> None:
    """Whatever it is called by now: the newer copy's mark names it as what was in use before."""
    world = new_mirror(tmp_path, "Shelf", keep_previous="1")
    for number in (1, 2):
        world.run(run_id=f"10{number}")
        train(world)
        world.clock.advance(3600)
    (before,) = (project for project in left(world) if "(replaced" in project.name)
    mark = mark_of(as_seen(before))
    assert mark is not None
    world.emulator.rename(world.prod, before.id, f"Shelf [importing {mark.work}-{mark.run}]")
    world.emulator.behaviour.taken_rename = "refuse"
    world.emulator.behaviour.names_ignore_case = True
    world.emulator.rename(world.prod, world.copies()["Shelf"].id, "SHELF")
    world.emulator.add_project(world.prod, "ShelF")
    assert night(world, 0).outputs["failed"] == "1"
    assert before.id in world.prod.projects


@pytest.mark.clause("9.9")
def test_a_copy_that_was_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    world = alike(tmp_path, "refuse")
    night(world, 0)
    (changed,) = left(world)
    world.emulator.train(world.prod, changed.id)
    free(world)
    world.inputs["projects"] = "Shelf"
    assert night(world, 1).status == "mirrored"
    assert imports(world) == 2
    assert [project.name for project in left(world)] == ["Shelf"]
    assert changed.id not in world.prod.projects


@pytest.mark.clause("9.9", "9.4")
def test_a_stranger_gone_by_the_next_night_costs_no_import(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, "Apple", "Banana")
    taken: list[Any] = []

    def take(seen: Seen) -> None:
        if seen.operation == "ImportProject" and seen.query["name"].startswith("Apple") and not taken:
            taken.append(world.emulator.add_project(world.prod, "Apple"))

    world.hooks.append(take)
    for number in range(3):  # it has the name before the export now
        assert night(world, number).outputs["failed"] == "1"
        assert len(world.unfinished()) == 1
    world.emulator.rename(world.prod, taken[0].id, "Somebody's")
    sent = imports(world)
    assert night(world, 3).status == "mirrored"
    assert (imports(world), sorted(world.copies()), world.unfinished()) == (sent, ["Apple", "Banana"], [])


@pytest.mark.clause("9.9")
@pytest.mark.parametrize("kind", ["kill-before", "kill-after"])
def test_a_night_killed_while_naming_is_made_up_for(tmp_path: Path, kind: str) -> None:
    """The service has numbered the copy, and nobody took that back."""
    world = alike(tmp_path, "suffix")
    rehearsal = world.copy()
    night(rehearsal, 0)
    asked = [number for number, entry in enumerate(rehearsal.emulator.log) if entry.operation == "UpdateProject"]
    night(world, 0, plan={asked[1]: kind})
    assert left(world)[0].name.startswith("Shelf (1)" if kind == "kill-after" else "Shelf [importing")
    for number in range(1, 4):
        night(world, number)
        assert len(left(world)) == 1
    free(world)
    world.inputs["projects"] = "Shelf"
    assert night(world, 4).status == "mirrored"
    assert ([project.name for project in left(world)], imports(world)) == (["Shelf"], 1)


@pytest.mark.clause("9.9")
def test_a_full_target_has_room_for_what_needs_only_its_name(tmp_path: Path) -> None:
    world = alike(tmp_path, "refuse")
    night(world, 0)
    for number in range(100 - len(world.prod.projects)):
        world.emulator.add_project(world.prod, f"Filler {number}")
    free(world)
    world.inputs["projects"] = "Shelf"
    assert night(world, 1).status == "mirrored"


def killed_before_clearing(world: MirrorWorld) -> None:
    """Night 0 leaves a copy; night 1 marks one of a newer state, and is killed before it removes the first."""
    night(world, 0)
    train(world)
    rehearsal = world.copy()
    rehearsal.emulator.log.clear()
    night(rehearsal, 1)
    deletes = [number for number, entry in enumerate(rehearsal.emulator.log) if entry.operation == "DeleteProject"]
    night(world, 1, plan={deletes[0]: "kill-before"})
    assert len(left(world)) == 2


@pytest.mark.clause("9.9")
@pytest.mark.parametrize("again", ["a re-run", "the next night"])
def test_what_a_killed_night_did_not_remove_goes_later(tmp_path: Path, again: str) -> None:
    world = alike(tmp_path, "refuse")
    killed_before_clearing(world)
    sent = imports(world)
    result = world.run(run_id="201", number=2) if again == "a re-run" else night(world, 2)
    assert result.outputs["failed"] == "1"
    (copy,) = left(world)
    mark = mark_of(as_seen(copy))
    assert mark is not None
    assert mark.modified == world.dev.projects[mark.source].last_modified
    assert imports(world) == sent


@pytest.mark.clause("9.9")
def test_it_goes_once_another_copy_is_up_to_date(tmp_path: Path) -> None:
    """The promote action has made one meanwhile."""
    world = alike(tmp_path, "refuse")
    night(world, 0)
    (unnamed,) = left(world)
    free(world)
    world.clock.advance(3600)
    mark = mark_of(as_seen(unnamed))
    assert mark is not None
    promotion = {**world.inputs, "source-project-id": mark.source, "if-exists": "replace"}
    world.inputs, mirror = {name: value for name, value in promotion.items() if name != "projects"}, world.inputs
    assert world.attempt(run_id="850")[0].status == "promoted"
    world.inputs = {**mirror, "projects": "Shelf"}
    assert night(world, 1).outputs["up-to-date"] == "0", "something was done"
    assert [project.name for project in left(world)] == ["Shelf"]
    assert unnamed.id not in world.prod.projects


@pytest.mark.clause("9.7")
def test_one_projects_leftover_is_not_told_by_the_others(tmp_path: Path) -> None:
    """Without the rule: each project of a mirror warns of each unnamed copy of the others."""
    world = alike(tmp_path, "refuse")
    night(world, 1)
    world.add("Third")
    world.add("Fourth")

    result = night(world, 2)

    assert [project.name for project in left(world)] != []
    assert "A leftover on the target" not in result.log, result.log
