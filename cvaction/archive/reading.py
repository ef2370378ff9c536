"""Reads a project's backup: without the service, and never through a link."""

from __future__ import annotations

import contextlib
import hashlib
from typing import IO, TYPE_CHECKING, Any, Self

from cvaction.archive import canonical, layout
from cvaction.archive.errors import AbsentError, DamagedError
from cvaction.archive.formats.source import Tag
from cvaction.archive.manifest import FileFact, Manifest
from cvaction.archive.rows import ImageRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cvaction.archive.current import Readable
    from cvaction.archive.place import Place
    from cvaction.archive.rows import Stored

_CHUNK = 1 << 18


class ProjectReader:
    """The backup of one project. The reader checks the form of everything that it returns; verify() checks the content."""

    def __init__(self, place: Place) -> None:
        from cvaction.archive.current import Current  # noqa: PLC0415 - only here

        self.place = Current(place)
        manifest = manifest_of(self.place, self.place.manifest)
        if manifest is None:
            msg = f"`{place.shown}` is not the backup of a project: it has no {layout.MANIFEST}"
            raise AbsentError(msg)
        self._folder = place
        self.manifest = manifest
        self._rows: IO[bytes] | None = None

    @classmethod
    def at(cls, path: Path, shown: str = "") -> ProjectReader:
        """The backup in a project's folder. Raises AbsentError if there is none."""
        from cvaction.archive.place import Place  # noqa: PLC0415 - only here

        place = Place.at(path, shown=shown)
        try:
            return cls(place)
        except BaseException:
            place.close()
            raise

    @property
    def sha256(self) -> str:
        """The sha256 of the manifest, which covers all other files."""
        with self.place.read(layout.MANIFEST) as file:
            return hashed(file).sha256

    def project(self) -> dict[str, Any]:
        """The project as the service sent it."""
        value = self._document(layout.PROJECT)
        if not isinstance(value, dict):
            raise self._damaged(layout.PROJECT)
        return value

    def tags(self) -> tuple[Tag, ...]:
        """The tags, by id."""
        value = self._document(layout.TAGS)
        if not isinstance(value, list) or not all(isinstance(tag, dict) for tag in value):
            raise self._damaged(layout.TAGS)
        return tuple(Tag.of(tag) for tag in value)

    def iterations(self) -> list[dict[str, Any]]:
        """The iterations as the service sent them, each with its `performance`."""
        value = self._document(layout.ITERATIONS)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._damaged(layout.ITERATIONS)
        return value

    def rows(self) -> Iterator[ImageRow]:
        """The images, in the order of images.jsonl."""
        with self.place.read(layout.IMAGES) as file:
            for line in file:
                yield ImageRow.read(line)

    def located_rows(self) -> Iterator[tuple[int, ImageRow]]:
        """The images, each with its place in images.jsonl, for row_at()."""
        place = 0
        with self.place.read(layout.IMAGES) as file:
            for line in file:
                yield place, ImageRow.read(line)
                place += len(line)

    def row_at(self, place: int) -> ImageRow:
        """The image at a place that located_rows() gave."""
        if self._rows is None:
            self._rows = self.place.read(layout.IMAGES)
        self._rows.seek(place)
        return ImageRow.read(self._rows.readline())

    def picture(self, stored: Stored) -> bytes:
        """The bytes of a picture. Raises DamagedError if they are not the stored bytes."""
        with self.place.read(stored.file) as file:
            data = file.read(stored.size + 1)
        if FileFact.of(data) != (stored.sha256, stored.size):
            raise self._damaged(stored.file)
        return data

    def close(self) -> None:
        """Close the folder."""
        if self._rows:
            self._rows.close()
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _document(self, path: str) -> Any:  # noqa: ANN401 - a JSON value
        with self.place.read(path) as file:
            return canonical.parsed(file.read(), f"`{self.place.shown}/{path}`")

    def _damaged(self, path: str) -> DamagedError:
        return DamagedError(f"`{self.place.shown}/{path}` is not as it was written")


def manifest_of(place: Readable, named: str = layout.MANIFEST) -> Manifest | None:
    """The manifest of a project's folder; None if there is none. `named`: the manifest's name in an error."""
    if place.size(layout.MANIFEST) is None:
        return None
    with place.read(layout.MANIFEST) as file:
        return Manifest.read(file.read(), f"`{place.shown}/{named}`")


def ids_of(place: Readable, path: str) -> list[str]:
    """The ids in a list of objects as the service sent them; none if the file is missing or not such a list."""
    if place.size(path) is None:
        return []
    with place.read(path) as file, contextlib.suppress(DamagedError):
        rows = canonical.parsed(file.read(), path)
        return [str(row.get("id")).lower() for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return []


def hashed(file: IO[bytes]) -> FileFact:
    """The sha256 and the length of a file."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return FileFact(digest.hexdigest(), size)
