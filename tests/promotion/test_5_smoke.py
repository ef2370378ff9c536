"""Step 5, the smoke test: the copy alone is asked, about the same bytes, and compared with the source's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.models import Prediction
from cvaction.rules.agreement import differences
from emulator import Fault
from tests.support.promotions import PUBLISHING, UNANSWERED, operations, unanswered

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

BOX = (0.1, 0.1, 0.5, 0.5)


@pytest.mark.clause("5.2", "5.5")
@pytest.mark.parametrize("kind", UNANSWERED)
def test_an_image_that_the_copy_does_not_answer_is_named(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    world.emulator.faults.add(unanswered(kind, "prod"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the target resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert (world.own() == []) == (kind == "code:BadRequestImageFormat")
    assert "PublishIteration" not in operations(world)


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
def test_an_image_that_differs_is_named_with_its_folder(
    make_world: MakeWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A folder for each tag is usual, and their files often have the same names."""
    world = make_world(smoke_images="*/1.png")
    folder = tmp_path_factory.mktemp("images")
    for tag in ("apple", "pear"):
        (folder / tag).mkdir()
        (folder / tag / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + tag.encode() + bytes(64))
    world.workspace = str(folder)
    world.emulator.behaviour.copy_answers_differ = True
    result, _ = world.attempt()
    assert "- apple/1.png: " in result.log
    assert "- pear/1.png: " in result.log


@pytest.mark.clause("5.2")
def test_a_broken_smoke_test_reports_the_images_before(
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
