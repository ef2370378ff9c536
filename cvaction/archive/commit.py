"""Makes a draft the backup: adds the data that is not from the listing, and writes the manifest last."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from cvaction.archive import canonical, layout
from cvaction.archive.formats import FORMATS
from cvaction.archive.sorting import LineSorter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from cvaction.archive.drafting import Draft
    from cvaction.archive.manifest import FileFact, Manifest


def committed(
    draft: Draft,
    when: datetime,
    performance: Iterable[tuple[str, Mapping[str, Any]]] | None,
    announce: Callable[[Manifest], None],
) -> tuple[Manifest, bool]:
    """Make a draft the backup; returns its manifest, and whether any file was written.

    `performance` is GetImagePerformances: an iteration's id and one row as sent; None if it was not requested.
    `announce` is called with a new manifest just before the new files replace the old ones.
    """
    try:
        manifest = _completed(draft, when, performance)
        old = draft.old
        if old is not None and manifest.same_content(old):
            if not draft.staging.used:
                return old, False
            manifest = old  # a file of it was missing
        announce(manifest)
        draft.staging.commit(manifest.encoded(), FORMATS)
    except BaseException:
        draft.drop()
        raise
    return manifest, True


def _completed(draft: Draft, when: datetime, performance: Iterable[tuple[str, Mapping[str, Any]]] | None) -> Manifest:
    """The complete manifest: the draft's, with the performance and the models."""
    if draft.manifest is None:
        raise ValueError(draft)
    if performance is not None:
        with tempfile.TemporaryFile() as buffer, LineSorter() as sorter:
            draft.put_lines(layout.PERFORMANCE, _performance(performance, sorter), buffer)
    models = dict(_models(draft))
    draft.files.update(models)
    counts = {**draft.manifest.counts, "models": len(models)}
    return replace(draft.manifest, when=_moment(when), counts=counts)


def _performance(rows: Iterable[tuple[str, Mapping[str, Any]]], sorter: LineSorter) -> Iterator[bytes]:
    for iteration, row in rows:
        iteration_id = layout.checked_id(iteration, "an iteration")
        image_id = layout.checked_id(row.get("id"), "an image")
        value = {"iteration": iteration_id, "image": canonical.as_sent(row)}
        sorter.add(f"{iteration_id}\x1f{image_id}".encode(), canonical.line(value))
    return iter(sorter)


def _models(draft: Draft) -> Iterator[tuple[str, FileFact]]:
    """Every model in the folder. A model that the old manifest has is not read again."""
    from cvaction.archive.reading import hashed  # noqa: PLC0415 - most backups have no models

    for folder in draft.place.names(layout.MODELS):
        for name in draft.place.names(f"{layout.MODELS}/{folder}"):
            path = f"{layout.MODELS}/{folder}/{name}"
            if name.endswith(layout.PART):
                continue
            old = draft.old.files.get(path) if draft.old else None
            if old and draft.place.size(path) == old.size:
                yield path, old
            else:
                with draft.place.read(path) as file:
                    yield path, hashed(file)


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
