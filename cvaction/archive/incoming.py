"""A download into an archive: it stays under another name until it is complete."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Self

from cvaction.archive import layout
from cvaction.archive.errors import PictureError
from cvaction.archive.pictures import Picture, inspect

if TYPE_CHECKING:
    from cvaction.archive.place import Place
    from cvaction.archive.rows import ImageRow


class Incoming:
    """The files of one download. Each attempt has a new file, because an abandoned attempt may still write to its own.

    The writer closes and syncs the files. At the end the files that were not kept are removed.
    """

    def __init__(self, place: Place, path: str) -> None:
        self._place = place
        self.path = path
        self._attempts = 0

    def open(self) -> IO[bytes]:
        """Create and return a new file to write to."""
        self._attempts += 1
        return self._place.create(self._part(self._attempts))

    def written(self) -> IO[bytes]:
        """The file of the last attempt, to read."""
        return self._place.read(self._part(self._attempts))

    def keep(self, path: str) -> None:
        """Move the file of the last attempt to its place."""
        self._place.move(self._part(self._attempts), path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for attempt in range(1, self._attempts + 1):
            self._place.remove(self._part(attempt))

    def _part(self, attempt: int) -> str:
        return f"{self.path}.{attempt}{layout.PART}"


def picture_of(row: ImageRow, file: IO[bytes]) -> Picture:
    """The picture in a file. Raises PictureError if its size differs from the one that the API gives."""
    picture = inspect(file)
    told = row.width, row.height
    if all(told) and not picture.shows(*told):
        msg = f"it has {picture.width} x {picture.height} pixels, and the service says {told[0]} x {told[1]}"
        raise PictureError(msg)
    return picture


def ending(path: str, file: IO[bytes]) -> str:
    """The ending of a model's file. Most are zip archives. The last part of `path` is platform and flavour."""
    if file.read(2) == b"PK":
        return ".zip"
    return {"coreml": ".mlmodel", "onnx": ".onnx"}.get(path.rpartition("/")[2].partition("-")[0].lower(), ".bin")
