"""Writes the selected formats, each into its folder, and records each of their files in files.jsonl."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from cvaction.archive import canonical, layout
from cvaction.archive.manifest import Form, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cvaction.archive.formats.source import Source
    from cvaction.archive.place import Place
    from cvaction.archive.rows import Stored
    from cvaction.archive.staging import Staging


class Output:
    """What a format writes to. Paths are relative to the format's folder."""

    def __init__(self, folder: str, staging: Staging, notes: IO[bytes]) -> None:
        self._folder = folder
        self._staging = staging
        self._notes = notes
        self.files = 0

    def write(self, path: str, chunks: Iterable[str]) -> None:
        """Write a file in UTF-8. Half of a surrogate pair becomes a question mark."""
        digest, size, full = hashlib.sha256(), 0, f"{self._folder}/{path}"
        with self._staging.create(full) as file:
            for chunk in chunks:
                data = chunk.encode("utf-8", "replace")
                file.write(data)
                digest.update(data)
                size += len(data)
        self._note(full, digest.hexdigest(), size)

    def make(self, path: str) -> None:
        """Make a folder, which may stay empty."""
        self._staging.make(f"{self._folder}/{path}")

    def link(self, stored: Stored, path: str) -> None:
        """Give a picture a second name."""
        full = f"{self._folder}/{path}"
        self._staging.link(stored.file, full)
        self._note(full, stored.sha256, stored.size)

    def _note(self, path: str, sha256: str, size: int) -> None:
        self._notes.write(canonical.line({"file": path, "sha256": sha256, "bytes": size}))
        self.files += 1


Writer = "Callable[[Source, Output, Mapping[str, str]], list[str]]"


def _writers() -> Mapping[str, Callable[[Source, Output, Mapping[str, str]], list[str]]]:
    from cvaction.archive.formats import automl, coco, folders, yolo  # noqa: PLC0415 - only where one is written

    return {"coco": coco.write, "yolo": yolo.write, "automl": automl.write, "folders": folders.write}


def write_formats(
    source: Source, wanted: Mapping[str, Mapping[str, str]], staging: Staging, notes: IO[bytes]
) -> tuple[dict[str, Form], int]:
    """Write each format; returns its result and the number of all files. `notes` receives the lines of files.jsonl."""
    forms, files = {}, 0
    for name, options in sorted(wanted.items()):
        output = Output(name, staging, notes)
        warnings = _writers()[name](source, output, options)
        forms[name] = Form(dict(options), output.files > 0, tuple(f"{name}: {text}" for text in warnings))
        files += output.files
    return forms, files


def intact(place: Place, manifest: Manifest) -> bool:
    """Whether each file of the formats exists with its length."""
    if layout.DERIVED not in manifest.files:
        return not any(form.written for form in manifest.formats.values())
    if place.size(layout.DERIVED) != manifest.files[layout.DERIVED].size:
        return False
    with place.read(layout.DERIVED) as file:
        for line in file:
            value = canonical.parsed(line, layout.DERIVED)
            if place.size(value["file"]) != value["bytes"]:
                return False
    return True
