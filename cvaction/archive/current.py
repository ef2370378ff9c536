"""The files of a project's backup that count now. A commit's new files may be in their place, or still staged.

A commit is one rename (staging.py). Before this rename the old backup counts. After it the new one counts, although its
files still move to their places, or a kill has stopped the moves. So a reader always finds one complete backup.
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
    """The files that count now. Another run may move files meanwhile, so the staged file is tried before its place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.shown = place.shown
        self.moving = interrupted(place)  # whether some files were not in their place when this was made

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
