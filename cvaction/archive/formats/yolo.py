"""YOLO, for detection: pictures, a text file of boxes for each, and data.yaml.

The pictures are hard links to those in `images/`, or copies if the file system has no hard links. A picture with the
negative tag has an empty text file: it is background.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.archive.formats.boxes import LeftOut, boxes
from cvaction.archive.formats.split import validates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.archive.formats.boxes import Box
    from cvaction.archive.formats.source import Source
    from cvaction.archive.formats.writing import Output

_FOLDERS = ("images/train", "images/val", "labels/train", "labels/val")
_LAST_PRINTABLE_ASCII, _LAST_BYTE, _LAST_OF_PLANE = 0x7E, 0xFF, 0xFFFF


def write(source: Source, output: Output, _options: Mapping[str, str]) -> list[str]:
    """Write the folder; returns a line for each kind of thing that is left out."""
    if not source.detection and source.manifest.counts["images"]:
        return [f"it holds boxes, and this project is {source.manifest.kind}: not written"]
    if not source.manifest.counts["pictures"]:
        return source.no_pictures
    left_out = LeftOut()
    classes = {tag.id: number for number, tag in enumerate(source.classes)}
    for folder in _FOLDERS:  # data.yaml names them: a small project may have no picture in one
        output.make(folder)
    for row in source.rows():
        if not (row.tags or row.regions):
            left_out.count("untagged images, which are in coco alone")
        elif row.stored is None:
            left_out.count("images without their pictures here, left out")
        else:
            part = "val" if validates(row.stored) else "train"
            lines = (_line(number, box) for number, box in boxes(row, classes, left_out))
            output.link(row.stored, f"images/{part}/{row.stored.file.rpartition('/')[2]}")
            output.write(f"labels/{part}/{row.id}.txt", lines)
    output.write("data.yaml", _data([tag.name for tag in source.classes]))
    return left_out.warnings()


def _line(number: int, box: Box) -> str:
    """A class and a box: the box's centre, width and height, as ratios."""
    numbers = (
        (box.left + box.right) / 2,
        (box.top + box.bottom) / 2,
        box.right - box.left,
        box.bottom - box.top,
    )
    return f"{number} {' '.join(f'{ratio:.9f}' for ratio in numbers)}\n"


def _data(names: list[str]) -> Iterator[str]:
    yield 'path: ""  # the folder of this file\ntrain: images/train\nval: images/val\nnames:'
    yield "".join(f"\n  {number}: {quoted(name)}" for number, name in enumerate(names)) or " {}"
    yield "\n"


def quoted(text: str) -> str:
    """A text as a double-quoted YAML string."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in '"\\':
        return f"\\{char}"
    if " " <= char <= chr(_LAST_PRINTABLE_ASCII) or (code > _LAST_BYTE and char.isprintable()):
        return char
    if code <= _LAST_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_PLANE else f"\\U{code:08x}"
