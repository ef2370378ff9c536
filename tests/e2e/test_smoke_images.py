"""Smoke images: source and copy have to answer them alike before the copy is published."""

from __future__ import annotations

import json

import pytest

from tests.e2e.stage import JPEG, PNG, Stage

pytestmark = pytest.mark.usefixtures("unpaced")


def images(stage: Stage) -> None:
    folder = stage.runner.workspace / "images"
    folder.mkdir()
    (folder / "one.png").write_bytes(PNG)
    (folder / "two.jpg").write_bytes(JPEG)


@pytest.mark.parametrize("kind", ["classification", "detection"])
def test_images_are_tested_on_both_sides_before_anything_is_published(
    stage: Stage, kind: str, request: pytest.FixtureRequest
) -> None:
    images(stage)
    stage.source = stage.emulator.add_project(stage.dev, "Smoked", kind=kind)  # type: ignore[arg-type] # one of the two

    result = stage.run(smoke_images="images/*.png\nimages/two.jpg", **stage.publishing())

    assert result.outputs["status"] == "promoted"
    report = json.loads(result.outputs["report"])["smoke_test"]
    assert [(entry["image"], entry["differences"]) for entry in report] == [("one.png", []), ("two.jpg", [])]
    operations = [entry.operation for entry in stage.log(resource=stage.prod)]
    assert operations.count("QuickTestImage") == 2
    assert operations.index("QuickTestImage") < operations.index("PublishIteration")
    assert all(entry.query["store"] == "false" for entry in stage.log(operation="QuickTestImage"))


def test_a_copy_that_answers_differently_fails_with_the_differences_and_is_removed_unserved(stage: Stage) -> None:
    images(stage)
    stage.behaviour.copy_answers_differ = True

    result = stage.run(smoke_images="images/*", **stage.publishing())

    (error,) = result.messages("error")
    assert error.startswith("The copy answers differently from the source: ")
    assert "on the source" in error
    assert "one.png" in error
    assert stage.copies() == []
    assert stage.log(operation="PublishIteration") == []
    assert "### Smoke test" in result.summary


@pytest.mark.parametrize(
    ("globs", "problem"),
    [
        ("images/*.png\nimages/*.bmp", "smoke-images: the glob in line 2 matches no file"),
        ("big.jpg", "smoke-images: matches an image of more than 4 MB"),
        ("many/*", "smoke-images: matches 21 images; at most 20"),
        ("../outside.png", "smoke-images: matches a file outside the workspace"),
        ("notes.txt", "smoke-images: the image notes.txt is no JPEG, PNG, BMP or GIF"),
        ("pointer.png", "smoke-images: the image pointer.png is a Git LFS pointer"),
        ("pointer.png", "set `lfs: true` under the `with:` of actions/checkout"),
    ],
)
def test_images_that_cannot_be_tested_are_told_before_any_request(stage: Stage, globs: str, problem: str) -> None:
    images(stage)
    workspace = stage.runner.workspace
    (workspace / "big.jpg").write_bytes(JPEG + bytes(4 * 1024 * 1024))
    (workspace.parent / "outside.png").write_bytes(PNG)
    (workspace / "notes.txt").write_text("no image", encoding="utf-8")
    (workspace / "pointer.png").write_text("version https://git-lfs.github.com/spec/v1\noid …\n", encoding="utf-8")
    (workspace / "many").mkdir()
    for number in range(21):
        (workspace / "many" / f"{number}.png").write_bytes(PNG)

    result = stage.run(smoke_images=globs)

    assert problem in result.messages("error")[0]
    assert stage.emulator.log == []


def test_an_image_that_the_source_refuses_is_named_and_costs_no_import(stage: Stage) -> None:
    images(stage)
    stage.fail("code:BadRequestImageFormat", "QuickTestImage", skip=1)

    result = stage.run(smoke_images="images/*")

    (error,) = result.messages("error")
    assert "BadRequestImageFormat" in error
    assert "images/two.jpg" in error
    assert stage.log(operation="ExportProject") == []
    assert stage.copies() == []
