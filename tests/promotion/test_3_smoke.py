"""Step 3, the smoke test: the source is asked about every image before anything is exported, removed or made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import PUBLISHING, UNANSWERED, operations, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.in_process import Result
    from tests.support.world import MakeWorld, World


def changed_before_the_export(world: World, change: Callable[[], object]) -> Result:
    """Promote, with a change of the source right after it has answered."""
    result, _ = world.at(world.request("QuickTestImage") + 1, change).attempt()
    return result


@pytest.mark.clause("3.4")
@pytest.mark.parametrize("kind", UNANSWERED)
def test_an_image_the_source_does_not_answer_costs_no_import(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", if_exists="replace", **PUBLISHING)
    before = {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()}
    world.emulator.faults.add(unanswered(kind, "dev"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the source resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert not {"ExportProject", "ImportProject"} & set(operations(world))
    assert {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()} == before


@pytest.mark.clause("3.4")
def test_an_image_is_named_by_its_path(make_world: MakeWorld) -> None:
    """Folders can hold namesakes."""
    world = make_world(smoke_images="*/same.png")
    for name in ("one", "two"):
        folder = Path(world.workspace) / name
        folder.mkdir()
        (folder / "same.png").write_bytes((Path(world.workspace) / "sweep.png").read_bytes())
    world.emulator.faults.add(unanswered("413", "dev", skip=1))
    result, _ = world.attempt()
    assert "that was sent: two/same.png." in result.log


@pytest.mark.clause("3.4", "5.1", "5.2")
def test_the_source_is_asked_before_the_export_the_copy_after_it(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result, _ = world.attempt()
    assert result.status == "promoted"
    log = [(logged.resource, logged.operation) for logged in world.emulator.log]
    asked = [number for number, entry in enumerate(log) if entry[1] == "QuickTestImage"]
    assert [log[number][0] for number in asked] == ["dev", "prod"]
    assert asked[0] < log.index(("dev", "ExportProject")) < asked[1] < log.index(("prod", "PublishIteration"))
    assert [stage["name"] for stage in result.report["stages"]].count("smoke-test") == 2


@pytest.mark.clause("3.4")
def test_a_missed_gate_asks_nobody_about_images(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", min_recall="1")
    result, _ = world.attempt()
    assert result.status == "gated"
    assert "QuickTestImage" not in operations(world)


@pytest.mark.clause("3.5")
def test_a_source_trained_after_its_answer_is_asked_again(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result = changed_before_the_export(world, lambda: world.emulator.train(world.dev, world.source))
    assert result.status == "promoted"
    log = [logged for logged in world.emulator.log if logged.operation == "QuickTestImage"]
    assert [logged.resource for logged in log] == ["dev", "dev", "prod"]
    assert log[0].query["iterationId"] != log[1].query["iterationId"]


@pytest.mark.clause("3.5")
def test_a_quick_test_that_touches_the_source_is_asked_once(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result = changed_before_the_export(world, lambda: world.emulator.describe(world.dev, world.source, "Seen."))
    assert result.status == "promoted"
    assert operations(world).count("QuickTestImage") == 2


@pytest.mark.clause("3.4")
def test_an_image_that_goes_before_the_export_ends_the_run(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    result, _ = world.at(1, image.unlink).attempt()
    assert result.status == "failed"
    assert "::error title=An image of the smoke test has changed" in result.log
    assert "The image sweep.png is not as it was" in result.log
    assert "ExportProject" not in operations(world)


@pytest.mark.clause("3.4", "5.2")
def test_an_image_that_goes_after_the_source_was_asked_is_tested(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    result = changed_before_the_export(world, lambda: image.write_bytes(b"something else"))
    assert result.status == "promoted"
    assert result.report["smoke_test"][0]["differences"] == []


@pytest.mark.clause("3.4")
def test_an_image_that_goes_leaves_the_import_that_is_there(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", wait_minutes="0.01", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    data = image.read_bytes()
    begun, _ = world.attempt()
    assert begun.status == "importing"
    (kept,) = world.own()
    world.inputs.pop("wait-minutes")
    first, _ = world.at(1, image.unlink).attempt(2)
    assert "::error title=An image of the smoke test has changed" in first.log
    image.write_bytes(data)
    assert [project.id for project in world.own()] == [kept.id]
    second, _ = world.attempt(3)
    assert (second.status, second.outputs["project-id"]) == ("promoted", kept.id)
    assert operations(world).count("ImportProject") == 1
