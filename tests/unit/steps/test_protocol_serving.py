"""What serves: `unchanged` changes nothing, one iteration has one publish name, namesakes and kinds are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.world import NAME
from tests.unit.steps.test_domains import COMPACT
from tests.unit.steps.test_protocol_clauses import numbers

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

LIVE = {"publish_name": "live", "prediction_resource_id": "{prediction}"}
TOLD = ("project-id", "iteration-id", "iteration-name", "publish-name", "prediction-url", "image-count", "tag-count")


def told(outputs: dict[str, str]) -> dict[str, str]:
    return {name: outputs[name] for name in TOLD}


class TestASwitch:
    def world(self, make_world: MakeWorld) -> tuple[World, str]:
        world = make_world(if_exists="sync", iteration="two", **LIVE)
        first, _ = world.attempt(run_id="1")
        world.inputs["iteration"] = "one"
        return world, first.outputs["project-id"]

    def test_is_a_promotion_of_the_copy_that_is_there(self, make_world: MakeWorld) -> None:
        world, copy = self.world(make_world)
        result, _ = world.attempt(run_id="2")
        assert (result.status, result.outputs["project-id"]) == ("promoted", copy)
        assert {i.name: i.publish_name for i in world.prod.projects[copy].iterations} == {"one": "live", "two": None}

    def test_tells_which_iteration_served_before_and_which_does_now(self, make_world: MakeWorld) -> None:
        world, copy = self.world(make_world)
        ids = {iteration.name: iteration.id for iteration in world.prod.projects[copy].iterations}
        result, _ = world.attempt(run_id="2")
        sentence = f"The publish name 'live' moves from the iteration 'two' ({ids['two']}) to 'one' ({ids['one']})."
        assert sentence in result.log
        assert "`two` served before, `one` serves now" in result.summary

    def test_is_planned_as_one(self, make_world: MakeWorld) -> None:
        world, _copy = self.world(make_world)
        world.inputs["dry-run"] = "true"
        result, _ = world.attempt(run_id="2")
        (step,) = [step for step in result.report["plan"] if "'live'" in step]
        assert "'two'" in step
        assert "'one'" in step

    def test_that_is_done_already_is_unchanged(self, make_world: MakeWorld) -> None:
        world, copy = self.world(make_world)
        world.attempt(run_id="2")
        result, _ = world.attempt(run_id="3")
        assert (result.status, result.outputs["project-id"], result.report["changes"]) == ("unchanged", copy, [])
        world.inputs["dry-run"] = "true"
        result, _ = world.attempt(run_id="4")
        assert any("as it is" in step for step in result.report["plan"])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_copy_that_serves_under_another_name_is_copied_anew_and_goes_on_serving(
    make_world: MakeWorld, dry_run: bool
) -> None:
    world = make_world(if_exists="sync", **LIVE)
    first, _ = world.attempt(run_id="1")
    old = world.prod.projects[first.outputs["project-id"]]
    world.inputs |= {"publish-name": "production", "dry-run": str(dry_run).lower()}
    result, _ = world.attempt(run_id="2")
    assert [i.publish_name for i in old.iterations if i.publish_name] == ["live"]
    assert "is published under another name, 'live', and stays so: a new copy is made" in result.log
    if dry_run:
        assert any(step.startswith("Export") for step in result.report["plan"])
        return
    assert (result.status, result.outputs["publish-name"]) == ("promoted", "production")
    assert result.outputs["previous-project-id"] == old.id
    assert old.name.startswith(f"{NAME} (replaced")


def namesakes(make_world: MakeWorld, **inputs: str) -> tuple[World, list[str]]:
    """A source with three iterations of one name, in the order of their training."""
    world = make_world(**inputs)
    source = world.dev.projects[world.source]
    for _ in range(2):
        world.clock.advance(60)
        world.emulator.train(world.dev, world.source)
    world.emulator.unpublish(world.dev, world.source)
    source.iterations = source.iterations[-3:]
    for iteration in source.iterations:
        iteration.name = "Iteration 1"
    world.clock.advance(60)
    return world, [iteration.id for iteration in source.iterations]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("operation", ["UpdateProject", "PublishIteration"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_rerun_tells_of_the_very_iteration_that_was_chosen(
    make_world: MakeWorld, number: int, operation: str, order: int
) -> None:
    world, ids = namesakes(make_world, **(LIVE if operation == "PublishIteration" else {}))
    world.inputs["iteration"] = ids[number]
    whole = world.copy()
    expected, _ = whole.attempt()
    for kill in numbers(world, operation):
        case = world.copy()
        case.attempt(plan={kill: "kill-after"})
        for copy in case.own():
            copy.iterations = copy.iterations[::order]
        result, _ = case.attempt(2)
        assert (result.status, told(result.outputs)) == ("promoted", told(expected.outputs))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_sync_and_a_move_find_the_very_iteration_again(make_world: MakeWorld, number: int) -> None:
    world, ids = namesakes(make_world, if_exists="sync", **LIVE)
    world.inputs["iteration"] = ids[number]
    first, _ = world.attempt(run_id="1")
    again, _ = world.attempt(run_id="2")
    assert (again.status, told(again.outputs)) == ("unchanged", told(first.outputs))
    world.inputs["delete-source"] = "true"
    moved, _ = world.attempt(run_id="3")
    assert world.source not in world.dev.projects
    rerun, _ = world.attempt(2, run_id="3")
    assert told(moved.outputs) == told(rerun.outputs) == told(first.outputs)


def test_namesakes_of_nearly_one_time_are_paired_in_the_order_of_their_training(make_world: MakeWorld) -> None:
    world, _ids = namesakes(make_world)
    source = world.dev.projects[world.source]
    for step, iteration in enumerate(source.iterations):
        iteration.trained_at = world.emulator.now().replace(microsecond=2000 * (2 - step))
    result, _ = world.attempt()
    assert result.status == "promoted"


@pytest.mark.parametrize("tags", [{"Apple": 3}, {}])
def test_the_url_is_the_same_in_every_way_a_run_can_end(make_world: MakeWorld, tags: dict[str, int]) -> None:
    world = make_world(if_exists="sync", **LIVE)
    project = world.emulator.add_project(world.dev, "Boxes", kind="detection", domain_id=COMPACT, tags=tags)
    world.inputs["source-project-id"] = project.id
    world.emulator.faults.add(Fault("code:NotFoundDomain", operation="GetDomain", times=0))
    whole = world.copy()
    url = whole.attempt()[0].outputs["prediction-url"]
    assert ("/detect/" in url) is bool(tags)
    assert whole.attempt(run_id="2")[0].outputs["prediction-url"] == url
    assert whole.attempt(2)[0].outputs["prediction-url"] == url
    for kill in numbers(world, "UpdateProject"):
        case = world.copy()
        case.attempt(plan={kill: "kill-after"})
        result: Any = case.attempt(2)[0]
        copy = result.outputs["project-id"]
        assert result.outputs["prediction-url"].partition(copy)[2] == url.partition("prediction/")[2][36:]


class TestASwitchWhoseAnswerIsLost:
    @pytest.mark.parametrize("fault", ["503-after", "reset-after", "false-200"])
    def test_is_a_promotion_all_the_same(self, make_world: MakeWorld, fault: str) -> None:
        world = make_world(if_exists="sync", iteration="two", **LIVE)
        first, _ = world.attempt(run_id="1")
        copy = world.prod.projects[first.outputs["project-id"]]
        world.inputs["iteration"] = "one"
        world.emulator.faults.add(Fault(fault, operation="PublishIteration"))
        result, _ = world.attempt(run_id="2")
        assert {i.name: i.publish_name for i in copy.iterations} == {"one": "live", "two": None}
        assert (result.status, result.outputs["project-id"]) == ("promoted", copy.id)
        assert "The publish name 'live' moves from" in result.log
        assert "`two` served before, `one` serves now" in result.summary
        assert [change["action"] for change in result.report["changes"]] == ["published"]


def test_a_switch_between_namesakes_tells_them_apart(make_world: MakeWorld) -> None:
    world, ids = namesakes(make_world, if_exists="sync", **LIVE)
    world.inputs["iteration"] = ids[0]
    first, _ = world.attempt(run_id="1")
    world.inputs["iteration"] = ids[2]
    second, _ = world.attempt(run_id="2")
    assert (second.status, second.outputs["project-id"]) == ("promoted", first.outputs["project-id"])
    copy = world.prod.projects[first.outputs["project-id"]]
    assert [i.id for i in copy.published] == [second.outputs["iteration-id"]] != [first.outputs["iteration-id"]]
    (line,) = [line for line in second.summary.splitlines() if "served before" in line]
    assert first.outputs["iteration-id"] in line
    assert second.outputs["iteration-id"] in line


@pytest.mark.parametrize("why", ["another name", "retrained", "differs"])
def test_a_plan_says_why_the_copy_is_made_anew(make_world: MakeWorld, why: str) -> None:
    world = make_world(if_exists="sync", **LIVE)
    first, _ = world.attempt(run_id="1")
    old = first.outputs["project-id"]
    world.inputs["dry-run"] = "true"
    if why == "another name":
        world.inputs["publish-name"] = "production"
    elif why == "retrained":
        world.emulator.train(world.dev, world.source)
    else:
        world.emulator.add_images(world.prod, old)
    result, _ = world.attempt(run_id="2")
    words = {
        "another name": "is published under another name, 'live', and stays so: a new copy is made",
        "retrained": "is not a copy of the source as it is now",
        "differs": "differs from the source: untagged images",
    }[why]
    (step,) = [step for step in result.report["plan"] if words in step]
    assert old in step
