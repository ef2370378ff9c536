"""What other programs read, judged by other programs: pycocotools, globox, PyYAML, Pillow; and Azure's own schema."""

from __future__ import annotations

import contextlib
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from globox import Annotation, AnnotationSet
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pycocotools.coco import COCO

from cvaction.archive.formats.boxes import clipped
from cvaction.archive.formats.yolo import quoted
from cvaction.archive.rows import Region
from tests.support.archives import Sample, back_up, checked, classified, detected, folder_of, picture
from tests.support.formats import ALL, wanted_boxes, written


def coco_of(path: Path) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def same(one: list[Any], other: list[Any]) -> None:
    assert len(one) == len(other)
    for left, right in zip(sorted(one), sorted(other), strict=True):
        assert left[0] == right[0]
        assert left[1:] == pytest.approx(right[1:], abs=1e-6)


# COCO


def test_pycocotools_reads_the_boxes_of_a_detector(workspace: Path) -> None:
    sample = detected()
    folder = written(workspace, sample)
    coco, wanted = coco_of(folder / "coco/annotations.json"), wanted_boxes(sample)
    names = {number: category["name"] for number, category in coco.cats.items()}
    assert names == {1: "bolt", 2: "nut #1"}
    labelled = [wire for wire in sample.images if wire.get("tags")]
    assert coco.getImgIds() == list(range(1, len(labelled) + 1))
    for number, wire in enumerate(labelled, 1):
        image = coco.imgs[number]
        assert Path(image["file_name"]).stem == wire["id"]
        with Image.open(folder / image["file_name"]) as opened:
            opened.load()
            assert opened.size == (image["width"], image["height"]) == (wire["width"], wire["height"])
        notes = coco.loadAnns(coco.getAnnIds(imgIds=[number], iscrowd=False))
        boxes = [(names[note["category_id"]], *note["bbox"]) for note in notes]
        edges = [(name, left, top, left + width, top + height) for name, left, top, width, height in boxes]
        same(edges, wanted.get(wire["id"], []))
        assert all(note["area"] == note["bbox"][2] * note["bbox"][3] for note in notes)
    assert sorted(coco.anns) == list(range(1, len(coco.anns) + 1))


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_pycocotools_reads_the_labels_of_a_classifier(workspace: Path, kind: str) -> None:
    sample = classified(kind)
    folder = written(workspace, sample)
    coco = coco_of(folder / "coco/annotations.json")
    names = {number: category["name"] for number, category in coco.cats.items()}
    assert sorted(names.values()) == sorted(["Tea", 'Cof:fee/"1"', "tea"]), "the negative tag is no class"
    for number, image in coco.imgs.items():
        wire = next(wire for wire in sample.images if wire["id"] == Path(image["file_name"]).stem)
        notes = coco.loadAnns(coco.getAnnIds(imgIds=[number]))
        assert {names[note["category_id"]] for note in notes} == {tag["tagName"] for tag in wire["tags"]} - {
            "Empty shelf"
        }
        assert not [note for note in notes if "bbox" in note]
    assert len(coco.imgs) == 26


def test_untagged_images_are_in_a_file_of_their_own(workspace: Path) -> None:
    sample = classified()
    folder = written(workspace, sample)
    coco, rest = (coco_of(folder / "coco" / name) for name in ("annotations.json", "unlabelled.json"))
    untagged = {wire["id"] for wire in sample.images if not wire.get("tags")}
    assert {Path(image["file_name"]).stem for image in rest.imgs.values()} == untagged
    assert not rest.anns
    assert sorted([*coco.imgs, *rest.imgs]) == list(range(1, 29)), "an id names one image in both"


def test_without_untagged_images_there_is_no_such_file(workspace: Path) -> None:
    sample = Sample()
    sample.image([sample.tag("Tea")])
    assert not (written(workspace, sample) / "coco/unlabelled.json").exists()


def test_without_pictures_coco_names_them_without_ending(workspace: Path) -> None:
    sample = detected()
    back_up(workspace, sample, pixels=False, formats=ALL)
    folder = folder_of(workspace, sample)
    coco = coco_of(folder / "coco/annotations.json")
    first = sample.images[0]["id"]
    assert coco.imgs[1]["file_name"] == f"images/{first[:2]}/{first}"
    assert not [name for name in ("yolo", "automl", "folders") if (folder / name).exists()]


# COCO and YOLO by one more reader


