"""New files next to the old ones, and the moment at which they replace the old ones.

Everything is written below `.staging/new`. The commit is one rename: the new manifest becomes
`.staging/manifest.json`. Before this rename the old backup is complete. After it the new one is complete, because the
next run that opens the folder for writing finishes the moves. The manifest moves last. A reader finds the new files
wherever they are (current.py).
"""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from cvaction.archive import layout
from cvaction.archive.manifest import FileFact, Manifest
from cvaction.archive.place import synced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvaction.archive.place import Place

NEW = f"{layout.STAGING}/new"
_OLD = f"{layout.STAGING}/old"
COMMITTED = f"{layout.STAGING}/{layout.MANIFEST}"
# Only some backups have these files. They are removed when a new backup does not have them.
OPTIONAL_FILES = (layout.PERFORMANCE, layout.DERIVED)


class Staging:
    """The new files of one backup of a project."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.used = False

    def write(self, path: str, chunks: Iterable[bytes]) -> FileFact:
        """Write a new file. It is on the disk when this returns."""
        digest, size = hashlib.sha256(), 0
        self.used = True
        with self._place.create(f"{NEW}/{path}") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            synced(file)
        return FileFact(digest.hexdigest(), size)

    def create(self, path: str) -> IO[bytes]:
        """Create a new file that can be made again from the others, and so need not be synced."""
        self.used = True
        return self._place.create(f"{NEW}/{path}")

    def link(self, path: str, to: str) -> None:
        """Give a file of the backup a second name."""
        self.used = True
        self._place.link(path, f"{NEW}/{to}")

    def make(self, path: str) -> None:
        """Make a new folder, which may stay empty."""
        self.used = True
        self._place.make(f"{NEW}/{path}")

    def commit(self, manifest: bytes, formats: Iterable[str]) -> None:
        """Replace the old files with the new ones. `formats`: all folders that a format may have."""
        self._place.write(COMMITTED, manifest)
        finish(self._place, formats)

    def drop(self) -> None:
        """Remove the new files."""
        self._place.remove_folder(layout.STAGING)


def interrupted(place: Place) -> bool:
    """Whether a commit was interrupted before all files were in place."""
    return place.size(COMMITTED) is not None


def finish(place: Place, formats: Iterable[str]) -> None:
    """Finish an interrupted commit; remove files that were not committed. It is no error if there is nothing to do."""
    if interrupted(place):
        with place.read(COMMITTED) as file:
            manifest = Manifest.read(file.read(), f"`{place.shown}/{COMMITTED}`")
        for name in place.names(NEW):
            if place.is_folder(name):
                place.remove_folder(f"{_OLD}/{name}")
                place.move(name, f"{_OLD}/{name}")
            elif place.is_folder(f"{NEW}/{name}"):
                place.remove(name)  # removes a link, not its target
            place.move(f"{NEW}/{name}", name)
        for name in OPTIONAL_FILES:
            if name not in manifest.files:
                place.remove(name)
        for name in formats:
            if name not in manifest.formats or not manifest.formats[name].written:
                place.remove_folder(name)
        place.move(COMMITTED, layout.MANIFEST)
        place.sync()
    place.remove_folder(layout.STAGING)
