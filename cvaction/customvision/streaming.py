"""Streams a response's body into the caller's file, counts and hashes it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cvaction.customvision.connections import AbandonedError
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from cvaction.clock import Permit

__all__ = ["Body", "Received", "Sink", "saving"]

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Received:
    """A complete body: its number of bytes and their SHA-256 in hex."""

    size: int
    sha256: str


class Body(Protocol):
    """An answer whose body is still to be read: of urllib3, without decoding, or of connections.py."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever the case of their names."""

    def read1(self, amt: int) -> bytes:
        """Up to so many bytes as they were sent, as soon as there are some; empty at the end. Decoding would change the length."""


class Sink(Protocol):
    """The caller's file. An exception of any method is an error of files, and not of the connection."""

    def write(self, data: bytes, /) -> object:
        """Add bytes."""

    def finish(self) -> None:
        """All bytes have come. Called once, after the last one."""

    def close(self) -> None:
        """No more bytes come, whether all have come or not."""


def saving(
    open_file: Callable[[], Sink], limit: int, heard: Callable[[int], None] = lambda _size: None
) -> Callable[[Body, Permit], Received]:
    """Return a function that receives a body into a file. `heard` gets the size of each piece, for a progress line.

    `open_file` must open another file for each attempt: an abandoned attempt may still write to its own file.
    """

    def save(response: Body, permit: Permit) -> Received:
        length = _length(response)
        _check_size(length or 0, limit)
        digest, size = hashlib.sha256(), 0
        with _Writing(open_file) as file:
            for chunk in _pieces(response):
                _check_needed(permit)
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                _check_size(size, limit)
                heard(len(chunk))
            if length is not None and size != length:
                raise CustomVisionError(
                    Kind.RESET, f"only {size:,} of {counted(length, 'byte was', 'bytes were')} received"
                )
            _check_needed(permit)  # the end of a body in chunks may come late, too
            file.finish()
        return Received(size, digest.hexdigest())

    return save


def _pieces(response: Body) -> Iterator[bytes]:
    """Yield the body, each piece as soon as it arrives."""
    while piece := response.read1(CHUNK):
        yield piece


class _Writing:
    """A file whose errors are not mistaken for errors of the connection."""

    def __init__(self, open_file: Callable[[], Sink]) -> None:
        with _failures_of_files:
            self._file = open_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._file.close()
        except OSError as error:  # there is no room for the buffered bytes, either
            if kind is None:
                raise CustomVisionError(Kind.FILE, _reason(error)) from error

    def write(self, chunk: bytes) -> None:
        with _failures_of_files:
            self._file.write(chunk)

    def finish(self) -> None:
        with _failures_of_files:
            self._file.finish()


class _FailuresOfFiles:
    """A context in which each error is one of files, but for errors of the caller, who does not need the file any more."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, CustomVisionError):
            raise CustomVisionError(Kind.FILE, _reason(error)) from error


_failures_of_files = _FailuresOfFiles()


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error) or "no reason is known"


def _length(response: Body) -> int | None:
    """The announced number of bytes. None for a body in chunks, which marks its end. Raises if no end would be known."""
    text = response.headers.get("Content-Length", "")
    if re.fullmatch(r"[0-9]{1,15}", text):
        return int(text)
    if response.headers.get("Transfer-Encoding", "").lower() == "chunked":  # nothing takes other codings apart
        return None
    raise CustomVisionError(Kind.UNREADABLE, "the answer does not say its length")


def _check_needed(permit: Permit) -> None:
    if permit.revoked:
        msg = "the download is not needed any more"
        raise AbandonedError(msg)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise CustomVisionError(Kind.REFUSED, f"the file is larger than {limit:,} bytes")