def test_globox_reads_coco_and_yolo_alike(workspace: Path) -> None:
    sample = detected()
    folder, wanted = written(workspace, sample), wanted_boxes(sample)
    coco = AnnotationSet.from_coco(folder / "coco/annotations.json")
    by_image = {
        Path(image_id).stem: [(str(box.label), box.xmin, box.ymin, box.xmax, box.ymax) for box in annotation.boxes]
        for image_id, annotation in coco.items()
    }
    assert {image_id for image_id, boxes in by_image.items() if boxes} == set(wanted)
    for image_id, boxes in wanted.items():
        same(by_image[image_id], boxes)

    names = yaml.safe_load((folder / "yolo/data.yaml").read_text(encoding="utf-8"))["names"]
    seen = {}
    for path in (folder / "yolo/images").glob("*/*"):
        with Image.open(path) as opened:
            label = folder / "yolo/labels" / path.parent.name / f"{path.stem}.txt"
            boxes = Annotation.from_yolo_v5(label, image_size=opened.size).boxes
        seen[path.stem] = [(names[int(box.label)], box.xmin, box.ymin, box.xmax, box.ymax) for box in boxes]
    assert {image_id for image_id, boxes in seen.items() if boxes} == set(wanted)
    for image_id, boxes in wanted.items():
        same(seen[image_id], boxes)


# YOLO


def test_yolo_has_a_text_for_each_picture_and_splits_by_bytes(workspace: Path) -> None:
    sample = detected()
    for number in range(60):
        sample.image(boxes=[(sample.tags[0]["id"], 0.1, 0.1, 0.5, 0.5)], data=picture(seed=5000 + number))
    folder = written(workspace, sample)
    data = yaml.safe_load((folder / "yolo/data.yaml").read_text(encoding="utf-8"))
    assert data == {"path": "", "train": "images/train", "val": "images/val", "names": {0: "bolt", 1: "nut #1"}}
    parts = {part: {path.stem for path in (folder / "yolo" / data[part]).iterdir()} for part in ("train", "val")}
    for part, ids in parts.items():
        assert {path.stem for path in (folder / "yolo/labels" / part).iterdir()} == ids
    tagged = {wire["id"] for wire in sample.images if wire.get("tags")}
    assert parts["train"] | parts["val"] == tagged
    assert not parts["train"] & parts["val"]
    assert 0 < len(parts["val"]) < len(tagged) / 4
    negative = next(
        wire["id"] for wire in sample.images if [t for t in wire.get("tags", []) if t["tagName"] == "nothing"]
    )
    assert next(folder.glob(f"yolo/labels/*/{negative}.txt")).read_bytes() == b"", "background"


def test_a_small_projects_yolo_has_each_folder_of_its_yaml(workspace: Path) -> None:
    sample = Sample("detection")
    tag = sample.tag("bolt")
    sample.image(boxes=[(tag, 0.1, 0.1, 0.5, 0.5)])
    folder = written(workspace, sample) / "yolo"
    found = {part: len(list((folder / "images" / part).iterdir())) for part in ("train", "val")}
    assert sorted(found.values()) == [0, 1], "a single picture trains or validates"
    for part, number in found.items():
        assert len(list((folder / "labels" / part).iterdir())) == number
    assert checked(workspace).whole


def test_the_split_is_the_same_in_every_format(workspace: Path) -> None:
    sample = detected()
    folder = written(workspace, sample)
    lines = (folder / "automl/validation/validation_annotations.jsonl").read_text(encoding="utf-8").splitlines()
    assert {Path(json.loads(line)["image_url"]).stem for line in lines} == {
        path.stem for path in (folder / "yolo/images/val").iterdir()
    }


@given(st.text())
@example('\u2028\x85\x7f\ufeff\ufffe\U0001f600\\"#: [&*!')
def test_names_in_yaml_are_read_as_they_are(name: str) -> None:
    assert yaml.safe_load(f"0: {quoted(name)}") == {0: name}


@given(*(st.floats(-2, 2, width=32) for _ in range(2)), *(st.floats(0, 2, width=32) for _ in range(2)))
def test_a_box_is_inside_or_empty(left: float, top: float, width: float, height: float) -> None:
    box = clipped(Region("", "", "", "", left, top, width, height))
    assert all(0 <= edge <= 1 for edge in box)
    exact = [Fraction(left), Fraction(top), Fraction(left) + Fraction(width), Fraction(top) + Fraction(height)]
    for edge, true in zip(box, exact, strict=True):
        assert edge == pytest.approx(float(min(Fraction(1), max(Fraction(0), true))), abs=1e-12)
