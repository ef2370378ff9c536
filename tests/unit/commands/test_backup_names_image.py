"""A download that fails is told with its image: without the id nobody finds it in a project of thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive.place import Place
from cvaction.commands.backup.failing import as_failure, name_image
from cvaction.customvision.bearer import CredentialError
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.keyless_errors import TokenUnreachableError
from emulator import Fault, NewImage

if TYPE_CHECKING:
    from emulator import Image
    from tests.support.backups import Stage

FOREVER = 10_000
OF_A_BLOB = (
    *({"kind": kind} for kind in ("truncated", "reset-before", "reset-after", "no-length", "hang")),
    *({"kind": kind} for kind in ("other-picture", "expired-sas", "redirect", "503", "429")),
    *({"kind": "code:X", "status": status} for status in (400, 401, 403, 409, 500)),
)
OF_THE_SERVICE = (
    *({"kind": kind} for kind in ("truncated", "reset-before", "reset-after", "hang", "503", "502-html")),
    *({"kind": "code:X", "status": status} for status in (400, 403, 404)),
)


def last(stage: Stage, count: int, *, relative: bool = False) -> Image:
    """The last image of a project of so many: the one that fails. `relative`: the service itself gives the files."""
    stage.behaviour.relative_uris = float(relative)
    made = stage.emulator.add_project(stage.resource, "Wide", tags={})
    stage.emulator.put_images(stage.resource, made.id, [NewImage(width=700, height=500)] * count)
    return stage.emulator.images(stage.resource, made.id)[-1]


def shown(fault: dict[str, Any]) -> str:
    return "-".join(map(str, fault.values())).replace(":", "")


def told_of(stage: Stage, image: Image) -> bool:
    """Whether the run has failed, and both its annotation and its report name the image."""
    result = stage.run()
    assert result.status == "failed", result.log
    (row,) = result.report["projects"]
    assert result.log.count("::error ") == 1
    return image.id in row["error"]["text"] and image.id in result.log.partition("::error ")[2]


@pytest.mark.parametrize("fault", OF_A_BLOB, ids=shown)
def test_a_failed_download_names_its_image(stage: Stage, fault: dict[str, Any]) -> None:
    image = last(stage, 2)
    of = image.id.replace("-", "")
    stage.emulator.faults.add(Fault(**fault, resource="blobs", path_contains=of, times=FOREVER))

    assert told_of(stage, image)


@pytest.mark.parametrize("fault", OF_THE_SERVICE, ids=shown)
def test_a_failed_download_by_the_service_names_its_image(stage: Stage, fault: dict[str, Any]) -> None:
    image = last(stage, 1, relative=True)
    stage.emulator.faults.add(Fault(**fault, operation="GetArtifact", times=FOREVER))

    assert told_of(stage, image)


@pytest.mark.parametrize("method", ["create_raw", "move"])
def test_a_file_that_cannot_be_written_names_its_image(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    image = last(stage, 2)
    real = getattr(Place, method)

    def full(place: Place, name: str, *rest: Any) -> Any:
        if image.id in name:
            raise OSError(28, "No space left on device")
        return real(place, name, *rest)

    monkeypatch.setattr(Place, method, full)

    assert told_of(stage, image)


def test_an_image_is_named_once() -> None:
    error = CustomVisionError(Kind.RESET, "the connection broke", operation="the download of a file")
    for _ in range(2):
        name_image("7-f", error)
    failure = as_failure(error)
    assert failure
    assert failure.text().count("This happened to the image 7-f.") == 1


def test_a_missing_token_is_about_no_image() -> None:
    error = CredentialError(TokenUnreachableError("No answer."), transient=True)
    name_image("7-f", error)
    failure = as_failure(error)
    assert failure
    assert "7-f" not in failure.text()
