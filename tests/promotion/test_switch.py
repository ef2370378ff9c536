"""What serves: `unchanged` changes nothing, one iteration has one publish name, namesakes are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING, namesakes
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


class TestASwitch:
    def world(self, make_world: MakeWorld) -> tuple[World, str]:
        world = make_world(if_exists="sync", iteration="two", **PUBLISHING)
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


class TestASwitchWhoseAnswerIsLost:
    @pytest.mark.parametrize("fault", ["503-after", "reset-after", "false-200"])
    def test_is_a_promotion_all_the_same(self, make_world: MakeWorld, fault: str) -> None:
        world = make_world(if_exists="sync", iteration="two", **PUBLISHING)
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
    world, ids = namesakes(make_world, if_exists="sync", **PUBLISHING)
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


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_copy_that_serves_under_another_name_goes_on_serving(make_world: MakeWorld, dry_run: bool) -> None:
    world = make_world(if_exists="sync", **PUBLISHING)
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


@pytest.mark.parametrize("why", ["another name", "retrained", "differs"])
def test_a_plan_says_why_the_copy_is_made_anew(make_world: MakeWorld, why: str) -> None:
    world = make_world(if_exists="sync", **PUBLISHING)
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
