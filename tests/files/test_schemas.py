"""The schemas in docs/ and the files of real backups say the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from PIL import Image

from runner_double.double import REPOSITORY
from tests.support.archives import FOLDER, Sample, back_up, classified, detected, folder_of, picture, receive

if TYPE_CHECKING:
    from pathlib import Path

ALL: dict[str, dict[str, str]] = {"coco": {}, "yolo": {}, "automl": {"prefix": "azureml://x"}, "folders": {}}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REPOSITORY / "docs" / f"backup-{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def samples() -> list[Sample]:
    one, other, third = classified(), classified("multilabel", seed=2), detected(seed=3)
    turned = Image.Exif()
    turned[0x0112] = 6  # orientation: it is shown on its side
    third.image(size=(30, 40), data=picture(40, 30, exif=turned))
    third.images[0].pop("created")
    third.images[0].pop("width")
    third.images[0]["regions"][0].pop("regionId")
    return [one, other, third]


@pytest.mark.parametrize("pixels", [True, False])
def test_every_file_fits_its_schema(workspace: Path, pixels: bool) -> None:
    for sample in samples():
        iteration = Sample(seed=9).id

        def model(store: Any, iteration: str = iteration) -> None:
            with store.incoming_model(iteration, "Iteration 1", "TensorFlow-TensorFlowLite") as part:
                receive(part, b"PK")
                store.keep_model(part)

        back_up(workspace, sample, pixels=pixels, formats=ALL, performance=[(sample.id, sample.images[0])], also=model)
        folder = folder_of(workspace, sample)
        jsonschema.validate(json.loads((folder / "manifest.json").read_bytes()), schema("manifest"))
        for line in (folder / "images.jsonl").read_bytes().splitlines():
            jsonschema.validate(json.loads(line), schema("image"))
    index = json.loads((workspace / FOLDER / "index.json").read_bytes())
    jsonschema.validate(index, schema("index"))
    assert len(index["projects"]) == 3


@pytest.mark.parametrize("name", ["index", "manifest", "image"])
def test_a_schema_takes_no_other_field(workspace: Path, name: str) -> None:
    sample = classified()
    back_up(workspace, sample)
    folder = folder_of(workspace, sample)
    path = {"index": folder.parent / "index.json", "manifest": folder / "manifest.json"}.get(
        name, folder / "images.jsonl"
    )
    value = json.loads(path.read_bytes().splitlines()[0] if name == "image" else path.read_bytes())
    jsonschema.validate(value, schema(name))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value | {"more": 1}, schema(name))
    for field in value:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: item for key, item in value.items() if key != field}, schema(name))
