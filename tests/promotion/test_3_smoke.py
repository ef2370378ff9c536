"""Steps 3 and 5, the smoke test: the source is asked before the export, the copy alone after it, about the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.models import Prediction
from cvaction.rules.agreement import differences
from emulator import Fault
from tests.support.promotions import PUBLISHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.in_process import Result
    from tests.support.world import MakeWorld, World

FAULTS = ["code:BadRequestImageFormat", "413", "401", "500", "reset-before", "429", "html-200"]
BOX = (0.1, 0.1, 0.5, 0.5)


def fault(kind: str, resource: str, *, skip: int = 0, times: int = 0) -> Fault:
    """A quick test that gets no answer; 413 is a gateway's."""
    what = {"kind": "502-html", "status": 413} if kind == "413" else {"kind": kind}
    return Fault(**what, operation="QuickTestImage", resource=resource, skip=skip, times=times)


def operations(world: World) -> list[str]:
    return [logged.operation for logged in world.emulator.log]


def changed_before_the_export(world: World, change: Callable[[], object]) -> Result:
    """Promote, with a change of the source right after it has answered."""
    result, _ = world.at(world.request("QuickTestImage") + 1, change).attempt()
    return result


@pytest.mark.clause("3.4")
@pytest.mark.parametrize("kind", FAULTS)
def test_an_image_the_source_does_not_answer_costs_no_import(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", if_exists="replace", **PUBLISHING)
    before = {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()}
    world.emulator.faults.add(fault(kind, "dev"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the source resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert not {"ExportProject", "ImportProject"} & set(operations(world))
    assert {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()} == before


@pytest.mark.clause("5.2", "5.5")
@pytest.mark.parametrize("kind", FAULTS)
def test_an_image_that_the_copy_does_not_answer_is_named(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    world.emulator.faults.add(fault(kind, "prod"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the target resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert (world.own() == []) == (kind == "code:BadRequestImageFormat")
    assert "PublishIteration" not in operations(world)


@pytest.mark.clause("3.4")
def test_an_image_is_named_by_its_path(make_world: MakeWorld) -> None:
    """Folders can hold namesakes."""
    world = make_world(smoke_images="*/same.png")
    for name in ("one", "two"):
        folder = Path(world.workspace) / name
        folder.mkdir()
        (folder / "same.png").write_bytes((Path(world.workspace) / "sweep.png").read_bytes())
    world.emulator.faults.add(fault("413", "dev", skip=1))
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


@pytest.mark.clause("5.2")
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


@pytest.mark.clause("5.1", "5.2", "5.5")
def test_a_copy_that_answers_differently_is_removed_unpublished(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="*.png", **PUBLISHING)
    world.emulator.behaviour.copy_answers_differ = True
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy answers differently from the source" in result.log
    assert world.own() == []
    assert "PublishIteration" not in [logged.operation for logged in world.emulator.log]
    assert result.report["smoke_test"][0]["differences"]


@pytest.mark.clause("5.2")
def test_a_smoke_test_that_fails_half_way_reports_the_others(
    make_world: MakeWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = make_world(smoke_images="*.png")
    folder = tmp_path_factory.mktemp("images")
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode() + bytes(64))
    world.workspace = str(folder)
    on_the_copy = world.requests("QuickTestImage")[3:]
    result, _ = world.at(on_the_copy[2], Fault("code:BadRequestInvalidIds")).attempt()
    assert result.status == "failed"
    assert [image["image"] for image in result.report["smoke_test"]] == ["a.png", "b.png"]
    assert "c.png" in result.log


@pytest.mark.clause("5.2")
@pytest.mark.parametrize("kind", ["classification", "detection"])
def test_equal_answers_pass(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    project = world.emulator.add_project(
        world.dev, "Both kinds", kind="detection" if kind == "detection" else "classification"
    )
    world.inputs["source-project-id"] = project.id
    result, _ = world.attempt()
    assert result.status == "promoted"
    (image,) = result.report["smoke_test"]
    assert (image["image"], image["differences"]) == ("sweep.png", [])
    assert image["answers"] > 1
    assert (
        f"/{'detect' if kind == 'detection' else 'classify'}/iterations/live/image" in result.outputs["prediction-url"]
    )


@pytest.mark.clause("5.2")
@pytest.mark.parametrize(
    ("source", "copy", "count"),
    [
        ((Prediction("a", 0.5, None),), (Prediction("a", 0.51, None),), 0),
        ((Prediction("a", 0.5, None),), (Prediction("a", 0.5101, None),), 1),
        ((Prediction("a", 0.5, None),), (Prediction("b", 0.5, None),), 2),
        ((Prediction("a", 0.5, None),), (), 1),
        ((), (Prediction("a", 0.5, None),), 1),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, (0.1, 0.1, 0.5, 0.51)),), 0),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, (0.1, 0.1, 0.5, 0.52)),), 1),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, None),), 1),
        (
            (Prediction("a", 0.5, BOX), Prediction("a", 0.9, None)),
            (Prediction("a", 0.9, None), Prediction("a", 0.5, BOX)),
            0,
        ),
    ],
)
def test_answers_agree_within_a_hundredth_boxes_too(
    source: tuple[Prediction, ...], copy: tuple[Prediction, ...], count: int
) -> None:
    assert len(differences(source, copy)) == count
