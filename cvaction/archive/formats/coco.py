"""COCO: `annotations.json` with the labelled images, `unlabelled.json` with the others.

A trainer treats an image without annotations as background, so the untagged images have their own file.
"""

from __future__ import annotations

import json
import tempfile
from typing import IO, TYPE_CHECKING, Any

from cvaction.archive import layout
from cvaction.archive.formats.boxes import LeftOut, boxes
from cvaction.archive.sorting import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.archive.formats.source import Source
    from cvaction.archive.formats.writing import Output
    from cvaction.archive.rows import ImageRow


def write(source: Source, output: Output, _options: Mapping[str, str]) -> list[str]:
    """Write both files; returns a line for each kind of thing that is left out. The images are read once.

    Parts that come later in a file wait on the disk.
    """
    left_out = LeftOut()
    numbers = {tag.id: number for number, tag in enumerate(source.classes, 1)}
    head = {
        "info": {"description": source.manifest.name},
        "licenses": [],
        "categories": [{"id": numbers[tag.id], "name": tag.name, "supercategory": ""} for tag in source.classes],
    }
    with tempfile.TemporaryFile() as unlabelled, tempfile.TemporaryFile() as annotations:
        rows = _labelled(source, unlabelled)
        images = _images(source, rows, numbers, left_out, annotations)
        output.write("annotations.json", _document(head, images, _texts(annotations)))
        if source.manifest.counts["untagged"]:
            output.write("unlabelled.json", _document(head, _texts(unlabelled), iter(())))
    return left_out.warnings()


def _labelled(source: Source, unlabelled: IO[bytes]) -> Iterator[ImageRow]:
    """The labelled images. The others are written to `unlabelled`; an id names the same image in both files."""
    number = source.manifest.counts["tagged"]
    for row in source.rows():
        if row.tags or row.regions:
            yield row
        else:
            number += 1
            unlabelled.write(f"{_json(_image(row, number))}\n".encode())


def _images(
    source: Source, rows: Iterator[ImageRow], numbers: dict[str, int], left_out: LeftOut, annotations: IO[bytes]
) -> Iterator[str]:
    annotation = 0
    for number, row in enumerate(rows, 1):
        for labels in _of_image(source, row, numbers, left_out):
            annotation += 1
            annotations.write(f"{_json({'id': annotation, 'image_id': number, **labels})}\n".encode())
        yield _json(_image(row, number))


def _image(row: ImageRow, number: int) -> dict[str, Any]:
    width, height = row.measures
    # Without its picture an image has no extension either.
    path = row.stored.file if row.stored else layout.picture_path(row.id)
    return {"id": number, "file_name": path, "width": width, "height": height}


def _texts(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file that was written before."""
    return (line[:-1].decode() for line in lines_of(file))


def _of_image(source: Source, row: ImageRow, numbers: dict[str, int], left_out: LeftOut) -> Iterator[dict[str, Any]]:
    if not source.detection:
        for number in sorted(numbers[label.tag] for label in row.tags if label.tag in numbers):
            yield {"category_id": number, "iscrowd": 0}
        return
    width, height = row.measures
    for number, box in boxes(row, numbers, left_out):
        left, top = box.left * width, box.top * height
        size = (box.right - box.left) * width, (box.bottom - box.top) * height
        yield {"category_id": number, "bbox": [left, top, *size], "area": size[0] * size[1], "iscrowd": 0}


def _document(head: dict[str, Any], images: Iterator[str], annotations: Iterator[str]) -> Iterator[str]:
    """One JSON object, with one item per line. It is never completely in memory."""
    yield "{\n"
    yield f'"info": {_json(head["info"])}'
    lists = {name: map(_json, value) for name, value in head.items() if isinstance(value, list)}
    for name, items in {**lists, "images": images, "annotations": annotations}.items():
        yield f',\n"{name}": ['
        for number, item in enumerate(items):
            yield f"{',' if number else ''}\n{item}"
        yield "\n]"
    yield "\n}\n"


_json = json.JSONEncoder(ensure_ascii=False).encode
