"""Step 2, the target: what the name policy will do, and whether there is one resource or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.commands.promote import COMMAND
from cvaction.failures.source_errors import ReservedNameError, SourceNamelessError
from cvaction.steps.naming import Numbering, Replacing, policy_of, wanted_name
from tests.support.promotions import NFC, NFD
from tests.support.samples import project
from tests.support.world import NAME

if TYPE_CHECKING:
    from cvaction.steps.naming import Policy
    from tests.support.world import MakeWorld, World

pytestmark = pytest.mark.clause("2.2")


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


@pytest.mark.clause("3.1")
def test_fail_stops_before_an_export_and_names_the_holder(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    holder = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert holder.id in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


@pytest.mark.clause("7.4")
def test_fail_stops_at_a_holder_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail", target_project_name=NFC)
    world.emulator.add_project(world.prod, NFD)
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log


@pytest.mark.clause("7.4")
def test_fail_stops_at_the_source_itself_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail", target_project_name=NFC)
    world.emulator.rename(world.dev, world.source, NFD)
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log


def test_fail_on_one_resource_meets_the_source_itself(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log


@pytest.mark.clause("7.6")
@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_on_one_resource_the_source_itself_is_never_replaced(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy)
    world.inputs["target-endpoint"], world.inputs["target-key"] = (
        world.inputs["source-endpoint"],
        world.inputs["source-key"],
    )
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=Source and target are the same project" in result.log
    world.inputs["target-project-name"] = "Another"
    assert world.attempt()[0].status == "promoted"


def test_on_one_resource_new_makes_a_numbered_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["target-endpoint"], world.inputs["target-key"] = (
        world.inputs["source-endpoint"],
        world.inputs["source-key"],
    )
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert world.dev.projects[world.source].name == NAME


@pytest.mark.clause("7.4")
@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_the_sources_own_name_in_another_form_is_refused(make_world: MakeWorld, policy: str) -> None:
    """On one resource."""
    world = make_world(if_exists=policy, target_project_name=NFC)
    source = world.emulator.add_project(world.prod, NFD)
    world.inputs |= {name.replace("target", "source"): value for name, value in world.inputs.items() if "key" in name}
    world.inputs |= {"source-endpoint": world.inputs["target-endpoint"], "source-project-id": source.id}
    result, _ = world.attempt()
    assert "::error title=Source and target are the same project" in result.log


def test_on_one_resource_with_two_hosts_the_limit_is_shared(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")  # its last comparison reads both sides at once
    stamps = _stamps_on_two_hosts(world)
    assert len(stamps) > 25
    shared = stamps[12:]  # before the look at the target nobody knows that it is one resource
    assert all(later - earlier >= 1.0 for earlier, later in zip(shared, shared[10:], strict=False))


@pytest.mark.clause("7.6")
def test_a_source_that_holds_the_name_by_now_is_never_renamed(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name="Copy")
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    number = world.request("UpdateProject")
    result, _ = world.at(number, lambda: world.emulator.rename(world.dev, world.source, "Copy")).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", "Copy")
    assert world.dev.projects[world.source].name == "Copy"


@pytest.mark.parametrize(
    ("if_exists", "expected"),
    [
        ("new", Numbering(alone=False)),
        ("fail", Numbering(alone=True)),
        ("replace", Replacing("replace")),
        ("sync", Replacing("sync")),
    ],
)
def test_each_value_of_if_exists_is_a_policy(if_exists: str, expected: Policy) -> None:
    assert policy_of(if_exists) == expected


@pytest.mark.parametrize(("given", "expected"), [("", "Shelf"), ("Release", "Release")])
def test_the_input_comes_before_the_sources_name(given: str, expected: str) -> None:
    assert wanted_name(given, project(name="Shelf")) == expected


def test_a_source_without_a_name_needs_the_input() -> None:
    assert wanted_name("Release", project(name="")) == "Release"
    with pytest.raises(SourceNamelessError):
        wanted_name("", project(name=""))


@pytest.mark.clause("0.4")
def test_a_source_with_an_own_name_needs_the_input() -> None:
    reserved = project(name="Shelf [importing 01234567-abcdef]")
    assert wanted_name("Release", reserved) == "Release"
    with pytest.raises(ReservedNameError):
        wanted_name("", reserved)
