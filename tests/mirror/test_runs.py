"""Whole mirrors: what is copied, what is left alone, and what a failure of one does to the others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.mirror import COMMAND
from cvaction.commands.promote import story
from cvaction.commands.promote.ready import make_copy
from emulator import Fault
from tests.support.in_process import attempt, environment
from tests.support.keyless import keyless
from tests.support.mirrors import MirrorWorld, new_mirror
from tests.support.rows import Rows
from tests.support.world import World

if TYPE_CHECKING:
    from pathlib import Path


def statuses(result: Any) -> dict[str, str]:
    return {row["source-project-name"]: row["status"] for row in json.loads(result.outputs["projects"])}


def test_everything_is_copied_and_then_left_alone(world: MirrorWorld) -> None:
    first = world.run()
    assert (first.status, first.outputs["copied"]) == ("mirrored", "3"), first.log
    assert sorted(world.copies()) == ["Apple", "Banana", "Cherry"]
    world.emulator.log.clear()
    second = world.run(run_id="901")
    assert (second.status, second.outputs["up-to-date"]) == ("unchanged", "3"), second.log
    assert world.changes() == []


def test_only_what_has_changed_is_copied_again(world: MirrorWorld) -> None:
    world.run()
    before = world.copies()
    banana = next(p for p in world.dev.projects.values() if p.name == "Banana")
    world.emulator.train(world.dev, banana.id)
    result = world.run(run_id="901")
    assert (result.status, result.outputs["copied"], result.outputs["up-to-date"]) == ("mirrored", "1", "2")
    assert statuses(result)["Banana"] == "copied"
    after = world.copies()
    assert [name for name in after if after[name].id != before[name].id] == ["Banana"]
    (row,) = [row for row in json.loads(result.outputs["projects"]) if row["source-project-name"] == "Banana"]
    assert row["previous-project-id"] == before["Banana"].id
    assert [p.name for p in world.prod.projects.values() if "(replaced" in p.name] != []


@pytest.mark.clause("9.6")
def test_the_older_copies_of_this_mirror_go(world: MirrorWorld) -> None:
    world.run()
    apple = next(p for p in world.dev.projects.values() if p.name == "Apple")
    for night in range(1, 4):
        world.emulator.train(world.dev, apple.id)
        assert world.run(run_id=f"90{night}").status == "mirrored"
    held = [p.name for p in world.prod.projects.values() if p.name.startswith("Apple")]
    assert len(held) == 2, held  # the copy and the one before


def test_one_that_fails_stops_no_other(world: MirrorWorld) -> None:
    banana = next(p for p in world.dev.projects.values() if p.name == "Banana")
    world.emulator.faults.add(Fault("code:ForbiddenDRModeEnabled", path_contains=f"{banana.id}/export", times=0))
    result = world.run()
    assert (result.status, result.exit_code) == ("incomplete", 1)
    assert statuses(result) == {"Apple": "copied", "Banana": "failed", "Cherry": "copied"}
    assert "::error title=Banana%3A " in result.log
    assert "1 of 3 projects failed" in result.log
    assert "### What failed" in result.summary
    world.emulator.faults.clear()
    again = world.run(number=2)
    assert (again.status, again.outputs["copied"]) == ("mirrored", "3"), again.log
    assert len(world.copies()) == 3
    assert again.log.count(": copied: by an earlier attempt of this run") >= 2
    assert "3 copied (2 by an earlier attempt of this run)" in again.log
    assert "**3** copied (2 by an earlier attempt of this run)" in again.summary
    assert again.summary.count("copied<br>by an earlier attempt") == 2
    assert "earlier attempt" not in result.log + result.summary


def test_a_project_that_is_being_trained_is_not_started(world: MirrorWorld) -> None:
    banana = next(p for p in world.dev.projects.values() if p.name == "Banana")
    world.emulator.train(world.dev, banana.id, status="Training")
    result = world.run()
    assert (result.status, result.exit_code) == ("importing", 75)
    assert statuses(result)["Banana"] == "not-started"
    assert "being trained" in result.summary


def test_an_import_that_takes_longer_is_gone_on_with(world: MirrorWorld) -> None:
    world.emulator.behaviour.import_outcomes = ["never"]
    result = world.run(wait_minutes="1")
    assert (result.status, result.outputs["importing"], result.outputs["copied"]) == ("importing", "1", "2")
    assert world.unfinished() != []


def test_two_mirrors_do_not_grow_each_other(world: MirrorWorld, tmp_path: Path) -> None:
    back = {
        "source-endpoint": world.inputs["target-endpoint"],
        "source-key": world.inputs["target-key"],
        "target-endpoint": world.inputs["source-endpoint"],
        "target-key": world.inputs["source-key"],
    }
    world.run()
    for night in range(3):
        assert world.run(back, run_id=f"91{night}").status in {"mirrored", "unchanged"}
        assert world.run(run_id=f"92{night}").status in {"mirrored", "unchanged"}
    assert sorted(p.name for p in world.dev.projects.values()) == ["A stranger's", "Apple", "Banana", "Cherry"]
    assert sorted(p.name for p in world.prod.projects.values()) == ["A stranger's", "Apple", "Banana", "Cherry"]


@pytest.mark.clause("9.4")
def test_a_stranger_keeps_its_name_unless_it_may_be_renamed(world: MirrorWorld) -> None:
    stranger = world.emulator.add_project(world.prod, "Banana")
    result = world.run()
    assert statuses(result) == {"Apple": "copied", "Banana": "failed", "Cherry": "copied"}
    assert world.prod.projects[stranger.id].name == "Banana"
    assert "A project that is not a copy of this source has the name" in result.log
    renamed = world.run(run_id="901", if_taken="rename")
    assert statuses(renamed)["Banana"] == "copied", renamed.log
    assert world.prod.projects[stranger.id].name.startswith("Banana (replaced ")


def test_a_copy_of_the_promote_action_counts(world: MirrorWorld) -> None:
    apple = next(p for p in world.dev.projects.values() if p.name == "Apple")
    promotion = {**world.inputs, "source-project-id": apple.id}
    world.inputs, mirror = promotion, world.inputs
    promoted, _ = world.attempt(run_id="850")
    assert promoted.status == "promoted", promoted.log
    world.inputs = mirror
    result = world.run()
    assert statuses(result) == {"Apple": "up-to-date", "Banana": "copied", "Cherry": "copied"}


def test_orphans_are_told_and_left_alone(world: MirrorWorld) -> None:
    world.run()
    banana = next(p for p in world.dev.projects.values() if p.name == "Banana")
    copy = world.copies()["Banana"]
    world.emulator.delete(world.dev, banana.id)
    result = world.run(run_id="901")
    assert json.loads(result.outputs["orphans"]) == [
        {"project-id": copy.id, "project-name": "Banana", "source-project-id": banana.id}
    ]
    assert copy.id in world.prod.projects
    assert "### 1 orphan" in result.summary
    assert result.status == "unchanged"


def test_a_plan_changes_nothing_and_counts(world: MirrorWorld) -> None:
    world.run(projects="Apple")
    world.emulator.log.clear()
    result = world.run(run_id="901", dry_run="true")
    assert (result.status, result.exit_code) == ("planned", 0)
    assert statuses(result) == {"Apple": "up-to-date", "Banana": "not-started", "Cherry": "not-started"}
    states = {leg["project-name"]: leg["state"] for leg in json.loads(result.outputs["matrix"])["include"]}
    assert states == {"Apple": "up-to-date", "Banana": "new", "Cherry": "new"}
    ids = [project["project-id"] for project in json.loads(result.outputs["projects"])]
    assert ids == [world.copies()["Apple"].id, "", ""], "a plan names the copies that are up to date"
    assert {entry.operation for entry in world.emulator.log} == {"GetProjects"}


def test_a_plan_of_the_sources_side_alone_makes_a_matrix(world: MirrorWorld) -> None:
    result = world.run(dry_run="true", target_endpoint="", target_key="")
    assert result.status == "planned", result.log
    legs = json.loads(result.outputs["matrix"])["include"]
    assert [(leg["project-name"], leg["state"]) for leg in legs] == [(n, "new") for n in ("Apple", "Banana", "Cherry")]


def test_one_resource_is_refused(world: MirrorWorld) -> None:
    target = {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    result = world.run(target)
    assert (result.status, result.report["error"]["title"]) == ("failed", "Source and target are one resource")


@pytest.mark.parametrize(
    ("projects", "title"),
    [
        ("Apple\nApfel", "A project of the mirror cannot be selected"),
        ("!*", "No project is selected for the mirror"),
    ],
)
def test_a_wrong_selection_is_an_error_before_anything(world: MirrorWorld, projects: str, title: str) -> None:
    result = world.run(projects=projects)
    assert (result.status, result.report["error"]["title"]) == ("failed", title)
    assert {entry.operation for entry in world.emulator.log} == {"GetProjects"}


def test_two_projects_of_one_name_both_fail(world: MirrorWorld) -> None:
    world.add("Banana")
    result = world.run()
    assert result.outputs["failed"] == "2"
    assert result.status == "incomplete"
    assert sorted(world.copies()) == ["Apple", "Cherry"]
    only = world.run(run_id="901", projects="Banana")
    assert (only.status, only.exit_code) == ("failed", 1)
    assert only.report["error"]["title"] == "No project could be mirrored"


def test_names_follow_the_pattern(world: MirrorWorld) -> None:
    world.run(target_project_names="eu-{name}")
    assert sorted(world.copies()) == ["eu-Apple", "eu-Banana", "eu-Cherry"]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"status": "Failed"}, "The source project is not ready"),
        ({"status": "Importing"}, "The source project is not ready"),
        ({"drModeEnabled": True}, "The source project is in disaster recovery"),
    ],
)
def test_what_is_not_ready_fails_if_it_is_named(
    world: MirrorWorld, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], title: str
) -> None:
    banana = next(p for p in world.dev.projects.values() if p.name == "Banana")
    Rows(monkeypatch).alter(banana.id, **change)
    left_out = world.run()
    assert (left_out.status, left_out.outputs["selected"]) == ("mirrored", "2"), left_out.log
    assert "A project is left out" in left_out.log
    named = world.run(run_id="901", projects="*\nBanana")
    assert statuses(named)["Banana"] == "failed"
    assert title in named.summary
    assert json.loads(named.outputs["matrix"])["include"][1]["state"] == "blocked"


def test_a_bug_in_one_projects_promotion_loses_no_other(world: MirrorWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(maker: Any, source: Any, copies: Any, wanted: str) -> Any:
        if wanted == "Banana":
            raise KeyError(wanted)
        return make_copy(maker, source, copies, wanted)

    monkeypatch.setattr(story, "make_copy", broken)
    result = attempt(world.wire(), environment(world.inputs), COMMAND)
    assert (result.status, result.outputs["copied"], result.outputs["failed"]) == ("incomplete", "2", "1")
    assert "Banana%3A A fault in this action" in result.log
    assert "KeyError in broken" in result.log


def test_a_long_mirror_is_never_silent(world: MirrorWorld) -> None:
    world.emulator.behaviour.import_seconds = 1000
    result = world.run()
    assert result.log.count("0/3 copied, 3 importing\n") >= 15


def test_a_report_that_is_cut_is_a_warning(tmp_path: Path) -> None:
    world = new_mirror(tmp_path)
    for number in range(12):
        world.add(f"P{number:02}", tags={f"A tag with a rather long name, number {tag}": 1 for tag in range(500)})
    result = world.run(parallel="16")
    assert result.status == "mirrored", result.log[-500:]
    assert result.report["truncated"]
    assert result.report["warnings"] == [
        "The report is cut: It would be larger than 512 KiB, so it leaves out some projects."
    ]
    assert 0 < len(result.report["projects"]) < 12
    assert len(result.outputs["report"]) < 512 * 1024


def test_tokens_serve_in_place_of_keys(world: MirrorWorld) -> None:
    other = keyless(World(world.emulator, world.clock, "", world.inputs, world.workspace))
    given = {**other.inputs, "projects": "*"}
    given = {name: value for name, value in given.items() if name in COMMAND.defaults}
    variables = {**other.environment(), **environment(given)}
    result = attempt(other.wire(), variables, COMMAND)
    assert (result.status, result.outputs["copied"]) == ("mirrored", "3"), result.log
    asked = [entry.operation for entry in other.emulator.log if entry.operation == "GetAccessToken"]
    assert 1 <= len(asked) <= 2


def test_a_refused_name_blames_no_input_of_another_action(world: MirrorWorld) -> None:
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="ImportProject", times=1))
    result = world.run(parallel="1")
    assert result.status == "incomplete", result.log
    texts = result.log + result.summary + json.dumps(result.outputs)
    assert "The service refuses the project's name" in texts
    assert "give the project a shorter, plainer name" in texts
    assert not re.search(r"target-project-name(?!s)|`publish-name`|No publish-name", texts)


def test_the_copy_of_a_deleted_source_is_a_likely_cause(world: MirrorWorld) -> None:
    """The name belongs to the copy of the deleted source: nobody made a project by hand."""
    world.run()
    old = next(project for project in world.dev.projects.values() if project.name == "Banana")
    del world.dev.projects[old.id]
    world.emulator.train(world.dev, world.emulator.add_project(world.dev, "Banana").id)
    result = world.run(run_id="901")
    assert statuses(result)["Banana"] == "failed"
    assert "Or it is the copy of another source project" in result.log
