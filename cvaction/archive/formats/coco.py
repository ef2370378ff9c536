"""COCO: `annotations.json` with the labelled images, `unlabelled.json` with the others.

A trainer treats an image without annotations as background, so the untagged images have their own file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cvaction.archive import layout
from cvaction.archive.formats.boxes import LeftOut, boxes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cvaction.archive.formats.source import Source
    from cvaction.archive.formats.writing import Output
    from cvaction.archive.rows import ImageRow


def write(source: Source, output: Output, _options: Mapping[str, str]) -> list[str]:
    """Write both files; returns a line for each kind of thing that is left out."""
    left_out = LeftOut()
    numbers = {tag.id: number for number, tag in enumerate(source.classes, 1)}
    head = {
        "info": {"description": source.manifest.name},
        "licenses": [],
        "categories": [{"id": numbers[tag.id], "name": tag.name, "supercategory": ""} for tag in source.classes],
    }
    annotations = _annotations(source, numbers, left_out)
    output.write("annotations.json", _document(head, _images(_labelled(source), 1), annotations))
    if source.manifest.counts["untagged"]:
        first = source.manifest.counts["tagged"] + 1  # an id names one image in both files
        output.write("unlabelled.json", _document(head, _images(_unlabelled(source), first), iter(())))
    return left_out.warnings()


def _labelled(source: Source) -> Iterator[ImageRow]:
    return (row for row in source.rows() if row.tags or row.regions)


def _unlabelled(source: Source) -> Iterator[ImageRow]:
    return (row for row in source.rows() if not (row.tags or row.regions))


def _images(rows: Iterable[ImageRow], first: int) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, first):
        width, height = row.measures
        # Without its picture an image has no extension either.
        path = row.stored.file if row.stored else f"{layout.PICTURES}/{row.id[:2]}/{row.id}"
        yield {"id": number, "file_name": path, "width": width, "height": height}


def _annotations(source: Source, numbers: dict[str, int], left_out: LeftOut) -> Iterator[dict[str, Any]]:
    annotation = 0
    for image, row in enumerate(_labelled(source), 1):
        for labels in _of_image(source, row, numbers, left_out):
            annotation += 1
            yield {"id": annotation, "image_id": image, **labels}


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


def _document(head: dict[str, Any], images: Iterator[Any], annotations: Iterator[Any]) -> Iterator[str]:
    """One JSON object, with one item per line. It is never completely in memory."""
    yield "{\n"
    lists = {**{name: iter(value) for name, value in head.items() if isinstance(value, list)}}
    yield f'"info": {_json(head["info"])}'
    for name, items in {**lists, "images": images, "annotations": annotations}.items():
        yield f',\n"{name}": ['
        for number, item in enumerate(items):
            yield f"{',' if number else ''}\n{_json(item)}"
        yield "\n]"
    yield "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
