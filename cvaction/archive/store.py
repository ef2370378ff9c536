"""One project's folder during a backup: pictures are added, and the lists are replaced at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from cvaction.archive import layout
from cvaction.archive.commit import committed
from cvaction.archive.drafting import drafted
from cvaction.archive.errors import WireError
from cvaction.archive.formats import FORMATS
from cvaction.archive.incoming import Incoming, ending, is_model, picture_of
from cvaction.archive.journal import Journal
from cvaction.archive.keeping import FEW, MOST, Arrived, Keeping
from cvaction.archive.known import Ids, Known
from cvaction.archive.reading import ids_of, manifest_of
from cvaction.archive.rows import ImageRow, Stored
from cvaction.archive.shelves import Shelves, scarce
from cvaction.archive.staging import finish
from cvaction.archive.strays import Strays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from cvaction.archive.drafting import Content, Draft
    from cvaction.archive.manifest import Manifest
    from cvaction.archive.place import Place


class ProjectStore:
    """The folder of one project, open for a backup. Several threads may add pictures."""

    def __init__(
        self,
        place: Place,
        origin: str,
        project_id: str,
        *,
        announce: Callable[[Manifest], None],
        settle: Callable[[Manifest], None],
    ) -> None:
        self._place = place
        self._id = project_id
        self._origin = origin
        self._announce = announce
        self._settle = settle
        self._lock = threading.Lock()
        self._journal = Journal(place, project_id)
        self._keeping = Keeping(self._note, FEW if scarce() else MOST)
        self._known = Known()
        self._strays = Strays(place, self._known)
        self._shelves = Shelves(place)
        self._iterations: set[str] = set()  # also those of the earlier backup: they may have models here
        self.manifest: Manifest | None = None

    def open(self) -> None:
        """Lock the folder, finish what a kill has interrupted, and load which pictures are stored."""
        self._place.lock()
        finish(self._place, FORMATS)
        self.manifest = manifest_of(self._place)
        self._remember()

    @property
    def folder(self) -> str:
        """The folder's name, in the folder of the complete backup."""
        return self._place.shown.rpartition("/")[2]

    # Pictures

    @property
    def pictures(self) -> int:
        """How many pictures are known, including those of deleted images."""
        with self._lock:
            return len(self._known)

    def known(self, image_id: str) -> Stored | None:
        """The stored picture of an image; None if it is missing or has another length. The bytes are not checked."""
        with self._lock:
            stored = self._known.get(image_id)
        if stored is not None:
            return stored if self._shelves.size(stored.file) == stored.size else None
        stray = self._strays.find(image_id)
        if stray is not None:
            self._note([(image_id, stray)])
        return stray

    def incoming(self, image_id: str) -> Incoming:
        """The place to write the download of an image's picture to. Then call keep()."""
        self._journal.begin()
        path = layout.picture_path(image_id)
        return Incoming(partial(self._shelves.folder, path), path)

    def keep(
        self, row: ImageRow, incoming: Incoming, sha256: str, size: int, kept: Callable[[], None] = lambda: None
    ) -> None:
        """Add a downloaded picture: `size` bytes with that sha256. It calls `kept` when the picture is stored.

        That may come later, in another thread that also adds pictures: then the disk is slower than the downloads. When no
        thread is in here, all pictures are stored.

        Raises PictureError if it is not a complete JPEG, PNG, GIF or BMP, or not of the size that the API gives; OSError,
        also for a picture of another thread.
        """
        with incoming.written() as file:
            picture = picture_of(row, file)
        path = layout.picture_path(row.id, picture.extension)
        stored = Stored(path, sha256, size, picture.width, picture.height)
        self._keeping.keep(Arrived(incoming, row.id, stored, kept))

    def free(self) -> int:
        """The bytes that this user may still write on this disk."""
        return self._place.free()

    # Models

    def tell_iterations(self, iteration_ids: Iterable[str]) -> None:
        """Say which iterations the project has: two of them may share the 8 characters that name a folder of models."""
        self._iterations.update(iteration_ids)

    def model(self, iteration_id: str, name: str) -> str:
        """The path of a stored model; empty if it is missing. `name`: platform and flavour, such as `ONNX-ONNX12`."""
        for folder in self._model_folders(iteration_id):
            for file in self._place.names(f"{layout.MODELS}/{folder}"):
                if file.rpartition(".")[0] == name:
                    return f"{layout.MODELS}/{folder}/{file}"
        return ""

    def incoming_model(self, iteration_id: str, iteration_name: str, name: str) -> Incoming:
        """The place to write the download of a model to. Then call keep_model()."""
        self._journal.begin()
        short = not self._has_twin(iteration_id)
        new = layout.model_folder(iteration_name, iteration_id, short=short)
        folder = next((f"{layout.MODELS}/{found}" for found in self._model_folders(iteration_id)), new)
        path = f"{folder}/{layout.harmless(name, 'model')}"
        return Incoming(partial(self._shelves.folder, path), path)

    def keep_model(self, incoming: Incoming) -> str:
        """Add a downloaded model; returns its path, or an empty text for a cut archive or no model. commit() computes its sha256."""
        with incoming.written() as file:
            ends = ending(incoming.path, file)
            if not is_model(ends, file):
                return ""
        incoming.store()
        incoming.sync()
        return incoming.keep(ends)

    # The end

    def draft(self, content: Content) -> Draft:
        """Write the lists and the formats as new files next to the earlier backup. One draft at a time.

        Raises:
            ArchiveError: what was listed contradicts itself.
        """
        self._shelves.close()  # a folder that somebody has moved away is still open: its pictures are not here any more
        return drafted(self._place, self._origin, content, self.manifest, self.known)

    def commit(
        self, draft: Draft, when: datetime, performance: Iterable[tuple[str, Mapping[str, Any]]] | None = None
    ) -> Committed:
        """Make a draft the backup, the manifest last. If nothing has changed, no file is written.

        `performance`: GetImagePerformances, an iteration's id and one row as sent; None if it was not requested.

        Raises:
            ArchiveError: a row names no image. The backup was not changed.
        """
        manifest, changed = committed(draft, when, performance, self._announce)
        self.manifest = manifest
        self._settle(manifest)
        self._journal.end()
        return Committed(manifest, changed)

    def prune(self) -> tuple[int, int]:
        """Remove the pictures of images that are not in images.jsonl; returns how many, and their bytes."""
        here = Ids()
        with self._place.read(layout.IMAGES) as file:
            for line in file:
                here.add(ImageRow.read(line).id)
        files = size = 0
        for folder in self._place.names(layout.PICTURES):
            for name in self._place.names(f"{layout.PICTURES}/{folder}"):
                path, (image_id, _, extension) = f"{layout.PICTURES}/{folder}/{name}", name.partition(".")
                if _is_picture(path, image_id, extension) and image_id not in here:
                    size += self._place.size(path) or 0
                    files += 1
                    self._place.remove(path)
        return files, size

    def close(self) -> None:
        """Close the folder. The journal stays if the backup was not committed."""
        self._keeping.close()
        self._shelves.close()
        self._journal.close()
        self._place.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # Inside

    def _remember(self) -> None:
        """Load the pictures that the last backup and the journal of an interrupted one name."""
        self.tell_iterations(ids_of(self._place, layout.ITERATIONS))
        if self.manifest and self._place.size(layout.IMAGES) is not None:
            with self._place.read(layout.IMAGES) as file:
                for line in file:
                    row = ImageRow.read(line)
                    if row.stored:
                        self._known.add(row.id, row.stored)
        for noted in self._journal.noted():
            self._known.add(*noted)
        if self._journal.there:
            self._sweep()

    def _sweep(self) -> None:
        """Remove incomplete files that a kill has left."""
        for kind in (layout.PICTURES, layout.MODELS):
            for folder in self._place.names(kind):
                for name in self._place.names(f"{kind}/{folder}"):
                    if name.endswith(layout.PART):
                        self._place.remove(f"{kind}/{folder}/{name}")

    def _has_twin(self, iteration_id: str) -> bool:
        return any(one != iteration_id and one[:8] == iteration_id[:8] for one in self._iterations)

    def _model_folders(self, iteration_id: str) -> list[str]:
        """The names of an iteration's folders of models, the surest first. Usually there is one at most."""
        ends = [f"-{iteration_id}"] + ([] if self._has_twin(iteration_id) else [f"-{iteration_id[:8]}"])
        names = self._place.names(layout.MODELS)
        return [name for end in ends for name in names if name.endswith(end)]

    def _note(self, pictures: Sequence[tuple[str, Stored]]) -> None:
        self._journal.note(pictures)
        with self._lock:
            for image_id, stored in pictures:
                self._known.add(image_id, stored)


@dataclass(frozen=True)
class Committed:
    """The result of a project's backup. `changed`: whether files were written."""

    manifest: Manifest
    changed: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the formats leave out, one sentence each."""
        return tuple(text for _, form in sorted(self.manifest.formats.items()) for text in form.warnings)


def _is_picture(path: str, image_id: str, extension: str) -> bool:
    if extension not in layout.EXTENSIONS:
        return False
    try:
        return path == layout.picture_path(layout.checked_id(image_id, "an image"), extension)
    except WireError:
        return False
