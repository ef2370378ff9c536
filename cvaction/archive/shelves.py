"""The folders of a project that files are added to. Each stays open: for a small picture, opening it would be most of the work."""

from __future__ import annotations

import resource
import threading
from typing import TYPE_CHECKING

from cvaction.archive.errors import AbsentError

if TYPE_CHECKING:
    from cvaction.archive.place import Place

ENOUGH = 1024  # files that a process may open, as Linux allows by default. macOS allows 256
_MANY, _FEW = 300, 32  # folders that stay open


def scarce() -> bool:
    """Whether this process may open so few files that it must not keep them open."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return most != resource.RLIM_INFINITY and most < ENOUGH


class Shelves:
    """The folders `images/00` to `images/ff`, and those of models. Several threads may use them.

    A folder is closed when nothing holds it any more, because another thread may still use it.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._most = _FEW if scarce() else _MANY
        self._lock = threading.Lock()
        self._folders: dict[str, Place] = {}

    def folder(self, path: str) -> Place:
        """The folder of a file, made if need be."""
        return self._opened(path.rpartition("/")[0], make=True)

    def size(self, path: str) -> int | None:
        """The size of a file in bytes; None if it is missing. Raises PathError if it is not a file."""
        folder, _, name = path.rpartition("/")
        try:
            return self._opened(folder, make=False).size(name)
        except AbsentError:
            return None

    def close(self) -> None:
        """Close the folders. Each is opened again when it is needed."""
        with self._lock:
            self._folders = {}

    def _opened(self, folder: str, *, make: bool) -> Place:
        with self._lock:
            found = self._folders.get(folder)
            if found is None:
                if len(self._folders) >= self._most:
                    del self._folders[next(iter(self._folders))]  # the one that was opened first
                found = self._folders[folder] = self._place.below(folder, make=make)
            return found
