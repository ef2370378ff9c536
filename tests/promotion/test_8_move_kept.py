"""Step 8: a source that changed at any moment of a move, be it a pause of seconds or of minutes, is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


def edit(world: World) -> None:
    world.emulator.describe(world.dev, world.source, "Edited in the last moment.")


def touch(world: World) -> None:
    now = world.emulator.now()
    world.emulator.change(world.dev.projects[world.source], now, last_modified=now)


def kept(world: World, log: str) -> bool:
    return world.source in world.dev.projects and "the source was kept" in log


@pytest.mark.clause("8.5")
def test_a_source_that_changes_after_the_copy_is_kept(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.add_images(world.dev, world.source)).attempt()
    assert result.status == "failed"
    assert "::error title=The copy is finished%2C but the source was kept" in result.log
    assert world.source in world.dev.projects
    assert world.prod.projects[result.outputs["project-id"]].name == NAME


@pytest.mark.clause("8.5")
def test_a_source_that_changed_though_it_is_equal_is_kept(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    assert result.status == "failed"
    assert world.source in world.dev.projects
    assert world.attempt(2)[0].status == "failed", "nor is it deleted by a re-run"
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_source_that_changed_between_export_and_import_is_kept(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("ImportProject")
    result, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    assert "::error title=The copy is finished%2C but the source was kept" in result.log
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_copy_that_changes_before_the_end_keeps_the_source(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")

    def spoil() -> None:
        (copy,) = world.own()
        world.emulator.add_images(world.prod, copy.id)

    result, _ = world.at(world.request("UpdateProject", 1), spoil).attempt()
    assert result.status == "failed"
    assert "differ in: untagged images." in result.log
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_move_compares_the_copy_as_it_is_at_the_end(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    deleted = world.request("UnpublishIteration")

    def spoil() -> None:
        (copy,) = world.own()
        entry = copy.entry.settings
        world.emulator.change(copy, copy.entry.last_modified, settings=type(entry)(entry.domain_id, "Multilabel"))

    number = [number for number in world.requests("GetProject") if number < deleted][-2]  # the last is of the source
    result, _ = world.at(number, spoil).attempt()
    assert "differ in: classification type" in result.log
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_move_compares_the_metrics_of_the_chosen_iteration_too(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}

    def spoil() -> None:
        (copy,) = world.own()
        world.emulator.set_metrics(world.prod, copy.id, bad)

    result, _ = world.at(number, spoil).attempt()
    assert "differ in: metrics of two" in result.log
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_move_with_a_lost_answer_keeps_a_source_that_changed(make_world: MakeWorld) -> None:
    """Without the rule: a move whose import's answer was lost compares lastModified as a re-run does, not with that
    before the export."""
    world = make_world(delete_source="true")
    number = world.request("ImportProject")

    def edit() -> None:
        world.emulator.describe(world.dev, world.source, "Edited after the export.")
        raise requests.exceptions.ProxyError  # not sent: the client sends the same import again

    world.at(number, edit).at(number + 1, "503-after").attempt()
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
def test_a_source_kept_because_it_changed_is_kept_by_the_re_run(make_world: MakeWorld) -> None:
    """Without the rule: what the first attempt refuses to delete, its re-run deletes."""
    world = make_world(delete_source="true")
    number = world.request("ImportProject")
    first, _ = world.at(
        number, lambda: world.emulator.describe(world.dev, world.source, "Edited after the export.")
    ).attempt()
    assert "the source was kept" in first.log
    world.attempt(2)
    assert world.source in world.dev.projects


@pytest.mark.clause("8.6")
@pytest.mark.parametrize("seen", [True, False])
def test_an_edit_during_the_last_comparison_keeps_the_source(make_world: MakeWorld, seen: bool) -> None:
    world = make_world(delete_source="true")
    number = [n for n in world.requests("GetTags") if n < world.request("DeleteProject")][-1]
    # What no comparison sees, such as a region that was moved, shows in lastModified alone.
    change = edit if seen else touch
    result, _ = world.at(number, lambda: change(world)).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


@pytest.mark.clause("8.6")
def test_a_source_that_changed_at_the_last_look_goes_on_serving(make_world: MakeWorld) -> None:
    """The look before the unpublishing: the one behind it would keep the source, too, but cut off who uses it."""
    world = make_world(delete_source="true")
    number = [n for n in world.requests("GetTags") if n < world.request("DeleteProject")][-1]
    result, _ = world.at(number, lambda: world.emulator.edit(world.dev, world.source)).attempt()
    assert result.status == "failed"
    assert [iteration.publish_name for iteration in world.dev.projects[world.source].published] == ["dev-model"]


@pytest.mark.clause("8.6", "8.7")
@pytest.mark.parametrize("change", ["describe", "images"])
def test_an_edit_while_unpublishing_is_retried_keeps_the_source(make_world: MakeWorld, change: str) -> None:
    world = make_world(delete_source="true")
    number = world.request("UnpublishIteration")

    def both() -> None:
        edit(world) if change == "describe" else world.emulator.add_images(world.dev, world.source)

    result, _ = world.at(number, "503").at(number + 1, both).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


@pytest.mark.clause("8.7")
@pytest.mark.parametrize("touches", [False, True])
@pytest.mark.parametrize("later", [0, 1])
def test_an_edit_while_the_source_is_unpublished_keeps_it(make_world: MakeWorld, later: int, touches: bool) -> None:
    world = make_world(delete_source="true")
    number = world.request("UnpublishIteration") + later
    world.emulator.behaviour.publish_touches_project = touches and bool(later)

    def move_a_box() -> None:
        world.emulator.edit(world.dev, world.source)
        world.clock.advance(0.01)

    result, _ = world.at(number, move_a_box).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


@pytest.mark.clause("8.7")
def test_unpublishing_that_only_touches_the_source_stops_no_move(make_world: MakeWorld) -> None:
    """lastModified changes, and the unpublished iteration tells the same moment."""
    world = make_world(delete_source="true")
    result, _ = world.at(world.request("UnpublishIteration"), lambda: touch(world)).attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects


@pytest.mark.clause("8.6")
def test_an_edit_before_a_further_try_to_delete_keeps_the_source(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("DeleteProject")
    world.emulator.faults.add(Fault("429-retry-after", operation="DeleteProject", status=503, seconds=60))
    result, _ = world.at(number + 1, lambda: edit(world)).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)
    assert 60.0 in world.clock.slept


@pytest.mark.clause("8.7", "8.5")
def test_a_re_run_after_an_unpublishing_that_touched_fails_safe(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.behaviour.publish_touches_project = True
    world.at(world.request("UnpublishIteration"), "kill-after").attempt()
    second, _ = world.attempt(2)
    assert second.status == "failed"
    assert world.source in world.dev.projects


@pytest.mark.clause("8.5")
@pytest.mark.parametrize("state", ["Queued", "Training", "Staging"])
def test_a_source_in_training_is_kept(make_world: MakeWorld, state: str) -> None:
    """It is unknown whether a training changes `lastModified`, and its new model would be lost."""
    world = make_world(delete_source="true")
    source = world.dev.projects[world.source]
    modified = source.entry.last_modified

    def train() -> None:
        world.emulator.train(world.dev, world.source, name="three", status=state)
        world.emulator.change(source, world.emulator.now(), last_modified=modified)

    result, _ = world.at(world.request("ImportProject"), train).attempt()
    assert kept(world, result.log)
    assert "is in training: its iteration 'three' would be lost" in result.log
