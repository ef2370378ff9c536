"""A project's folder as it counts now: the new files of a commit are read where they are, in their place or not yet.

A commit is one rename (staging.py). From then on the new backup counts, although its files still take their places, or
a kill has stopped them on their way there. Before it the old one does. So at every moment one of the two is read whole.
"""

from __future__ import annotations

from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

from cvaction.archive import layout
from cvaction.archive.errors import AbsentError
from cvaction.archive.staging import COMMITTED, NEW, interrupted

if TYPE_CHECKING:
    from cvaction.archive.place import Place


class Readable(Protocol):
    """A folder whose files can be read."""

    shown: str

    def read(self, path: str) -> IO[bytes]:
        """See Place."""

    def size(self, path: str) -> int | None:
        """See Place."""


class Current:
    """The files that count now. The moves may go on meanwhile: what is staged is looked for first, then its place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.shown = place.shown
        self.moving = interrupted(place)  # whether files were not all in their place when this was made

    @property
    def manifest(self) -> str:
        """Where the manifest was when this was made."""
        return COMMITTED if self.moving else layout.MANIFEST

    def read(self, path: str) -> IO[bytes]:
        """See Place."""
        if self.moving:
            with suppress(AbsentError):
                return self._place.read(_staged(path))
        return self._place.read(path)

    def size(self, path: str) -> int | None:
        """See Place."""
        staged = self._place.size(_staged(path)) if self.moving else None
        return self._place.size(path) if staged is None else staged


def _staged(path: str) -> str:
    return COMMITTED if path == layout.MANIFEST else f"{NEW}/{path}"
