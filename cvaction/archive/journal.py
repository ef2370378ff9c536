"""`.progress.jsonl`: which pictures have come in since the last whole backup, so that a kill loses none of them."""

from __future__ import annotations

import threading
from typing import IO, TYPE_CHECKING

from cvaction.archive import canonical, layout
from cvaction.archive.errors import ArchiveError
from cvaction.archive.rows import ImageRow, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.archive.place import Place


class Journal:
    """The journal of one project's folder. Lines may come from several threads."""

    def __init__(self, place: Place, project_id: str) -> None:
        self._place = place
        self._id = project_id
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    @property
    def there(self) -> bool:
        """Whether an interrupted backup has left one."""
        return self._place.size(layout.JOURNAL) is not None

    def noted(self) -> Iterator[tuple[str, Stored]]:
        """The pictures that an interrupted backup has noted, by the ids of their images."""
        if self.there:
            with self._place.read(layout.JOURNAL) as file:
                yield from (noted for line in file if (noted := _noted(line)))

    def begin(self) -> IO[bytes]:
        """The open journal. It is there before anything comes in: the next run looks for what a kill left half."""
        with self._lock:
            if self._file is None:
                self._file = self._place.append(layout.JOURNAL)
                # A kill may have cut its first line, or its last one: what comes now begins a new one.
                first = self._file.tell() == 0
                self._file.write((b"" if first else b"\n") + canonical.line({"project": self._id}))
                self._file.flush()
            return self._file

    def note(self, image_id: str, stored: Stored) -> None:
        """A picture has come in."""
        file = self.begin()
        with self._lock:
            file.write(canonical.line({"id": image_id, **stored._asdict()}))
            file.flush()

    def end(self) -> None:
        """The backup is whole: nothing has to be remembered."""
        self.close()
        if self.there:
            self._place.remove(layout.JOURNAL)

    def close(self) -> None:
        """Leave it for the next run."""
        if self._file:
            self._file.close()
            self._file = None


def _noted(line: bytes) -> tuple[str, Stored] | None:
    """A line of the journal; None for its first one, and for the last one that a kill has cut."""
    try:
        value = canonical.parsed(line, layout.JOURNAL)
        image_id = layout.checked_id(value.pop("id"), "an image")
        stored = Stored(**value)
        row = ImageRow(image_id, "", stored.width, stored.height, stored=stored)
        return image_id, ImageRow.read(row.line()).stored or stored
    except (ArchiveError, TypeError, KeyError, ValueError, AttributeError):
        return None
