"""JSON Lines for the automated machine learning of Azure Machine Learning, with an MLTable for each part.

The schema: https://learn.microsoft.com/azure/machine-learning/reference-automl-images-schema. `prefix` is the URL of the
uploaded folder of the complete backup, so an image is at `prefix/<project's folder>/images/3f/3f2a….jpg`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cvaction.archive.formats.boxes import LeftOut, boxes
from cvaction.archive.formats.split import validates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.archive.formats.source import Source
    from cvaction.archive.formats.writing import Output
    from cvaction.archive.rows import ImageRow

_FORMATS = ("jpg", "png", "bmp")  # of the schema
_LINES = {True: ("validation", "validation_annotations.jsonl"), False: ("train", "train_annotations.jsonl")}
_MLTABLE = """\
paths:
  - file: ./{file}
transformations:
  - read_json_lines:
      encoding: utf8
      invalid_lines: error
      include_path_column: false
  - convert_column_types:
      - columns: image_url
        column_type: stream_info
"""


def write(source: Source, output: Output, options: Mapping[str, str]) -> list[str]:
    """Write both parts; returns a line for each kind of thing that is left out."""
    if not source.manifest.counts["pictures"]:
        return source.no_pictures
    left_out = LeftOut()
    prefix = f"{options['prefix'].rstrip('/')}/{source.place.shown.rpartition('/')[2]}"
    for validation, (folder, file) in _LINES.items():
        # Both parts read every image, so only one of them counts what is left out.
        told = left_out if validation else LeftOut()
        output.write(f"{folder}/{file}", _lines(source, prefix, told, validation=validation))
        output.write(f"{folder}/MLTable", [_MLTABLE.format(file=file)])
    return left_out.warnings()


def _lines(source: Source, prefix: str, left_out: LeftOut, *, validation: bool) -> Iterator[str]:
    names = {tag.id: tag.name for tag in source.classes}
    numbers = {tag_id: number for number, tag_id in enumerate(names)}
    for row in source.rows():
        reason = _refused(row)
        label = None if reason else _label(source, row, names, numbers, left_out)
        if reason or label is None:
            left_out.count(reason or "images without a class or with several, left out")
        elif row.stored and validates(row.stored) == validation:
            width, height = row.measures
            details = {"format": _format(row), "width": f"{width}px", "height": f"{height}px"}
            yield json.dumps(
                {"image_url": f"{prefix}/{row.stored.file}", "image_details": details, "label": label},
                ensure_ascii=False,
            )
            yield "\n"


def _format(row: ImageRow) -> str:
    return row.stored.file.rpartition(".")[2] if row.stored else ""


def _refused(row: ImageRow) -> str:
    """Why the schema cannot hold an image; empty if it can."""
    if not (row.tags or row.regions):
        return "untagged images, which are in coco alone"
    if row.stored is None:
        return "images without their pictures here, left out"
    if _format(row) not in _FORMATS:
        return f"images in {_format(row).upper()}, which the schema does not have, left out"
    return ""


def _label(source: Source, row: ImageRow, names: dict[str, str], numbers: dict[str, int], left_out: LeftOut) -> Any:  # noqa: ANN401 - a JSON value
    """A name, a list of names or a list of boxes. None for a multiclass image without exactly one class."""
    if source.detection:
        by_number = list(names.values())
        return [
            {
                "label": by_number[number],
                "topX": box.left,
                "topY": box.top,
                "bottomX": box.right,
                "bottomY": box.bottom,
                "isCrowd": 0,
            }
            for number, box in boxes(row, numbers, left_out)
        ]
    own = sorted(names[label.tag] for label in row.tags if label.tag in names)
    if source.manifest.kind == "multilabel":
        return own
    return own[0] if len(own) == 1 else None
