"""What a run made, changed and removed: the text says it, and the report lists all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.support.world import MakeWorld, World

OF_THE_COPY = (
    "project-id",
    "project-name",
    "iteration-id",
    "publish-name",
    "prediction-url",
    "image-count",
    "tag-count",
)


def incomplete(world: World) -> None:
    world.emulator.behaviour.import_outcomes = ["lose-tag"]


def failed(world: World) -> None:
    world.emulator.behaviour.import_outcomes = ["failed"]


def other_answers(world: World) -> None:
    world.emulator.behaviour.copy_answers_differ = True


def refused_publishing(world: World) -> None:
    world.emulator.faults.add(Fault("code:BadRequestInvalidPublishTarget", operation="PublishIteration", times=0))


KINDS = (incomplete, failed, other_answers, refused_publishing)


def run(make_world: MakeWorld, kind: Any, **inputs: str) -> tuple[World, Result]:
    world = make_world(smoke_images="sweep.png", **PUBLISHING, **inputs)
    kind(world)
    result, _ = world.attempt()
    assert result.status == "failed"
    return world, result


def annotation(result: Result) -> str:
    (line,) = [line for line in result.log.splitlines() if line.startswith("::error")]
    return line


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_was_removed_is_told_and_not_output(make_world: MakeWorld, kind: Any) -> None:
    world, result = run(make_world, kind)
    assert world.own() == []
    assert [result.outputs[name] for name in OF_THE_COPY] == [""] * len(OF_THE_COPY)
    assert "was removed from the target." in annotation(result)
    assert "was removed from the target." in result.summary
    assert "project-id:" not in result.log.splitlines()[-1]
    changes = result.report["changes"]
    assert [(change["side"], change["action"]) for change in changes] == [("target", "made"), ("target", "deleted")]
    assert changes[0]["project_id"] == changes[1]["project_id"]
    assert f"projects/{changes[0]['project_id']}" not in result.summary, "no link leads to it"


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_was_kept_is_output_and_said_to_be(make_world: MakeWorld, kind: Any) -> None:
    world, result = run(make_world, kind, keep_failed="true")
    (copy,) = world.own()
    assert result.outputs["project-id"] == copy.id
    assert "Kept for inspection" in annotation(result)


@pytest.mark.clause("5.5")
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_was_not_removed_is_output_and_said_to_be(make_world: MakeWorld, kind: Any) -> None:
    def both(world: World) -> None:
        kind(world)
        world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="DeleteProject", times=0))

    world, result = run(make_world, both)
    (copy,) = world.own()
    assert result.outputs["project-id"] == copy.id
    assert "could not be removed. The next attempt removes it" in annotation(result)


def test_a_copy_that_somebody_else_deleted_is_not_output(make_world: MakeWorld) -> None:
    world = make_world()
    wait = world.request("ImportProject") + 2

    def delete() -> None:
        world.emulator.delete(world.prod, world.own()[0].id)

    result, _ = world.at(wait, delete).attempt()
    assert (result.status, result.outputs["project-id"]) == ("failed", "")
    assert "was removed from the target" not in result.log


@pytest.mark.clause("3.1")
def test_an_import_that_a_decision_to_stop_removes_is_told(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1")
    world.at(world.request("ImportProject"), "kill-after").attempt()
    (copy,) = world.own()
    world.inputs["min-recall"] = "1"
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("gated", "")
    assert f"({copy.id}) was removed from the target." in annotation(result)


@pytest.mark.clause("7.6", "8.5")
def test_the_report_lists_all_that_was_changed_in_order(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0", delete_source="true", **PUBLISHING)
    old = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(60)
    result, _ = world.attempt()
    copy = result.outputs["project-id"]
    told = [(c["side"], c["action"], c["project_id"]) for c in result.report["changes"]]
    assert told == [
        ("target", "made", copy),
        ("target", "published", copy),
        ("target", "described", copy),
        ("target", "renamed", old.id),
        ("target", "renamed", copy),
        ("source", "unpublished", world.source),
        ("source", "deleted", world.source),
    ]
    renamed = [c for c in result.report["changes"] if c["action"] == "renamed"]
    assert renamed[0]["was"] == NAME
    assert renamed[1]["name"] == NAME
    assert "What this run changed" in result.summary


@pytest.mark.clause("4.4")
@pytest.mark.parametrize("kind", ["503-after", "reset-after"])
def test_a_change_whose_answer_was_lost_is_listed_once(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert [c["action"] for c in result.report["changes"]].count("made") == 1


@pytest.mark.parametrize(("deleted_by", "listed"), [("us", True), ("somebody else", False)])
def test_a_deletion_is_listed_only_where_it_was_ours(make_world: MakeWorld, deleted_by: str, listed: bool) -> None:
    world = make_world(keep_previous="0")
    first, _ = world.attempt(run_id="1")
    world.clock.advance(60)
    old = first.outputs["project-id"]
    (number,) = world.requests("DeleteProject", run_id="2")

    def delete() -> None:
        if deleted_by == "somebody else":
            world.emulator.delete(world.prod, old)

    result, _ = world.at(number, delete).attempt(run_id="2")
    assert old not in world.prod.projects
    assert (old in [c["project_id"] for c in result.report["changes"] if c["action"] == "deleted"]) is listed
