"""A body that is a file: streamed to where the caller wants it, counted, hashed and synced."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import AbandonedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from urllib3.response import BaseHTTPResponse

    from cvaction.clock import Permit

__all__ = ["Received", "saving"]

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Received:
    """A whole body: its bytes and their SHA-256 in hex."""

    size: int
    sha256: str


def saving(
    open_file: Callable[[], BinaryIO], limit: int, heard: Callable[[int], None] = lambda _size: None
) -> Callable[[BaseHTTPResponse, Permit], Received]:
    """What receives a body into a new file of each attempt; `heard` is told of each piece, for a progress line.

    `open_file` has to open another file each time: an attempt that was given up may still write to its own.
    """

    def save(response: BaseHTTPResponse, permit: Permit) -> Received:
        length = _length(response)
        _check_size(length or 0, limit)
        digest, size = hashlib.sha256(), 0
        with _Writing(open_file) as file:
            for chunk in _pieces(response):
                if permit.revoked:
                    msg = "nobody waits for the file any more"
                    raise AbandonedError(msg)
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                _check_size(size, limit)
                heard(len(chunk))
            if length is not None and size != length:
                raise CustomVisionError(Kind.RESET, f"{size} of {length} bytes came")
            file.sync()
        return Received(size, digest.hexdigest())

    return save


def _pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The body as it came: an encoding that nobody asked for would hide the length. Each piece comes as soon as it is here."""
    while piece := response.read1(CHUNK, decode_content=False):
        yield piece


class _Writing:
    """A file whose failures are not taken for the connection's."""

    def __init__(self, open_file: Callable[[], BinaryIO]) -> None:
        with _failures_of_files():
            self._file = open_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._file.close()
        except OSError as error:  # what was buffered finds no room, either
            if kind is None:
                raise CustomVisionError(Kind.FILE, _reason(error)) from error

    def write(self, chunk: bytes) -> None:
        with _failures_of_files():
            self._file.write(chunk)

    def sync(self) -> None:
        with _failures_of_files():
            self._file.flush()
            os.fsync(self._file.fileno())


@contextmanager
def _failures_of_files() -> Iterator[None]:
    try:
        yield
    except CustomVisionError:  # the caller's own: nobody wants the file any more
        raise
    except Exception as error:
        raise CustomVisionError(Kind.FILE, _reason(error)) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _length(response: BaseHTTPResponse) -> int | None:
    """The bytes that are announced. None for a body in chunks, whose end is marked; without either no end is known."""
    text = response.headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]{1,15}", text):
        return int(text)
    if "chunked" in response.headers.get("Transfer-Encoding", "").lower():
        return None
    raise CustomVisionError(Kind.UNREADABLE, "the answer does not tell its length")


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise CustomVisionError(Kind.REFUSED, f"the file is larger than {limit:,} bytes")
