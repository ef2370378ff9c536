"""A download on its way to a file. A small one stays in memory until it is complete, and is then written at once."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from cvaction.archive.place import synced

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 256 * 1024  # bytes; each thread holds at most one small body


class Spool:
    """Receives a body of any size, which then can be read. `create` makes its file.

    Python passes its interpreter lock on at each system call. With many threads that costs more than the call, so a small
    body needs few: it is never read back from its file.
    """

    def __init__(self, create: Callable[[], IO[bytes]]) -> None:
        self._create = create
        self._small: bytearray | None = bytearray()  # None: the body is not small
        self._file: IO[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Add bytes."""
        if self._small is None:
            self._made().write(data)
            return
        self._small += data
        if len(self._small) > SMALL:
            self._made().write(self._small)
            self._small = None

    def sync(self) -> None:
        """Return when the complete body is on the disk."""
        file = self._made()
        if self._small is not None:
            file.write(self._small)
        synced(file)

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()

    def small(self) -> IO[bytes] | None:
        """The complete body, to read; None if it is not small: then it is only in its file."""
        return None if self._small is None else io.BytesIO(self._small)

    def _made(self) -> IO[bytes]:
        if self._file is None:
            self._file = self._create()
        return self._file
