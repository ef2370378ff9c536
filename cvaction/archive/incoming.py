"""A download on its way into an archive: beside its place until it is whole."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING, TypeVar

from cvaction.archive.errors import PictureError
from cvaction.archive.manifest import FileFact
from cvaction.archive.pictures import Picture, inspect
from cvaction.archive.place import synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cvaction.archive.place import Place
    from cvaction.archive.rows import ImageRow

T = TypeVar("T")


def arrived(
    place: Place, part: str, chunks: Iterable[bytes], length: int | None, look: Callable[[IO[bytes]], T]
) -> tuple[FileFact, T]:
    """Write a download to `part`; it is on the disk when this returns, and gone when this raises.

    PictureError where more or less came than `length` (None: the server did not tell). `look` may refuse the file.
    """
    try:
        with place.create(part) as file:
            fact = _written(file, chunks)
            _check_length(fact.size, length)
            seen = look(file)
            synced(file)
    except BaseException:
        place.remove(part)
        raise
    return fact, seen


def _written(file: IO[bytes], chunks: Iterable[bytes]) -> FileFact:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return FileFact(digest.hexdigest(), size)


def _check_length(size: int, length: int | None) -> None:
    if length is not None and size != length:
        msg = f"{size:,} bytes of {length:,} arrived"
        raise PictureError(msg)


def picture_of(row: ImageRow, file: IO[bytes]) -> Picture:
    """The picture in a file, if it has the measures that the API tells of the image, or their ratio."""
    picture = inspect(file)
    told = row.width, row.height
    if all(told) and not picture.shows(*told) and not picture.scales(*told):
        msg = f"it has {picture.width} x {picture.height} pixels, and the service says {told[0]} x {told[1]}"
        raise PictureError(msg)
    return picture


def ending(name: str, file: IO[bytes]) -> str:
    """How the file of a model is called: most are archives; `name`: platform and flavour."""
    file.seek(0)
    if file.read(2) == b"PK":
        return ".zip"
    return {"coreml": ".mlmodel", "onnx": ".onnx"}.get(name.partition("-")[0].lower(), ".bin")
