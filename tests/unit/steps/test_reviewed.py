"""Traces that a review found: each lost, doubled or deleted something before its rule was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote import COMMAND
from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def test_a_copy_that_another_job_of_the_run_has_finished_meanwhile_is_the_runs_copy(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    copy = first.outputs["project-id"]
    world.inputs.pop("wait-minutes")
    finished: list[str] = []

    def other_job() -> None:
        world.inputs.pop("min-recall")  # it has no gate
        result, _ = world.attempt(2)
        finished.append(result.status)

    world.inputs["min-recall"] = "1"
    gate = world.request("GetIterationPerformance", attempt=2)
    second, _ = world.at(gate, other_job).attempt(2)
    assert finished == ["promoted"]
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy)
    assert world.prod.projects[copy].name == NAME


def test_keep_previous_never_deletes_the_source_itself(make_world: MakeWorld) -> None:
    world = make_world()
    one = {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    world.inputs |= {**one, "source-project-id": "", "source-project-name": NAME, "target-project-name": "Copy"}
    first, _ = world.attempt(run_id="1")
    world.clock.advance(60)
    world.emulator.delete(world.dev, world.source)
    world.emulator.rename(world.dev, first.outputs["project-id"], NAME)  # the copy becomes the source
    for run in ("2", "3"):
        world.attempt(run_id=run)
        world.clock.advance(60)
    world.inputs["keep-previous"] = "1"
    last, _ = world.attempt(run_id="4")
    assert last.status == "promoted"
    assert first.outputs["project-id"] in world.dev.projects
    assert last.outputs["previous-project-id"] != first.outputs["project-id"]


def test_keep_previous_counts_only_what_is_still_there(make_world: MakeWorld) -> None:
    world = make_world()
    made = []
    for run in ("1", "2", "3"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(600)
    world.inputs["keep-previous"] = "1"
    world.emulator.behaviour.listing_lag = 30.0
    world.emulator.delete(world.prod, made[2])
    world.attempt(run_id="4")
    assert made[1] in world.prod.projects


def test_no_iteration_is_published_that_no_gate_has_seen(make_world: MakeWorld) -> None:
    inputs = {"publish_name": "live", "prediction_resource_id": "{prediction}", "min_precision": "0.5"}
    world = make_world(**inputs)
    bad = {"precision": 0.01, "recall": 0.01, "averagePrecision": 0.01}
    number = world.request("ExportProject")
    result, _ = world.at(number, lambda: world.emulator.train(world.dev, world.source, metrics=bad)).attempt()
    assert result.status == "failed"
    assert "::error title=The source project changed while it was copied" in result.log
    assert not any(project.published for project in world.prod.projects.values() if project.name.startswith(NAME))


def test_a_source_gated_again_and_missed_leaves_no_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", min_precision="0.5")
    world.attempt()
    bad = {"precision": 0.01, "recall": 0.01, "averagePrecision": 0.01}

    def retrain() -> None:
        world.emulator.train(world.dev, world.source, metrics=bad)

    result, _ = world.at(world.request("GetIterationPerformance", attempt=2) + 1, retrain).attempt(2)
    assert result.status == "gated"
    assert world.own() == []


def test_a_poll_heeds_the_waits_own_limit(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.1")
    world.emulator.behaviour.import_outcomes = ["never"]
    world.emulator.faults.add(Fault("429-retry-after", operation="GetProject", resource="prod", times=0, seconds=100))
    before = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "importing"
    assert world.clock.now() - before < 60


def test_on_one_resource_with_two_hosts_the_limit_is_shared(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="*.png")
    stamps = _stamps_on_two_hosts(world)
    assert len(stamps) > 25
    shared = stamps[12:]  # before the look at the target nobody knows that it is one resource
    assert all(later - earlier >= 1.0 for earlier, later in zip(shared, shared[10:], strict=False))


def _stamps_on_two_hosts(world: World) -> list[float]:
    from cvaction import main  # noqa: PLC0415 - used by this test alone
    from cvaction.github.runner import Runner  # noqa: PLC0415 - the same

    world.inputs |= {"target-endpoint": "http://localhost:8001", "target-key": world.inputs["source-key"]}
    wire, stamps = world.wire(), []
    wire.resources = {**wire.resources, "http://localhost:8001": world.dev}
    exchange = wire.exchange

    def stamped(*args: object) -> object:
        stamps.append(world.clock.now())
        return exchange(*args)  # type: ignore[arg-type]

    wire.exchange = stamped  # type: ignore[assignment, method-assign]
    assert main.run(world.environment(), Runner({}), world.clock, wire.session, COMMAND) == 0
    return stamps
