"""A download into an archive: it stays under another name until it is complete."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Self

from cvaction.archive import layout
from cvaction.archive.errors import PictureError
from cvaction.archive.pictures import Picture, inspect
from cvaction.archive.spool import Spool

if TYPE_CHECKING:
    from cvaction.archive.place import Place
    from cvaction.archive.rows import ImageRow


class Incoming:
    """The files of one download. Each attempt has a new file, because an abandoned attempt may still write to its own.

    The writer syncs and closes what it writes to. At the end the files that were not kept are removed. Their folder stays
    open meanwhile: for a small picture, opening the folder would be most of the work.
    """

    def __init__(self, place: Place, path: str) -> None:
        self._place = place
        self._spool: Spool | None = None
        self.path = path
        self._parent, _, self._name = path.rpartition("/")
        self._folder: Place | None = None
        self._attempts = self._kept = 0

    def open(self) -> Spool:
        """Begin a new attempt, and return what its bytes are written to."""
        self._attempts += 1
        part = self._part(self._attempts)
        self._spool = Spool(lambda: self._opened().create(part))
        return self._spool

    def written(self) -> IO[bytes]:
        """The bytes of the last attempt, to read."""
        small = self._spool.small() if self._spool else None
        return small or self._opened().read(self._part(self._attempts))

    def keep(self, ending: str) -> str:
        """Move the file of the last attempt to its place: `path` with this ending. Returns that path."""
        self._opened().move(self._part(self._attempts), self._name + ending)
        self._kept = self._attempts
        return self.path + ending

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._spool = None  # it knows this object: a cycle would keep the body until the next garbage collection
        if self._folder is None:
            return
        with self._folder as folder:
            for attempt in range(1, self._attempts + 1):
                if attempt != self._kept:
                    folder.remove(self._part(attempt))

    def _opened(self) -> Place:
        if self._folder is None:
            self._folder = self._place.below(self._parent, make=True)
        return self._folder

    def _part(self, attempt: int) -> str:
        return f"{self._name}.{attempt}{layout.PART}"


def picture_of(row: ImageRow, file: IO[bytes]) -> Picture:
    """The picture in a file. Raises PictureError if its size differs from the one that the API gives."""
    picture = inspect(file)
    told = row.width, row.height
    if all(told) and not picture.shows(*told):
        msg = f"it has {picture.width} x {picture.height} pixels, and the service says {told[0]} x {told[1]}"
        raise PictureError(msg)
    return picture


def is_model(ends: str, file: IO[bytes]) -> bool:
    """Whether a file with this ending may be a complete model: no cut zip, no page of a proxy, not empty."""
    if ends == layout.ARCHIVE:
        from zipfile import is_zipfile  # noqa: PLC0415 - only where models are taken along

        return is_zipfile(file)  # its directory stands at the end: one that was cut has none
    file.seek(0)
    return file.read(512).lstrip()[:1] not in {b"", b"<", b"{"}  # HTML, XML or JSON: no model begins so


def ending(path: str, file: IO[bytes]) -> str:
    """The ending of a model's file. Most are zip archives. The last part of `path` is platform and flavour."""
    if file.read(2) == b"PK":
        return layout.ARCHIVE
    return {"coreml": ".mlmodel", "onnx": ".onnx"}.get(path.rpartition("/")[2].partition("-")[0].lower(), ".bin")
