"""Which iteration is promoted: chosen on the source, found again on the copy, and what an untrained project can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import PUBLISHING, namesakes

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

TOLD = ("project-id", "iteration-id", "iteration-name", "publish-name", "prediction-url", "image-count", "tag-count")


def told(outputs: dict[str, str]) -> dict[str, str]:
    return {name: outputs[name] for name in TOLD}


@pytest.mark.parametrize(("asked", "chosen"), [("latest", "two"), ("published", "two"), ("one", "one"), ("id", "one")])
def test_the_iteration_is_chosen_and_found_again_on_the_target(make_world: MakeWorld, asked: str, chosen: str) -> None:
    world = make_world(**PUBLISHING)
    first = next(i for i in world.dev.projects[world.source].iterations if i.name == "one")
    world.inputs["iteration"] = first.id.upper() if asked == "id" else asked
    result, _ = world.attempt()
    assert result.outputs["iteration-name"] == chosen
    copy = world.prod.projects[result.outputs["project-id"]]
    assert [(i.name, i.id) for i in copy.published] == [(chosen, result.outputs["iteration-id"])]


@pytest.mark.parametrize("asked", ["three", "published"])
def test_an_unknown_iteration_lists_what_there_is(make_world: MakeWorld, asked: str) -> None:
    world = make_world(iteration=asked)
    world.emulator.unpublish(world.dev, world.source)
    result, _ = world.attempt()
    assert "::error title=The source project has no such iteration" in result.log
    assert "- 'one' (" in result.log


def test_an_untrained_project_is_copied_but_cannot_be_published(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert (result.status, result.outputs["iteration-id"]) == ("promoted", "")
    world.inputs |= {"publish-name": "live", "prediction-resource-id": world.prod.prediction_resource_id}
    assert "::error title=The source project is not trained" in world.attempt()[0].log


@pytest.mark.parametrize(
    "inputs",
    [
        PUBLISHING,
        {"smoke_images": "sweep.png"},
        {"iteration": "published"},
        {"iteration": "one"},
        {"iteration": "published", "min_recall": "0.1"},
        {"min_recall": "0.1", "gate_override": "a trial", **PUBLISHING},
        {"min_recall": "0.1", "gate_override": "a trial", "smoke_images": "sweep.png"},
        {"dry_run": "true", **PUBLISHING},
    ],
)
def test_an_untrained_project_is_told_to_be_trained(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    world = make_world(**inputs)
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The source project is not trained" in result.log
    assert "What to do: train it (customvision.ai, Train)" in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


def test_a_trained_project_is_not_called_untrained(make_world: MakeWorld) -> None:
    world = make_world(iteration="published")
    world.emulator.unpublish(world.dev, world.source)
    result, _ = world.attempt()
    assert "::error title=The source project has no such iteration" in result.log
    assert "not trained" not in result.log.partition("::error")[2].partition("Likely cause")[0]


@pytest.mark.clause("0.6")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_sync_and_a_move_find_the_very_iteration_again(make_world: MakeWorld, number: int) -> None:
    world, ids = namesakes(make_world, if_exists="sync", **PUBLISHING)
    world.inputs["iteration"] = ids[number]
    first, _ = world.attempt(run_id="1")
    again, _ = world.attempt(run_id="2")
    assert (again.status, told(again.outputs)) == ("unchanged", told(first.outputs))
    world.inputs["delete-source"] = "true"
    moved, _ = world.attempt(run_id="3")
    assert world.source not in world.dev.projects
    rerun, _ = world.attempt(2, run_id="3")
    assert told(moved.outputs) == told(rerun.outputs) == told(first.outputs)


@pytest.mark.clause("1.2", "1.3", "0.6")
@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("operation", ["UpdateProject", "PublishIteration"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_rerun_tells_of_the_very_iteration_that_was_chosen(
    make_world: MakeWorld, number: int, operation: str, order: int
) -> None:
    world, ids = namesakes(make_world, **(PUBLISHING if operation == "PublishIteration" else {}))
    world.inputs["iteration"] = ids[number]
    whole = world.copy()
    expected, _ = whole.attempt()
    for kill in world.requests(operation):
        case = world.copy()
        case.at(kill, "kill-after").attempt()
        for copy in case.own():
            copy.iterations = copy.iterations[::order]
        result, _ = case.attempt(2)
        assert (result.status, told(result.outputs)) == ("promoted", told(expected.outputs))
