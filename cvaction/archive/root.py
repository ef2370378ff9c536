"""The folder of a backup: the projects of one resource, and index.json."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from cvaction.archive import canonical, layout
from cvaction.archive.current import Current
from cvaction.archive.errors import AbsentError, ArchiveError, BusyError, OccupiedError, OriginError, PathError
from cvaction.archive.formats import FORMATS
from cvaction.archive.manifest import Entry, Index, Manifest
from cvaction.archive.owner import Owner
from cvaction.archive.place import Place
from cvaction.archive.reading import hashed, manifest_of
from cvaction.archive.staging import finish, interrupted
from cvaction.archive.store import ProjectStore

if TYPE_CHECKING:
    from pathlib import Path


class Archive:
    """The backup of a resource, open for writing."""

    def __init__(self, place: Place, index: Index) -> None:
        self._place = place
        self._index = index

    @classmethod
    def open(cls, workspace: Path, path: str, origin: str) -> Archive:
        """Open the backup at `path` below the workspace; makes a missing folder.

        Raises:
            PathError: a part of the path is a link, or leads out of the workspace.
            OccupiedError: the folder holds files that are not part of a backup.
            OriginError: the folder holds the backup of another resource.
            DamagedError: index.json is not an index.
            BusyError: another run uses the folder.
        """
        archive = cls(_root(workspace, path, make=True), Index(origin))
        try:
            archive._open()
        except BaseException:
            archive.close()
            raise
        return archive

    @staticmethod
    def peek(workspace: Path, path: str, origin: str) -> Index:
        """The index that open() would find, without a change, with the same errors; empty if there is no backup yet."""
        try:
            with _root(workspace, path, make=False) as place:
                return _index(place, origin) or Index(origin)
        except AbsentError:
            return Index(origin)

    @property
    def index(self) -> Index:
        """Which projects the backup has."""
        return self._index

    def project(self, project_id: str, name: str) -> ProjectStore:
        """Open a project's folder for a backup; the caller closes it. `name` counts only for a new folder.

        Raises BusyError while a restore reads the folder.
        """
        project_id = layout.checked_id(project_id, "the project")
        folder = self._folder(project_id, name) or layout.project_folder(name, project_id, self._taken())
        store = ProjectStore(
            self._place.below(folder, make=True),
            self._index.origin,
            project_id,
            announce=lambda manifest: self._announce(folder, manifest),
            settle=lambda manifest: self._settle(folder, manifest),
        )
        try:
            store.open()
        except BaseException:
            store.close()
            raise
        return store

    def remove(self, project_id: str) -> int:
        """Remove a project with all its files; returns the bytes of its pictures. A missing project is no error.

        Raises BusyError while a restore reads the folder.
        """
        entry = self._index.entry(project_id)
        if entry is None:
            return 0
        with ExitStack() as stack:
            with suppress(AbsentError):
                stack.enter_context(self._place.below(entry.folder)).lock()
            # The index first: a folder that the index does not name is harmless, but a missing folder is damage.
            self._index = self._index.without(project_id)
            self._place.write(layout.INDEX, self._index.encoded())
            self._place.remove_folder(entry.folder)
        return entry.size

    def free(self) -> int:
        """The bytes that this user may still write on this disk."""
        return self._place.free()

    def close(self) -> None:
        """Close the folder."""
        self._place.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # Inside

    def _open(self) -> None:
        self._place.lock()
        index = _index(self._place, self._index.origin)
        if index is None:
            self._place.write(layout.INDEX, self._index.encoded())
        else:
            self._index = index
            self._settle_interrupted()
        for name in (layout.INDEX, layout.NEXT_INDEX):
            self._place.remove(name + layout.PART)

    def _folder(self, project_id: str, project_name: str) -> str:
        """The folder that a project has already: in the index, or from a first backup that was interrupted."""
        entry = self._index.entry(project_id)
        if entry:
            return entry.folder
        short = layout.project_folder(project_name, project_id)
        own = short, layout.project_folder(project_name, project_id, {layout.folded(short)})
        for name in self._place.names():
            ends = name.endswith((f"-{project_id[:8]}", f"-{project_id}"))
            if ends and self._holds(name, project_id, named=name in own):
                return name
        return ""

    def _holds(self, folder: str, project_id: str, *, named: bool) -> bool:
        """Whether a folder is a project's own. `named`: it is called as the project's own folder would be."""
        try:
            with self._place.below(folder) as place:
                manifest = manifest_of(place)
                if manifest:
                    return manifest.id == project_id
                # A backup ended before or during the journal's first line: only the name says which project's.
                if set(place.names()) <= {layout.PICTURES, layout.MODELS, layout.STAGING}:
                    return named
                with place.read(layout.JOURNAL) as file:
                    line = file.readline()
                ended = line.endswith(b"\n")
                return named if not ended else bool(canonical.parsed(line, layout.JOURNAL).get("project") == project_id)
        except (ArchiveError, AttributeError):
            return False

    def _taken(self) -> set[str]:
        return {layout.folded(name) for name in self._place.names()}

    def _announce(self, folder: str, manifest: Manifest) -> None:
        """Write the next index before its manifest is in place, so that the next run can finish after a kill."""
        self._place.write(layout.NEXT_INDEX, self._index.with_entry(_entry(folder, manifest)).encoded())

    def _settle(self, folder: str, manifest: Manifest) -> None:
        index = self._index.with_entry(_entry(folder, manifest))
        if self._place.size(layout.NEXT_INDEX) is not None:
            self._place.move(layout.NEXT_INDEX, layout.INDEX)
        elif index != self._index:
            self._place.write(layout.INDEX, index.encoded())
        self._index = index

    def _settle_interrupted(self) -> None:
        """Finish interrupted moves. Then use the announced index if all its manifests are in place, else remove it."""
        if self._place.size(layout.NEXT_INDEX) is None:
            return
        with self._place.read(layout.NEXT_INDEX) as file:
            announced = Index.read(file.read(), f"`{self._place.shown}/{layout.NEXT_INDEX}`")
        for entry in announced.projects:
            with suppress(AbsentError, BusyError), self._place.below(entry.folder) as folder:
                if interrupted(folder):
                    folder.lock()
                    finish(folder, FORMATS)
        if all(self._is_in_place(entry) for entry in announced.projects):
            self._place.move(layout.NEXT_INDEX, layout.INDEX)
            self._index = announced
        else:
            self._place.remove(layout.NEXT_INDEX)

    def _is_in_place(self, entry: Entry) -> bool:
        try:
            # A folder whose moves wait for a reader counts, too.
            with self._place.below(entry.folder) as folder, Current(folder).read(layout.MANIFEST) as file:
                return hashed(file).sha256 == entry.manifest
        except ArchiveError:
            return False


def _root(workspace: Path, path: str, *, make: bool) -> Place:
    place = Place.at(workspace, Owner.of(workspace), shown="the workspace")
    try:
        root = _below(place, path.split("/"), make=make)
    except PathError:
        msg = f"`{path}` contains a link, leads out of the workspace, or is not a folder"
        raise PathError(msg) from None
    finally:
        place.close()
    root.shown = path
    return root


def _below(place: Place, names: list[str], *, make: bool) -> Place:
    """A folder below another one, however deep: only paths inside a backup have a limit."""
    folder = place.below(names[0], make=make)
    for name in names[1:]:
        with folder:
            folder = folder.below(name, make=make)
    return folder


def _index(place: Place, origin: str) -> Index | None:
    """The index of a folder; None for an empty folder. Raises OccupiedError, OriginError or DamagedError."""
    if place.size(layout.INDEX) is None:
        others = [name for name in place.names() if name not in {layout.INDEX + layout.PART, layout.NEXT_INDEX}]
        if others:
            shown = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")  # noqa: PLR2004 - enough to know it by
            msg = f"`{place.shown}` is not a backup: it has no {layout.INDEX}, but {shown}"
            raise OccupiedError(msg)
        return None
    with place.read(layout.INDEX) as file:
        index = Index.read(file.read(), f"`{place.shown}/{layout.INDEX}`")
    if index.origin != origin:
        msg = f"`{place.shown}` holds the backup of another resource: of {index.origin}, and not of {origin}"
        raise OriginError(msg)
    return index


def _entry(folder: str, manifest: Manifest) -> Entry:
    counts, sha256 = manifest.counts, hashlib.sha256(manifest.encoded()).hexdigest()
    return Entry(manifest.id, manifest.name, folder, counts["images"], counts["pictures"], counts["bytes"], sha256)
