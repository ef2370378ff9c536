"""AutoML by Azure's own schema, a folder a class, and what no format can hold."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from PIL import Image

from tests.support.archives import Sample, back_up, classified, detected, folder_of
from tests.support.formats import ALL, PREFIX, wanted_boxes, written

if TYPE_CHECKING:
    from pathlib import Path


# AutoML: https://learn.microsoft.com/azure/machine-learning/reference-automl-images-schema

RATIO = {"type": "number", "minimum": 0, "maximum": 1}
LABELS: dict[str, dict[str, Any]] = {
    "multiclass": {"type": "string"},
    "multilabel": {"type": "array", "items": {"type": "string"}},
    "detection": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["label", "topX", "topY", "bottomX", "bottomY"],
            "properties": {
                "label": {"type": "string"},
                **dict.fromkeys(("topX", "topY", "bottomX", "bottomY"), RATIO),
                "isCrowd": {"enum": [0, 1]},
            },
        },
    },
}


def schema_of(kind: str) -> dict[str, Any]:
    """A line, as the page documents it."""
    formats = ["jpg", "jpeg", "png", "jpe", "jfif", "bmp", "tif", "tiff"]
    pixels = {"type": ["string", "integer"], "pattern": "^[0-9]+px$"}
    details = {"type": "object", "properties": {"format": {"enum": formats}, "width": pixels, "height": pixels}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["image_url", "label"],
        "properties": {
            "image_url": {"type": "string", "pattern": "^azureml://subscriptions/.+/datastores/.+/paths/.+"},
            "image_details": details,
            "label": LABELS[kind],
        },
    }


# The page's own examples, with its placeholders shortened.
DOCUMENTED = {
    "multiclass": '{"image_url": "azureml://subscriptions/s/datastores/d/paths/image_data/Image_01.jpg", '
    '"image_details":{"format": "jpg", "width": "400px", "height": "258px"}, "label": "can"}',
    "multilabel": '{"image_url": "azureml://subscriptions/s/datastores/d/paths/image_data/Image_02.jpg", '
    '"image_details": {"format": "jpg", "width": "397px", "height": "296px"}, "label": ["can","milk_bottle"]}',
    "detection": '{"image_url": "azureml://subscriptions/s/datastores/d/paths/image_data/Image_01.jpg", '
    '"image_details": {"format": "jpg", "width": "499px", "height": "666px"}, "label": '
    '[{"label": "can", "topX": 0.260, "topY": 0.406, "bottomX": 0.735, "bottomY": 0.701, "isCrowd": 0}]}',
}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_schema_takes_the_documented_example(kind: str) -> None:
    jsonschema.validate(json.loads(DOCUMENTED[kind]), schema_of(kind))


@pytest.mark.parametrize("sample", [classified(), classified("multilabel"), detected()], ids=lambda one: one.kind)
def test_automl_is_as_azure_documents_it(workspace: Path, sample: Sample) -> None:
    folder, lines = written(workspace, sample), []
    for part in ("train", "validation"):
        table = yaml.safe_load((folder / "automl" / part / "MLTable").read_text(encoding="utf-8"))
        (file,) = (folder / "automl" / part / path["file"] for path in table["paths"])
        assert [next(iter(step)) for step in table["transformations"]] == ["read_json_lines", "convert_column_types"]
        lines += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        jsonschema.validate(line, schema_of(sample.kind))
        path = folder / line["image_url"].removeprefix(f"{PREFIX}/{folder.name}/")
        with Image.open(path) as opened:
            details = line["image_details"]
            assert (f"{opened.width}px", f"{opened.height}px") == (details["width"], details["height"])
    assert all(list(line) == list(json.loads(DOCUMENTED[sample.kind])) for line in lines)
    assert (
        len({line["image_url"] for line in lines})
        == len(lines)
        == {"multiclass": 24, "multilabel": 25}.get(sample.kind, 27)
    )
    if sample.kind == "detection":
        counted = Counter(box["label"] for line in lines for box in line["label"])
        assert counted == Counter(box[0] for boxes in wanted_boxes(sample).values() for box in boxes)


# Folders


def test_a_folder_a_class_holds_its_images(workspace: Path) -> None:
    sample = classified()
    folder = written(workspace, sample) / "folders"
    tea, other = sample.tags[0]["id"], sample.tags[2]["id"]
    names = {"Tea": f"Tea-{tea[:8]}", "tea": f"tea-{other[:8]}", 'Cof:fee/"1"': "Cof-fee-1-"}
    assert {path.name for path in (folder / "classes").iterdir()} == set(names.values())
    for wire in sample.images:
        tags = [tag["tagName"] for tag in wire.get("tags", [])]
        place = "untagged" if not tags else "negative" if tags == ["Empty shelf"] else f"classes/{names[tags[0]]}"
        (path,) = (folder / place).glob(f"{wire['id']}.*")
        with Image.open(path) as opened:
            opened.load()
    assert sum(1 for path in folder.rglob("*") if path.is_file()) == len(sample.images)


# What a format cannot hold


def test_what_a_format_cannot_hold_is_told(workspace: Path) -> None:
    done = back_up(workspace, detected(), formats=ALL)
    assert set(done.warnings) == {
        "automl: regions outside of their picture, left out: 1",
        "automl: tags of images without a region there, left out: 1",
        "automl: untagged images, which are in coco alone: 1",
        "coco: regions outside of their picture, left out: 1",
        "coco: tags of images without a region there, left out: 1",
        "folders: it holds one tag an image, and this project is detection: not written",
        "yolo: regions outside of their picture, left out: 1",
        "yolo: tags of images without a region there, left out: 1",
        "yolo: untagged images, which are in coco alone: 1",
    }
    again = back_up(workspace, detected(), formats=ALL)
    assert (again.changed, again.warnings) == (False, done.warnings), "an unchanged backup tells it, too"


def test_a_gif_is_left_out_of_automl_alone(workspace: Path) -> None:
    sample = classified()
    done = back_up(workspace, sample, formats=ALL)
    assert "automl: images in GIF, which the schema does not have, left out: 1" in done.warnings
    assert "automl: images without a class or with several, left out: 1" in done.warnings
    gif = next(image_id for image_id, data in sample.pictures.items() if data.startswith(b"GIF"))
    folder = folder_of(workspace, sample)
    assert list(folder.glob(f"folders/classes/*/{gif}.gif"))
    assert f"{gif}.gif" in (folder / "coco/annotations.json").read_text(encoding="utf-8")
