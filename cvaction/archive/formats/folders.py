"""A folder for each class, for projects with one tag per image: `classes/<tag>/`, and also `negative/`, `untagged/`.

The pictures are hard links to those in `images/`, or copies if the file system has no hard links.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cvaction.archive import layout
from cvaction.archive.formats.boxes import LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cvaction.archive.formats.source import Source, Tag
    from cvaction.archive.formats.writing import Output
    from cvaction.archive.rows import ImageRow


def write(source: Source, output: Output, _options: Mapping[str, str]) -> list[str]:
    """Write the folders; returns a line for each kind of thing that is left out."""
    if source.manifest.kind != "multiclass" and source.manifest.counts["images"]:
        return [f"it holds one tag an image, and this project is {source.manifest.kind}: not written"]
    if not source.manifest.counts["pictures"]:
        return source.no_pictures
    left_out = LeftOut()
    names = class_folders(source.classes)
    for row in source.rows():
        folder = _folder(row, names)
        if row.stored is None:
            left_out.count("images without their pictures here, left out")
        elif folder is None:
            left_out.count("images with several classes, left out")
        else:
            output.link(row.stored, f"{folder}/{row.stored.file.rpartition('/')[2]}")
    return left_out.warnings()


def class_folders(tags: Sequence[Tag]) -> dict[str, str]:
    """The folder of each tag, by its id: its harmless name, with 8 characters of its id if two names would clash."""
    plain = {tag.id: layout.harmless(tag.name, "tag") for tag in tags}
    clashes = Counter(map(layout.folded, plain.values()))
    taken = {layout.folded(name) for name in plain.values()}
    names = {}
    for tag in tags:
        name = plain[tag.id]
        if clashes[layout.folded(name)] > 1:
            name = layout.named(tag.name, tag.id, taken, fallback="tag")
            taken.add(layout.folded(name))
        names[tag.id] = name
    return names


def _folder(row: ImageRow, names: Mapping[str, str]) -> str | None:
    """The folder of an image; None if it has more than one class."""
    own = [names[label.tag] for label in row.tags if label.tag in names]
    if len(own) == 1:
        return f"classes/{own[0]}"
    if own:
        return None
    return "negative" if row.tags else "untagged"
