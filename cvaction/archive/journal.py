"""`.progress.jsonl`: which pictures were stored since the last complete backup, so that a kill loses none of them."""

from __future__ import annotations

import threading
from typing import IO, TYPE_CHECKING

from cvaction.archive import canonical, layout
from cvaction.archive.errors import ArchiveError
from cvaction.archive.rows import ImageRow, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cvaction.archive.place import Place


class Journal:
    """The journal of one project's folder. Several threads may write lines."""

    def __init__(self, place: Place, project_id: str) -> None:
        self._place = place
        self._id = project_id
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    @property
    def there(self) -> bool:
        """Whether an interrupted backup has left a journal."""
        return self._place.size(layout.JOURNAL) is not None

    def noted(self) -> Iterator[tuple[str, Stored]]:
        """The pictures that an interrupted backup has noted, by the ids of their images."""
        if self.there:
            with self._place.read(layout.JOURNAL) as file:
                yield from (noted for line in file if (noted := _noted(line)))

    def begin(self) -> IO[bytes]:
        """Open the journal. It must exist before the first download: then the next run looks for incomplete files."""
        with self._lock:
            if self._file is None:
                self._file = self._place.append(layout.JOURNAL)
                # A kill may have cut the first or the last line: so the next record begins on a new line.
                first = self._file.tell() == 0
                self._file.write((b"" if first else b"\n") + canonical.line({"project": self._id}))
                self._file.flush()
            return self._file

    def note(self, pictures: Iterable[tuple[str, Stored]]) -> None:
        """Record stored pictures, by the ids of their images."""
        file = self.begin()
        with self._lock:
            file.write(b"".join(canonical.line({"id": one, **stored._asdict()}) for one, stored in pictures))
            file.flush()

    def end(self) -> None:
        """Remove the journal: the backup is complete."""
        self.close()
        if self.there:
            self._place.remove(layout.JOURNAL)

    def close(self) -> None:
        """Close the journal, and leave it for the next run."""
        if self._file:
            self._file.close()
            self._file = None


def _noted(line: bytes) -> tuple[str, Stored] | None:
    """A record of the journal; None for the first line, and for a line that a kill has cut."""
    try:
        value = canonical.parsed(line, layout.JOURNAL)
        image_id = layout.checked_id(value.pop("id"), "an image")
        stored = Stored(**value)
        row = ImageRow(image_id, "", stored.width, stored.height, stored=stored)
        return image_id, ImageRow.read(row.line()).stored or stored
    except (ArchiveError, TypeError, KeyError, ValueError, AttributeError):
        return None
