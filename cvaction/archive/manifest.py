"""manifest.json, which files a project's backup has, and index.json, which projects there are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cvaction.archive import canonical, layout
from cvaction.archive.errors import ArchiveError, DamagedError, LaterError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
KINDS = ("multiclass", "multilabel", "detection")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileFact(NamedTuple):
    """A file's sha256 in hexadecimal, and its length in bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> FileFact:
        """The fact of a file with that content."""
        return cls(hashlib.sha256(data).hexdigest(), len(data))

    def wire(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"sha256": self.sha256, "bytes": self.size}


@dataclass(frozen=True)
class Form:
    """An additional format of `formats`. `written` is False if it cannot hold the project; `warnings` say why."""

    options: Mapping[str, str]
    written: bool
    warnings: tuple[str, ...] = ()

    def wire(self) -> dict[str, Any]:
        """As the manifest has it."""
        return {"options": self.options, "written": self.written, "warnings": self.warnings}


@dataclass(frozen=True)
class Manifest:
    """A project's backup. `files` has every file except the manifest, the pictures and the files of the formats.

    The sha256 of the pictures are in images.jsonl, those of the formats' files in files.jsonl. The sha256 of these two
    files are here, so the manifest covers all files. `kind` is one of KINDS. `domain` is as GetDomains returns it. `when`
    is the time at which a backup last found a change.
    """

    when: str
    origin: str
    id: str
    name: str
    kind: str
    domain: Mapping[str, Any]
    formats: Mapping[str, Form]
    counts: Mapping[str, int]
    files: Mapping[str, FileFact]

    def encoded(self) -> bytes:
        """The bytes of manifest.json."""
        return canonical.document(
            {
                "version": VERSION,
                "when": self.when,
                "origin": self.origin,
                "project": {"id": self.id, "name": self.name, "kind": self.kind},
                "domain": self.domain,
                "formats": {name: form.wire() for name, form in self.formats.items()},
                "counts": self.counts,
                "files": {path: fact.wire() for path, fact in self.files.items()},
            }
        )

    def same_content(self, other: Manifest) -> bool:
        """Whether two manifests differ only in `when`."""
        return replace(self, when=other.when) == other

    @classmethod
    def read(cls, data: bytes, where: str) -> Manifest:
        """A manifest from its bytes. Raises DamagedError if they are not a manifest, or of a later version."""
        value = _checked(data, where)
        try:
            project = value["project"]
            manifest = cls(
                when=_str(value["when"]),
                origin=_str(value["origin"]),
                id=layout.checked_id(project["id"], "the project"),
                name=_str(project["name"]),
                kind=_str(project["kind"]),
                domain=dict(value["domain"]),
                formats={name: _form(form) for name, form in value["formats"].items()},
                counts={name: _int(number) for name, number in value["counts"].items()},
                files={"/".join(layout.parts(path)): _fact(fact) for path, fact in value["files"].items()},
            )
        except Exception as error:  # noqa: BLE001 - a changed file may contain anything
            raise _damaged(where, error) from None
        if manifest.kind not in KINDS:
            raise _damaged(where, _FormError(f"the kind {manifest.kind[:50]!r}"))
        return manifest


@dataclass(frozen=True)
class Entry:
    """A project in the index. `size`: the bytes of its pictures; `manifest`: the sha256 of its manifest.json."""

    id: str
    name: str
    folder: str
    images: int
    pictures: int
    size: int
    manifest: str

    def wire(self) -> dict[str, Any]:
        """As the index has it."""
        sizes = {"images": self.images, "pictures": self.pictures, "bytes": self.size}
        return {"id": self.id, "name": self.name, "folder": self.folder, **sizes, "manifest": self.manifest}


@dataclass(frozen=True)
class Index:
    """Every project of an archive, by id, and the resource that they belong to."""

    origin: str
    projects: tuple[Entry, ...] = ()

    def entry(self, project_id: str) -> Entry | None:
        """The entry of a project."""
        return next((entry for entry in self.projects if entry.id == project_id), None)

    def with_entry(self, entry: Entry) -> Index:
        """A copy of the index with a project's entry. It replaces an earlier entry of the project."""
        others = [other for other in self.projects if other.id != entry.id]
        return Index(self.origin, tuple(sorted([*others, entry], key=lambda one: one.id)))

    def without(self, project_id: str) -> Index:
        """A copy of the index without a project."""
        return Index(self.origin, tuple(entry for entry in self.projects if entry.id != project_id))

    def encoded(self) -> bytes:
        """The bytes of index.json."""
        projects = [entry.wire() for entry in self.projects]
        return canonical.document({"version": VERSION, "origin": self.origin, "projects": projects})

    @classmethod
    def read(cls, data: bytes, where: str) -> Index:
        """An index from its bytes. Raises DamagedError if they are not an index, or of a later version."""
        value = _checked(data, where)
        try:
            return cls(_str(value["origin"]), tuple(sorted(map(_entry, value["projects"]), key=lambda one: one.id)))
        except Exception as error:  # noqa: BLE001 - as above
            raise _damaged(where, error) from None


def _checked(data: bytes, where: str) -> Any:  # noqa: ANN401 - a JSON value
    value = canonical.parsed(data, where)
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        msg = f"{where} was written by a later version of this action (its form is {version}, this one reads {VERSION})"
        raise LaterError(msg)
    if version != VERSION:
        raise _damaged(where, _FormError("no version"))
    return value


def _damaged(where: str, error: Exception) -> DamagedError:
    if isinstance(error, KeyError):
        what = f"{error.args[0]!r} is missing"
    else:  # Python's own words would help nobody
        what = str(error) if isinstance(error, ArchiveError | _FormError) else "a value is of another kind"
    return DamagedError(f"{where} is not as it was written ({what[:200]})")


def _entry(value: Mapping[str, Any]) -> Entry:
    (folder,) = layout.parts(_str(value["folder"]))
    return Entry(
        id=layout.checked_id(value["id"], "a project"),
        name=_str(value["name"]),
        folder=folder,
        images=_int(value["images"]),
        pictures=_int(value["pictures"]),
        size=_int(value["bytes"]),
        manifest=_hex(value["manifest"]),
    )


def _form(value: Mapping[str, Any]) -> Form:
    options = {_str(key): _str(item) for key, item in value["options"].items()}
    return Form(options, value["written"] is True, tuple(map(_str, value["warnings"])))


def _fact(value: Mapping[str, Any]) -> FileFact:
    return FileFact(_hex(value["sha256"]), _int(value["bytes"]))


class _FormError(Exception):
    """A value is not as this module writes it. The text is for a person."""


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise _FormError("a text is not a text")
    return value


def _int(value: object) -> int:
    if type(value) is not int or value < 0:
        raise _FormError("a number is not a whole number of 0 or more")
    return value


def _hex(value: object) -> str:
    if not _SHA256.fullmatch(_str(value)):
        raise _FormError("a sha256 is not one")
    return str(value)
