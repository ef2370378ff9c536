"""Step 8, the end of a move: the source is deleted last, and only as it was copied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING, operations
from tests.support.world import DEV

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("8.5")
def test_a_move_deletes_the_source_at_the_very_end(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects
    assert world.emulator.log[-1].operation == "DeleteProject"


@pytest.mark.clause("8.5")
def test_the_source_goes_after_all_else_is_cleaned_up(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.attempt()
    deletions = [logged.resource for logged in world.emulator.log if logged.operation == "DeleteProject"]
    assert deletions == ["prod", "dev"]


@pytest.mark.clause("8.1", "8.5")
def test_a_copy_is_published_before_its_source_is_deleted(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    first, _ = world.attempt()
    world.emulator.unpublish(world.prod, first.outputs["project-id"])
    world.inputs["delete-source"] = "true"
    world.emulator.log.clear()
    assert world.attempt(2)[0].status == "promoted"
    sent = operations(world)
    assert sent.index("PublishIteration") < sent.index("DeleteProject")


@pytest.mark.clause("8.5")
def test_a_move_of_an_unchanged_copy_deletes_the_source_too(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    result, _ = world.attempt(run_id="2")
    assert result.status == "unchanged"
    assert world.source not in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_move_by_an_adopted_import_deletes_the_source(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", delete_source="true")
    world.attempt()
    world.inputs.pop("wait-minutes")
    assert world.attempt(2)[0].status == "promoted"
    assert world.source not in world.dev.projects


@pytest.mark.clause("8.8")
def test_a_copy_is_never_deleted_as_its_own_source(make_world: MakeWorld) -> None:
    world = make_world(target_project_name="Copy")
    world.inputs |= {"target-endpoint": DEV, "target-key": world.inputs["source-key"]}
    world.attempt()
    (copy,) = [project for project in world.dev.projects.values() if project.name == "Copy"]
    moment = copy.entry.last_modified.isoformat().replace(":", "%3A").replace("+", "%2B")
    text = copy.description.replace(f"source={world.source}", f"source={copy.id}")
    before, rest = text.split(f"source={copy.id}%2F")
    text = f"{before}source={copy.id}%2F{moment} {rest.partition(' ')[2]}"
    world.emulator.change(copy, copy.entry.last_modified, description=text)
    world.inputs["delete-source"] = "true"
    world.attempt(2)
    assert copy.id in world.dev.projects


@pytest.mark.clause("8.6")
@pytest.mark.parametrize("kind", ["503", "503-after", "reset-before", "reset-after", "429"])
def test_a_lost_answer_to_the_deletion_is_looked_into(make_world: MakeWorld, kind: str) -> None:
    world = make_world(delete_source="true")
    world.emulator.faults.add(Fault(kind, operation="DeleteProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects


@pytest.mark.clause("8.6")
def test_a_deletion_never_answered_ends_with_one_clear_error(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.faults.add(Fault("503", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert result.log.count("::error ") == 1
    assert [logged.operation for logged in world.emulator.log].count("DeleteProject") == 6


@pytest.mark.clause("8.5", "8.6")
def test_a_refused_deletion_tells_what_is_done_by_then(make_world: MakeWorld) -> None:
    """The source was published as `dev-model`: its applications get no answer any more."""
    world = make_world(delete_source="true")
    world.emulator.faults.add(Fault("code:ForbiddenUserInsufficientCapability", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    copy = result.outputs["project-id"]
    assert f"({copy}) is finished: only the deletion of the source failed." in result.log
    assert "The source is not published any more: until now it served as 'dev-model'." in result.log


@pytest.mark.clause("8.7")
def test_a_source_kept_after_its_unpublishing_is_told_so(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("DeleteProject") - 1
    edit = partial(world.emulator.describe, world.dev, world.source, "Edited in the last moment.")
    result, _ = world.at(number, edit).attempt()
    assert "the source was kept" in result.log
    assert "until now it served as 'dev-model'" in result.log
