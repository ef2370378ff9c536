"""How often one image is asked for, how long that takes, and what is said of it then."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from emulator import Fault, NewImage
from tests.support.backups import COMPACT, FOREVER, ORIGIN, Stage, index, title

if TYPE_CHECKING:
    from emulator import Image

SENT = 6  # a request whose connection breaks
PASSES = 2  # while the project is listed, and at the end


def wide(stage: Stage, count: int) -> list[Image]:
    """A project of images whose measures no other picture has."""
    stage.behaviour.relative_uris = 0.0
    found = stage.emulator.add_project(stage.resource, "Wide", tags={})
    stage.emulator.put_images(stage.resource, found.id, [NewImage(width=700, height=500)] * count)
    return stage.emulator.images(stage.resource, found.id)


def asked(stage: Stage) -> Counter[str]:
    """How often the storage was asked for each file."""
    return Counter(entry.path for entry in stage.emulator.log if entry.resource == "blobs")


def of(image: Image) -> str:
    return image.id.replace("-", "")


@pytest.mark.parametrize("count", [1, 5])
def test_an_image_that_is_never_whole_came_as_often_as_is_said(stage: Stage, count: int) -> None:
    wide(stage, count)
    stage.emulator.faults.add(Fault("other-picture", resource="blobs", times=FOREVER))

    result = stage.run()

    assert title(result) == "An image cannot be downloaded"
    assert " came 3 times, each time wrong: " in result.log
    assert set(asked(stage).values()) == {3}
    assert not [entry for entry in stage.emulator.log if entry.operation == "GetImagesByIds"]


def test_a_broken_connection_is_tried_in_two_passes(stage: Stage) -> None:
    images = wide(stage, 3)
    stage.emulator.faults.add(Fault("truncated", resource="blobs", path_contains=of(images[1]), times=FOREVER))
    began = stage.clock.now()

    result = stage.run()

    assert title(result) == "The connection to the resource broke"
    assert sorted(asked(stage).values()) == [1, 1, PASSES * SENT]
    assert stage.clock.now() - began < 40


def test_an_image_that_failed_at_first_has_a_second_chance(stage: Stage) -> None:
    images = wide(stage, 3)
    stage.emulator.faults.add(Fault("truncated", resource="blobs", path_contains=of(images[1]), times=SENT))

    stage.good()

    assert sorted(asked(stage).values()) == [1, 1, SENT + 1]


def test_an_image_never_whole_does_not_spoil_the_others(stage: Stage) -> None:
    """One comes never whole, one has a stale address: the text is about the first, and the second is there."""
    images = wide(stage, 3)
    stage.emulator.faults.add(Fault("other-picture", resource="blobs", path_contains=of(images[0]), times=FOREVER))
    stage.emulator.faults.add(Fault("expired-sas", resource="blobs", path_contains=of(images[2]), times=1))

    result = stage.run()

    assert f"The image {images[0].id} came 3 times" in result.log
    assert result.outputs["downloaded"] == "0" or list((stage.folder).rglob(f"{images[2].id}.*"))


@pytest.mark.parametrize("status", [401, 403, 409])
def test_a_refusal_of_the_storage_is_not_taken_for_the_keys(stage: Stage, status: int) -> None:
    images = wide(stage, 2)
    fault = Fault(
        "code:AuthorizationFailure", resource="blobs", status=status, path_contains=of(images[1]), times=FOREVER
    )
    stage.emulator.faults.add(fault)

    result = stage.run()

    assert title(result) == "The storage refuses a download"
    assert f"refuses the image {images[1].id} ({status}" in result.log
    assert "Training-Key" not in result.log
    assert "page Networking" in result.log
    assert index(stage.folder) == {}


@pytest.mark.parametrize(
    ("status", "told"), [(401, "The storage refuses"), (404, "A model cannot be"), (403, "The storage refuses")]
)
def test_a_model_that_the_storage_does_not_give_is_told(stage: Stage, status: int, told: str) -> None:
    stage.classifier(domain_id=COMPACT)
    stage.emulator.faults.add(Fault("code:X", resource="blobs", status=status, path_contains="/m-", times=FOREVER))

    result = stage.run(models="onnx", iterations="latest")

    assert title(result).startswith(told)
    assert ("has no file (404) of the model ONNX" in result.log) == (status == 404)


def test_a_plan_tells_a_refusal_of_the_storage(stage: Stage) -> None:
    wide(stage, 2)
    stage.emulator.faults.add(Fault("code:X", resource="blobs", status=401, times=FOREVER))

    result = stage.run(dry_run="true")

    assert title(result) == "The storage refuses a download"
    assert ORIGIN.partition("//")[2].partition(":")[0] in result.log


def test_fresh_addresses_are_asked_for_as_long_as_images_come(stage: Stage) -> None:
    """Signatures may expire faster than the rest comes: a round that brings an image is not in vain."""
    for number, image in enumerate(wide(stage, 7)[1:], 1):
        stale = Fault("expired-sas", resource="blobs", path_contains=of(image), times=number)
        stage.emulator.faults.add(stale)

    stage.good()

    assert sorted(asked(stage).values()) == [1, 2, 3, 4, 5, 6, 7]
