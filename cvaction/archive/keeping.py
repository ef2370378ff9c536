"""Gives downloaded pictures their files: they are written, then synced, then get their names, then are noted.

If pictures come faster than the disk takes them, one thread stores those of all, several at a time. The others go on
downloading. On many disks, several threads that make files at the same time only wait for each other.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from cvaction.archive.errors import note_image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.archive.incoming import Incoming
    from cvaction.archive.rows import Stored

MOST = 8  # pictures that wait. Each is in memory, or has an open file
BYTES = 1 << 20  # of these pictures
FEW = 2  # where a process may open few files: each thread may store as many


class Arrived(NamedTuple):
    """A complete picture. `kept` is called when it is stored."""

    incoming: Incoming
    image_id: str
    stored: Stored
    kept: Callable[[], None]


class Keeping:
    """The pictures of one project that wait for the disk. `note` is called with each group of stored pictures.

    If `most` wait, or BYTES of them, the thread of the last one stores them.
    """

    def __init__(self, note: Callable[[Sequence[tuple[str, Stored]]], None], most: int = MOST) -> None:
        self._note = note
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[Arrived] = []
        self._size = 0  # of those, in bytes
        self._busy = False  # whether a thread stores what waits

    def keep(self, arrived: Arrived) -> None:
        """Store a picture, or leave it to the thread that stores others just now. Raises OSError, also for another's picture."""
        arrived.incoming.hold()
        with self._lock:
            self._waiting.append(arrived)
            self._size += arrived.stored.size
            if self._busy and len(self._waiting) < self._most and self._size < BYTES:
                return
            leads = not self._busy  # else too many wait, and this thread helps once
            self._busy = True
        try:
            while group := self._next(leads=leads):
                self._store(group)
                if not leads:
                    return
        except BaseException:
            with self._lock:
                self._busy = self._busy and not leads
            raise

    def close(self) -> None:
        """Remove what an error has left waiting. After a cancel a thread may still be in `keep`, which ends it."""
        with self._lock:
            left, self._waiting = ([], self._waiting) if self._busy else (self._waiting, [])
        for one in left:
            one.incoming.drop()

    def _next(self, *, leads: bool) -> list[Arrived]:
        with self._lock:
            group, self._waiting, self._size = self._waiting, [], 0
            if leads and not group:
                self._busy = False
            return group

    def _store(self, group: Sequence[Arrived]) -> None:
        one = group[0]
        try:
            for one in group:
                one.incoming.store()
            for one in group:
                one.incoming.sync()
            for one in group:
                one.incoming.keep(one.stored.file.removeprefix(one.incoming.path))
            self._note([(one.image_id, one.stored) for one in group])
        except Exception as error:
            note_image(error, one.image_id)
            raise
        finally:
            for each in group:
                each.incoming.drop()
        for each in group:
            each.kept()
