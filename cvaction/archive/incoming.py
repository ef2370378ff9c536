"""A download into an archive: it stays under another name until it is complete."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Self

from cvaction.archive import layout
from cvaction.archive.errors import PictureError
from cvaction.archive.pictures import Picture, inspect
from cvaction.archive.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

    from cvaction.archive.place import Place
    from cvaction.archive.rows import ImageRow


class Incoming:
    """The files of one download. Each attempt has a new file, because an abandoned attempt may still write to its own.

    At the end of a `with` the files that were not kept are removed, unless `hold` was called: then by `drop`.

    `folder` returns their folder, open. `path` is the path of the later file, without its ending.
    """

    def __init__(self, folder: Callable[[], Place], path: str) -> None:
        self._folder = folder
        self._spool: Spool | None = None
        self.path = path
        self._name = path.rpartition("/")[2]
        self._attempts = 0
        self._made: list[str] = []  # the files that were made, and not kept
        self._held = False

    def open(self) -> Spool:
        """Begin a new attempt, and return what its bytes are written to."""
        self._release()
        self._attempts += 1
        part = self._part(self._attempts)
        self._spool = Spool(lambda: self._create(part))
        return self._spool

    def written(self) -> IO[bytes]:
        """The bytes of the last attempt, to read."""
        small = self._spool.small() if self._spool else None
        return small or self._folder().read(self._part(self._attempts))

    def hold(self) -> None:
        """Let the last attempt outlast the `with`: the rest comes later, and `drop` at the end."""
        self._held = True

    def store(self) -> None:
        """Write the last attempt to its file."""
        if self._spool:
            self._spool.store()

    def sync(self) -> None:
        """Return when that file is on the disk."""
        if self._spool:
            self._spool.sync()

    def keep(self, ending: str) -> str:
        """Move that file to its place: `path` with this ending. Returns that path."""
        part = self._part(self._attempts)
        self._folder().move(part, self._name + ending)
        self._made.remove(part)
        return self.path + ending

    def drop(self) -> None:
        """Remove the files that were not kept. Where none was made, the folder is not opened: it may be what has failed."""
        self._release()
        made, self._made = self._made, []
        for part in made:
            self._folder().remove(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._held:
            self.drop()

    def _release(self) -> None:
        if self._spool:
            self._spool.release()
        self._spool = None  # it knows this object: a cycle would keep the body until the next garbage collection

    def _create(self, part: str) -> FileIO:
        folder = self._folder()
        self._made.append(part)
        return folder.create_raw(part)

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
