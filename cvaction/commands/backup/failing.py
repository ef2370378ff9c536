"""Turns errors of a backup into failures with their likely cause and what to do."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.archive import (
    ArchiveError,
    BusyError,
    DamagedError,
    LaterError,
    OccupiedError,
    OriginError,
    PathError,
    PictureError,
    WireError,
    note_image,
)
from cvaction.commands.backup.selection import not_ready
from cvaction.customvision.blobs import OPERATION
from cvaction.customvision.codes import NO_PROJECT
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.schemas import is_uuid
from cvaction.customvision.storage_hosts import ForeignHostError
from cvaction.failures.backup_errors import (
    BackupAnswerError,
    BackupBusyError,
    BackupDamagedError,
    BackupFileError,
    BackupHostError,
    BackupImageError,
    BackupLaterError,
    BackupNotReadyError,
    BackupOccupiedError,
    BackupOriginError,
    BackupPathError,
    BackupProjectGoneError,
    BackupRedirectError,
    BackupSpaceError,
    BackupStorageError,
)
from cvaction.failures.errors import Failure
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.telling import quoted, system_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.customvision.models import Project

# An error of these kinds would end every other project, too: no further one is begun.
_FOR_ALL = frozenset(
    {Kind.DNS, Kind.CONNECT, Kind.TLS, Kind.CA_BUNDLE, Kind.PROXY, Kind.SOCKS, Kind.REDIRECT, Kind.FILE}
)
_NO_ENTRY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ARCHIVE: dict[type[ArchiveError], type[Failure]] = {
    BusyError: BackupBusyError,
    OccupiedError: BackupOccupiedError,
    OriginError: BackupOriginError,
    PathError: BackupPathError,
    WireError: BackupAnswerError,
    LaterError: BackupLaterError,  # before DamagedError, which it is one of
    DamagedError: BackupDamagedError,
}


def check_ready(project: Project) -> None:
    """Raise BackupNotReadyError for a project that is importing, or whose import failed; WireError for an id that is none."""
    if not is_uuid(project.id):
        msg = f"the id of the project, '{one_line(project.id, 60)}', is not a UUID"
        raise WireError(msg)
    if not_ready(project):
        msg = f"The project {quoted(project)} has the status '{one_line(project.status, 40)}'."
        raise BackupNotReadyError(msg)


def name_image(image_id: str, error: Exception) -> None:
    """Note on an error which image it is about, unless its text or a note says so. `as_failure` keeps the note."""
    shared = getattr(error, "cause", None) is not None  # there was no token, and other threads wait for the same one
    if not shared and image_id not in str(error):
        note_image(error, image_id)


def as_failure(error: Exception) -> Failure | None:
    """The failure for an error, with the error's notes; None for an unexpected one."""
    failure = _as_failure(error)
    if failure is not None:
        failure.notes += [note for note in getattr(error, "__notes__", ()) if note not in failure.notes]
    return failure


def _as_failure(error: Exception) -> Failure | None:
    if isinstance(error, Failure):
        return error
    if isinstance(error, CustomVisionError):
        return _of_service(error)
    if isinstance(error, ForeignHostError):
        return strange_host("A file", error)
    if isinstance(error, ArchiveError):
        kind = next((kind for base, kind in _ARCHIVE.items() if isinstance(error, base)), BackupDamagedError)
        return kind(_sentence(str(error)))
    if isinstance(error, OSError):
        return BackupFileError(system_text(error))
    return None


def _of_service(error: CustomVisionError) -> Failure:
    if error.kind is Kind.FILE:
        return BackupFileError(f"A downloaded file could not be written: {error.message}.")
    if redirected(error):
        return redirecting("a file", error)
    if refused_by_storage(error):
        return refusing("a file", error.host, error.status, error.code)
    if error.code == NO_PROJECT:
        msg = f"{error.operation} says that the project does not exist any more."
        return BackupProjectGoneError(msg, code=error.code, request_id=error.request_id)
    cause = getattr(error, "cause", None)  # of a request that was not sent because there was no token
    if isinstance(cause, Failure):
        return cause
    from cvaction.failures.explanations import explain  # noqa: PLC0415 - 60 texts that a good run never needs

    return explain(error, "")


def for_all(error: Exception) -> bool:
    """Whether the next project would fail in the same way."""
    if isinstance(error, CustomVisionError):
        if error.operation == OPERATION and error.status:  # the storage's answer about one file
            return False
        return error.kind in _FOR_ALL or error.status in _NO_ENTRY
    return isinstance(error, OSError | BackupSpaceError)


def redirected(error: CustomVisionError) -> bool:
    """Whether the storage, and not the service, has answered with a redirect."""
    return error.kind is Kind.REDIRECT and error.operation == OPERATION


def redirecting(what: str, error: CustomVisionError) -> BackupRedirectError:
    """The failure for a redirect of the storage. The text omits the redirect's target: it may contain a signature."""
    return BackupRedirectError(
        f"The storage host {error.host} answers the download of {what} with a redirect ({error.status}). "
        "The redirect was not followed."
    )


def refused_by_storage(error: CustomVisionError) -> bool:
    """Whether the storage, and not the service, refuses a file. A file's address contains its own permission."""
    return error.operation == OPERATION and error.kind is Kind.REFUSED and bool(error.status)


def refusing(what: str, host: str, status: int, code: str = "", *, anew: bool = False) -> BackupStorageError:
    """The failure for a refusal of the storage. `anew`: it also refuses an address that the service has just returned."""
    said = f"{int(status)} {code}".strip()
    again = ", also with fresh addresses" if anew else ""
    return BackupStorageError(f"The storage host {host} refuses {what} ({said}){again}.")


def missing_image(image_id: str, error: Exception, times: int) -> Exception:
    """The error that ends a project because of an image. `times`: how often the image was downloaded."""
    if isinstance(error, PictureError):
        return BackupImageError(f"The image {image_id} came {counted(times, 'time')}, each time wrong: {error}.")
    if isinstance(error, CustomVisionError) and refused_by_storage(error):
        return refusing(f"the image {image_id}", error.host, error.status, error.code)
    name_image(image_id, error)
    return error


def strange_host(what: str, error: ForeignHostError) -> BackupHostError:
    """The failure for an address on a host that is not a known storage host."""
    named = f"{what} has an address at {error.origin}" if error.origin else f"{what} has an invalid address"
    return BackupHostError(f"{named}. No request was sent there.")


@contextmanager
def archive_failures() -> Iterator[None]:
    """Turn errors about the backup's folder, or about the storage in a plan, into failures."""
    try:
        yield
    except (ArchiveError, OSError, ForeignHostError) as error:
        raise as_failure(error) or error from None
    except CustomVisionError as error:
        raise (as_failure(error) if error.operation == OPERATION else None) or error from None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
