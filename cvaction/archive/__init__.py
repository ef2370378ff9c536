"""A project as files: written, read and checked without the service. No client, no clock, no log.

A backup is written like this. Several threads may add pictures while the listing continues:

    with Archive.open(workspace, "custom-vision-backup", origin="https://x.cognitiveservices.azure.com") as archive:
        with archive.project(project_id, project_name) as store, Listing() as images:
            for image in the_images_of_all_pages:
                row = ImageRow.of_image(image)
                images.add(row)
                if store.known(row.id) is None:
                    with store.incoming(row.id) as part:
                        got = blobs.fetch(image.original, part.open).received
                        store.keep(row, part, got.sha256, got.size)  # PictureError: fetch it again
            draft = store.draft(
                Content(
                    project=project,  # JSON as sent, all of them: `*Uri` fields are left out here
                    tags=tags,
                    iterations=[{**iteration, "performance": performance}],
                    images=images,
                    kind="detection",  # or "multiclass", "multilabel"
                    domain=domain,
                    formats={"coco": {}, "automl": {"prefix": "azureml://…/paths/backup"}},
                )
            )
            with Listing() as again:
                ...
                list(differences(images, again))  # [] when nobody edits; else draft.drop()
            done = store.commit(draft, clock.today(), [(iteration_id, row)])  # GetImagePerformances
            done.changed, done.manifest.counts, done.warnings  # index.json is written, too
            store.prune()

Until `commit` returns, the earlier backup stays complete. After a kill the next run knows the pictures that were stored.
`store.incoming_model` and `keep_model` store a model, and `store.model` returns its path. `Archive.peek` is for a plan.

A backup is read like this:

    with ProjectReader.at(path) as reader:
        reader.manifest.kind, reader.project(), reader.tags()
        for row in reader.rows():
            data = reader.picture(row.stored)  # checked against its sha256

`verify(path)` checks a complete backup, or one project of it. Every error is an `ArchiveError`; an `OSError` (a full
disk, a missing right) passes through.
"""

from __future__ import annotations

from cvaction.archive.checking import Verdict
from cvaction.archive.drafting import Content, Draft
from cvaction.archive.errors import (
    AbsentError,
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
from cvaction.archive.listing import Difference, Listing, differences
from cvaction.archive.manifest import Entry, Index, Manifest
from cvaction.archive.reading import ProjectReader
from cvaction.archive.root import Archive
from cvaction.archive.rows import ImageRow, Label, Region, Stored
from cvaction.archive.store import Committed, ProjectStore
from cvaction.archive.verify import verify

__all__ = [
    "AbsentError",
    "Archive",
    "ArchiveError",
    "BusyError",
    "Committed",
    "Content",
    "DamagedError",
    "Difference",
    "Draft",
    "Entry",
    "ImageRow",
    "Index",
    "Label",
    "LaterError",
    "Listing",
    "Manifest",
    "OccupiedError",
    "OriginError",
    "PathError",
    "PictureError",
    "ProjectReader",
    "ProjectStore",
    "Region",
    "Stored",
    "Verdict",
    "WireError",
    "differences",
    "note_image",
    "verify",
]
