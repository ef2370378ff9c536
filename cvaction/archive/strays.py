"""Complete pictures that were stored just before a kill, and that the journal does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.archive import layout
from cvaction.archive.errors import PictureError, WireError
from cvaction.archive.pictures import inspect
from cvaction.archive.reading import hashed
from cvaction.archive.rows import Stored

if TYPE_CHECKING:
    from cvaction.archive.known import Known
    from cvaction.archive.place import Place


class Strays:
    """The unknown files among a project's pictures, as they were at the first look into each folder: usually none.

    Each folder is listed once. A look for each image and ending took a third of a small picture's time.
    """

    def __init__(self, place: Place, known: Known) -> None:
        self._place = place
        self._known = known
        self._folders: dict[str, frozenset[str]] = {}

    def find(self, image_id: str) -> Stored | None:
        """The complete picture of an image, if there is one."""
        path = layout.picture_path(image_id)
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = frozenset(filter(self._unknown, self._place.names(folder)))
        for extension in layout.EXTENSIONS:
            if f"{name}.{extension}" in self._folders[folder]:
                with self._place.read(f"{path}.{extension}") as file:
                    try:
                        picture = inspect(file)
                    except PictureError:
                        continue
                    fact = hashed(file)
                return Stored(f"{path}.{extension}", *fact, picture.width, picture.height)
        return None

    def _unknown(self, name: str) -> bool:
        try:
            return self._known.get(layout.checked_id(name.partition(".")[0], "an image")) is None
        except WireError:
            return False
