"""The folders of a project that files are added to. Each stays open: for a small picture, opening it would be most of the work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cvaction.archive.errors import AbsentError

if TYPE_CHECKING:
    from cvaction.archive.place import Place


class Shelves:
    """The folders `images/00` to `images/ff`, and those of models. Several threads may use them."""

    def __init__(self, place: Place) -> None:
        self._place = place
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
        """Close the folders."""
        with self._lock:
            for folder in self._folders.values():
                folder.close()
            self._folders = {}

    def _opened(self, folder: str, *, make: bool) -> Place:
        with self._lock:
            found = self._folders.get(folder)
            if found is None:
                found = self._folders[folder] = self._place.below(folder, make=make)
            return found
