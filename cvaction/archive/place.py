"""A folder and files below it: the only module that opens, makes, moves or removes a file of an archive.

Every path is relative. Each part of a path is opened by itself and never through a link, so no path leads out of the
folder, even if somebody changes the folder meanwhile. New files and folders belong to the owner of the workspace.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from io import FileIO
from typing import IO, TYPE_CHECKING, Self

from cvaction.archive import folder_lock, layout
from cvaction.archive.errors import AbsentError, PathError

if TYPE_CHECKING:
    from pathlib import Path

    from cvaction.archive.owner import Owner

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe in place of a file must not block
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_COPIED = 1 << 20


class Place:
    """An open folder. `shown` is its name in messages."""

    def __init__(self, descriptor: int, shown: str, owner: Owner | None = None) -> None:
        self._fd = descriptor
        self.shown = shown
        self._owner = owner

    @classmethod
    def at(cls, path: Path, owner: Owner | None = None, shown: str = "") -> Place:
        """Open an existing folder by a path that the user names. This path may contain a link."""
        try:
            return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), shown or str(path), owner)
        except (FileNotFoundError, NotADirectoryError):
            msg = f"there is no folder {shown or path}"
            raise AbsentError(msg) from None

    def below(self, path: str, *, make: bool = False) -> Place:
        """Open a folder below this one; `make` makes a missing folder. Raises AbsentError if the folder is missing."""
        return Place(self._walk(layout.parts(path), make=make), f"{self.shown}/{path}", self._owner)

    def lock(self, *, shared: bool = False) -> None:
        """Keep other runs out until close(), or with `shared` only those that write. BusyError: one is in there."""
        folder_lock.lock(self._fd, self.shown, shared=shared)

    def close(self) -> None:
        """Close the folder."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self.close()  # one of many folders that threads share: see Shelves

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # Looking

    def read(self, path: str) -> IO[bytes]:
        """Open a file to read. Raises AbsentError if it is missing, PathError if it is not a file."""
        with self._parent(path) as (folder, name):
            try:
                descriptor = os.open(name, _READ, dir_fd=folder)
            except FileNotFoundError:
                raise self._absent(path) from None
            except OSError as error:
                raise self._odd(path, error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._odd(path)
        return os.fdopen(descriptor, "rb")

    def size(self, path: str) -> int | None:
        """The size of a file in bytes; None if it is missing. Raises PathError if it is not a file."""
        try:
            with self._parent(path) as (folder, name):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, AbsentError):
            return None
        if not stat.S_ISREG(status.st_mode):
            raise self._odd(path)
        return status.st_size

    def names(self, path: str = "") -> list[str]:
        """The sorted names in a folder; empty if the folder is missing."""
        try:
            descriptor = self._walk(layout.parts(path) if path else [], make=False)
        except AbsentError:
            return []
        try:
            return sorted(os.listdir(descriptor))  # noqa: PTH208 - by descriptor
        finally:
            os.close(descriptor)

    def is_folder(self, path: str) -> bool:
        """Whether the path is a folder and not a link to one."""
        try:
            self.below(path).close()
        except (AbsentError, PathError):
            return False
        return True

    def free(self) -> int:
        """The bytes that this user may still write."""
        status = os.fstatvfs(self._fd)
        return status.f_bavail * status.f_frsize

    # Changing

    def create(self, path: str) -> IO[bytes]:
        """Create a file, which replaces any of that name, and its folders. The file may be read, too."""
        return os.fdopen(self._created(path), "w+b")

    def create_raw(self, path: str) -> FileIO:
        """As `create`, without a buffer: for a file that is written in few pieces."""
        return FileIO(self._created(path), "w+")

    def append(self, path: str) -> IO[bytes]:
        """Open a file to append to it. A missing file is created."""
        if self.size(path) is None:
            return self.create(path)
        with self._parent(path) as (folder, name):
            return os.fdopen(
                os.open(name, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "ab"
            )

    def write(self, path: str, data: bytes) -> None:
        """Write a complete file: to another name first, then synced and renamed. It is on the disk when this returns."""
        with self.create(path + layout.PART) as file:
            file.write(data)
            synced(file)
        self.move(path + layout.PART, path)

    def move(self, path: str, to: str) -> None:
        """Rename a file or a folder. A file of the new name is replaced, and missing folders are made."""
        with self._parent(path) as (folder, name), self._parent(to, make=True) as (target, new):
            os.replace(name, new, src_dir_fd=folder, dst_dir_fd=target)

    def link(self, path: str, to: str) -> None:
        """Give a file a second name: a hard link, or a copy if the file system has no hard links."""
        with self._parent(path) as (folder, name), self._parent(to, make=True) as (target, new):
            try:
                os.link(name, new, src_dir_fd=folder, dst_dir_fd=target, follow_symlinks=False)
            except FileExistsError:
                raise
            except OSError:
                with self.read(path) as source, os.fdopen(self._new(target, new), "wb") as copy:
                    shutil.copyfileobj(source, copy, _COPIED)

    def make(self, path: str) -> None:
        """Make a folder."""
        self.below(path, make=True).close()

    def remove(self, path: str) -> None:
        """Remove a file; a missing one is no error."""
        with contextlib.suppress(FileNotFoundError, AbsentError), self._parent(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def remove_folder(self, path: str) -> None:
        """Remove a folder with its content, but not the target of a link. A missing folder is no error."""
        with contextlib.suppress(FileNotFoundError, AbsentError), self._parent(path) as (folder, name):
            shutil.rmtree(name, dir_fd=folder)

    def sync(self) -> None:
        """Sync the names in this folder to the disk."""
        os.fsync(self._fd)

    # Inside

    def _created(self, path: str) -> int:
        with self._parent(path, make=True) as (folder, name):
            try:
                return self._new(folder, name)
            except FileExistsError:
                os.unlink(name, dir_fd=folder)
                return self._new(folder, name)

    def _new(self, folder: int, name: str) -> int:
        descriptor = os.open(name, _NEW, 0o666, dir_fd=folder)
        # Some disks do as much work for a change of the owner as for a new file, even if nothing changes.
        if self._owner and not self._owner.has(os.fstat(descriptor)):
            os.fchown(descriptor, *self._owner)
        return descriptor

    def _parent(self, path: str, *, make: bool = False) -> _Parent:
        """The folder of a file, open for the length of a `with`: its descriptor, and the file's name in it."""
        *folders, name = layout.parts(path)
        if not folders:
            return _Parent(self._fd, name, lasting=True)
        return _Parent(self._walk(folders, make=make), name)

    def _walk(self, folders: list[str], *, make: bool) -> int:
        """Open a folder below this one, or this one again; returns its descriptor. The caller closes it."""
        descriptor = self._fd
        for name in folders:
            try:
                below = self._step(descriptor, name, make=make)
            except FileNotFoundError:
                raise self._absent("/".join(folders)) from None
            except OSError as error:
                raise self._odd("/".join(folders), error) from None
            finally:
                if descriptor != self._fd:
                    os.close(descriptor)
            descriptor = below
        return os.dup(descriptor) if descriptor == self._fd else descriptor

    def _step(self, descriptor: int, name: str, *, make: bool) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=descriptor)
        except FileNotFoundError:
            if not make:
                raise
        with contextlib.suppress(FileExistsError):  # another thread was quicker
            os.mkdir(name, 0o777, dir_fd=descriptor)
            if self._owner:
                os.chown(name, *self._owner, dir_fd=descriptor, follow_symlinks=False)
        return os.open(name, _FOLDER, dir_fd=descriptor)

    def _absent(self, path: str) -> AbsentError:
        return AbsentError(f"`{self.shown}/{path}` does not exist")

    def _odd(self, path: str, error: OSError | None = None) -> Exception:
        """PathError for a link and for what is neither file nor folder; any other error of the system unchanged."""
        import errno  # noqa: PLC0415 - only for an error

        if error is None or error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR}:
            return PathError(f"`{self.shown}/{path}` is a link, or neither a file nor a folder")
        return error


class _Parent:
    """See Place._parent. `lasting`: the folder stays open."""

    def __init__(self, descriptor: int, name: str, *, lasting: bool = False) -> None:
        self._descriptor, self._name, self._lasting = descriptor, name, lasting

    def __enter__(self) -> tuple[int, str]:
        return self._descriptor, self._name

    def __exit__(self, *_error: object) -> None:
        if not self._lasting:
            os.close(self._descriptor)


def synced(file: IO[bytes]) -> None:
    """Sync a file: what was written is on the disk when this returns."""
    file.flush()
    os.fsync(file.fileno())
