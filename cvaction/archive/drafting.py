"""Writes what was listed as the files of a new backup, next to the earlier one: only what has changed.

A draft has everything from a listing. Then commit.py makes it the backup, or it is dropped.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any

from cvaction.archive import canonical, layout
from cvaction.archive.errors import WireError
from cvaction.archive.formats.source import Source, Tag
from cvaction.archive.formats.writing import intact, write_formats
from cvaction.archive.known import Ids
from cvaction.archive.manifest import KINDS, FileFact, Form, Manifest
from cvaction.archive.rows import ImageRow
from cvaction.archive.sorting import lines_of
from cvaction.archive.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cvaction.archive.listing import Listing
    from cvaction.archive.place import Place
    from cvaction.archive.rows import Stored

_CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a backup of a project is made of, besides the stored pictures.

    `project`, `tags` and `iterations` are JSON as the service sent it. Each iteration may have its own field `performance`
    (GetIterationPerformance). `domain` is as GetDomains returns it, `kind` one of manifest.KINDS. `formats` has the
    options of each additional format: `{"coco": {}, "automl": {"prefix": …}}`.
    """

    project: Mapping[str, Any]
    tags: Sequence[Mapping[str, Any]]
    iterations: Sequence[Mapping[str, Any]]
    images: Listing
    kind: str
    domain: Mapping[str, Any]
    formats: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Draft:
    """The files of a new backup. Only files that the old backup does not have are staged."""

    def __init__(self, place: Place, old: Manifest | None) -> None:
        self.place = place
        self.old = old
        self.staging = Staging(place)
        self.files: dict[str, FileFact] = {}
        self.manifest: Manifest | None = None  # without the data that is not from the listing

    @property
    def images(self) -> int:
        """How many images were listed."""
        return self.manifest.counts["images"] if self.manifest else 0

    def drop(self) -> None:
        """Remove the staged files, unless they are committed and some are not in place yet."""
        if self.place.size(f"{layout.STAGING}/{layout.MANIFEST}") is None:
            self.staging.drop()

    def put(self, path: str, data: bytes) -> None:
        """Add a short file."""
        fact = FileFact.of(data)
        if not self.has(path, fact):
            self.staging.write(path, [data])
        self.files[path] = fact

    def put_lines(self, path: str, lines: Iterable[bytes], buffer: IO[bytes]) -> None:
        """Add a long file through a buffer on the disk: only at its end is it known whether the file has changed."""
        digest, size = hashlib.sha256(), 0
        for line in lines:
            buffer.write(line)
            digest.update(line)
            size += len(line)
        fact = FileFact(digest.hexdigest(), size)
        if not self.has(path, fact):
            buffer.seek(0)
            self.staging.write(path, iter(lambda: buffer.read(_CHUNK), b""))
        self.files[path] = fact

    def has(self, path: str, fact: FileFact) -> bool:
        """Whether the old backup has exactly that file."""
        return self.old is not None and self.old.files.get(path) == fact and self.place.size(path) == fact.size


def drafted(
    place: Place, origin: str, content: Content, old: Manifest | None, known: Callable[[str], Stored | None]
) -> Draft:
    """Stage what was listed. The backup is not changed yet."""
    draft = Draft(place, old)
    try:
        with tempfile.TemporaryFile() as rows:
            draft.manifest = _drafted(draft, origin, content, known, rows)
    except BaseException:
        draft.drop()
        raise
    return draft


def _drafted(
    draft: Draft, origin: str, content: Content, known: Callable[[str], Stored | None], rows: IO[bytes]
) -> Manifest:
    if content.kind not in KINDS:
        raise ValueError(content.kind)
    project_id = layout.checked_id(content.project.get("id"), "the project")
    tags = [Tag.of(tag) for tag in content.tags]
    draft.put(layout.PROJECT, canonical.document(canonical.as_sent(content.project)))
    draft.put(layout.TAGS, canonical.document(_by_id(canonical.as_sent(content.tags))))
    draft.put(layout.ITERATIONS, canonical.document(_by_id(canonical.as_sent(content.iterations))))
    counts: Counter[str] = Counter(tags=len(tags), iterations=len(content.iterations))
    draft.put_lines(layout.IMAGES, _with_pictures(content.images, known, {tag.id for tag in tags}, counts), rows)
    manifest = Manifest(
        when="",
        origin=origin,
        id=project_id,
        name=str(content.project.get("name") or ""),
        kind=content.kind,
        domain=canonical.as_sent(content.domain),
        formats={},
        counts={name: counts[name] for name in _COUNTED},
        files=draft.files,
    )
    source = Source(draft.place, manifest, tuple(tags), lambda: map(ImageRow.read, lines_of(rows)))
    return replace(manifest, formats=_formats(draft, source, content.formats))


_COUNTED = ("images", "pictures", "bytes", "tagged", "untagged", "regions", "tags", "iterations", "models")


def _with_pictures(
    images: Iterable[ImageRow], known: Callable[[str], Stored | None], tags: set[str], counts: Counter[str]
) -> Iterator[bytes]:
    """The lines of images.jsonl: each image with its picture. Raises WireError if the listing contradicts itself."""
    seen = Ids()
    for image in images:
        row = replace(image, stored=known(image.id))
        if not seen.add(row.id):
            msg = f"the listing has the image {row.id} twice, with two creation times"
            raise WireError(msg)
        strangers = {label.tag for label in row.tags} | {region.tag for region in row.regions}
        strangers -= tags
        if strangers:
            msg = f"the image {row.id} has the tag {min(strangers)}, but the list of tags does not: somebody edits the project"
            raise WireError(msg)
        row.count_in(counts)
        yield row.line()


def _formats(draft: Draft, source: Source, wanted: Mapping[str, Mapping[str, str]]) -> Mapping[str, Form]:
    """The additional formats: written again if anything that they are made of has changed."""
    old = draft.old
    if old is not None and {name: dict(form.options) for name, form in old.formats.items()} == {
        name: dict(options) for name, options in wanted.items()
    }:
        same = (old.name, old.kind) == (source.manifest.name, source.manifest.kind) and all(
            old.files.get(path) == draft.files[path] for path in (layout.TAGS, layout.IMAGES)
        )
        if same and intact(draft.place, old):
            if layout.DERIVED in old.files:
                draft.files[layout.DERIVED] = old.files[layout.DERIVED]
            return old.formats
    with tempfile.TemporaryFile() as buffer:
        forms, lines = write_formats(source, wanted, draft.staging, buffer)
        if lines:
            with tempfile.TemporaryFile() as copied:
                buffer.seek(0)
                draft.put_lines(layout.DERIVED, buffer, copied)
    return forms


def _by_id(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Sort lists of objects by their ids: the service sends such lists in changing order."""
    if isinstance(value, dict):
        return {key: _by_id(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [_by_id(item) for item in value]
        if all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items):
            return sorted(items, key=lambda item: str(item["id"]))
        return items
    return value
