"""Step 5: publishing the chosen iteration of the copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("5.3")
def test_publishing_overwrites_only_within_the_copy(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.attempt()
    (first,) = [logged for logged in world.emulator.log if logged.operation == "PublishIteration"]
    assert first.query["overwrite"] == "false"


@pytest.mark.clause("5.3")
def test_a_lost_answer_to_publishing_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault("503-after", operation="PublishIteration"))
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("promoted", "live")


@pytest.mark.clause("5.3")
def test_what_somebody_has_published_so_already_is_a_success(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)

    def publish() -> None:
        world.emulator.publish(world.prod, world.own()[0].id, "live", iteration="two")

    result, _ = world.at(world.request("PublishIteration"), publish).attempt()
    assert (result.status, result.outputs["publish-name"]) == ("promoted", "live")
    assert [logged.status for logged in world.emulator.log if logged.operation == "PublishIteration"] == [400]


@pytest.mark.clause("5.3")
def test_publishing_that_is_not_answered_with_true_fails(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    number = world.request("PublishIteration")
    world.emulator.faults.add(Fault("false-200", operation="PublishIteration", times=0))
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("failed", "")
    assert [logged.operation for logged in world.emulator.log].index("PublishIteration") == number


@pytest.mark.clause("5.5")
def test_a_refused_prediction_resource_removes_the_copy(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault("code:BadRequestInvalidPublishTarget", operation="PublishIteration"))
    result, _ = world.attempt()
    assert "::error title=The prediction resource is not accepted" in result.log
    assert world.own() == []


@pytest.mark.clause("5.3", "5.5")
def test_an_iteration_published_under_another_name_is_told(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)

    def publish() -> None:
        (copy,) = world.own()
        world.emulator.publish(world.prod, copy.id, "somebody else's")

    result, _ = world.at(world.request("PublishIteration"), publish).attempt()
    assert "::error title=The iteration is already published under another name" in result.log
    assert "somebody else's" in result.log


@pytest.mark.clause("5.5")
def test_a_copy_somebody_published_is_unpublished_and_removed(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)

    def publish() -> None:
        (copy,) = world.own()
        for iteration in ("one", "two"):
            world.emulator.publish(world.prod, copy.id, f"theirs {iteration}", iteration=iteration)

    assert world.at(world.request("PublishIteration"), publish).attempt()[0].status == "failed"
    assert world.own() == []


@pytest.mark.clause("5.5")
def test_a_copy_kept_for_inspection_is_gone_on_with(make_world: MakeWorld) -> None:
    """It was proved, and only the publishing was refused: nothing is imported once more."""
    world = make_world(keep_failed="true", **PUBLISHING)
    world.emulator.faults.add(Fault("code:BadRequestInvalidPublishTarget", operation="PublishIteration"))
    first, _ = world.attempt()
    assert "The next attempt of this run goes on with it or removes it." in first.log
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("promoted", first.outputs["project-id"])
