"""A download on its way to a file. A small one stays in memory until it is complete, and is then written at once."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from cvaction.archive.place import synced

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 256 * 1024  # bytes; each thread holds at most one small body


class Spool:
    """Receives a body of any size, which then can be read. `create` makes its file, which has no buffer.

    Python passes its interpreter lock on at each system call. With many threads that costs more than the call, so a small
    body needs few: it is never read back from its file.
    """

    def __init__(self, create: Callable[[], io.FileIO]) -> None:
        self._create = create
        self._small: bytearray | None = bytearray()  # None: the body is not small
        self._file: io.FileIO | None = None
        self._complete = False

    # What a sender of bytes calls: see Sink

    def write(self, data: bytes) -> None:
        """Add bytes."""
        if self._small is None:
            self._put(data)
            return
        self._small += data
        if len(self._small) > SMALL:
            self._put(self._small)
            self._small = None

    def finish(self) -> None:
        """All bytes have come. A large body's file stays open, until `release`."""
        self._complete = True

    def close(self) -> None:
        """No more bytes come. The file of an incomplete body is closed."""
        if not self._complete:
            self.release()

    # What its owner calls

    def small(self) -> IO[bytes] | None:
        """The complete body, to read; None if it is not small: then it is only in its file."""
        return None if self._small is None else io.BytesIO(self._small)

    def store(self) -> None:
        """Write a complete body to its file. It is no longer in memory."""
        if self._small is not None:
            self._put(self._small)
            self._small = None

    def sync(self) -> None:
        """Return when the stored body is on the disk."""
        synced(self._made())

    def release(self) -> None:
        """Close the file, if it is open."""
        if self._file is not None:
            self._file.close()

    # Inside

    def _put(self, data: bytes | bytearray) -> None:
        left = memoryview(data)
        while left:
            left = left[self._made().write(left) :]  # a disk that is almost full takes a part
        if not data:
            self._made()

    def _made(self) -> io.FileIO:
        if self._file is None:
            self._file = self._create()
        return self._file
