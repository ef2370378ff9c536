"""Facts about images, and the files of them and of models: for backup and restore."""

from __future__ import annotations

from typing import Final

from conformance.facts import uploads
from conformance.facts.model import NO_EVIDENCE, Amount, Band, Choice, Choices, Fact, Row, Section
from conformance.facts.rows import touch

_BYTES: Final = Row(
    "Are originals byte for byte what was uploaded?",
    "The backup promises the service's bytes, not the uploader's. A file is named by its first bytes, and its width and "
    "height are compared with the API's.",
)
_URIS: Final = Row(
    "Which images have a relative path instead of an address, and how long is an address valid?",
    "Both forms are read, image by image. After a 403 the code requests fresh addresses.",
)
_METADATA: Final = Row(
    "Does an image's metadata come back, and does an update add to it?",
    "A restore reads the metadata of the target at its end, and adds what is missing.",
)
_TOUCHED: Final = Row(
    "Do new images, tags and labels change the project's `lastModified`?",
    "`sync` and the mirror rely on it. They also compare the numbers of images, tags by name and number, and trained "
    "iterations.",
)
_DELETED: Final = Row(
    "Is the original of a deleted image gone at once?",
    "A download that is not found counts as an edit: the project is listed again.",
)


FACTS: Final = (
    Fact(
        "originals-kept",
        "Are originals byte for byte what was uploaded?",
        Choices(
            (
                Choice("yes", "A backup has the uploaded bytes.", sets={"rewrites_uploads": False}),
                Choice(
                    "no",
                    "A backup has what the service kept. A second restore of it makes other pictures than the first "
                    "upload did.",
                    sets={"rewrites_uploads": True},
                ),
            )
        ),
        "The one recorded original looks as if it was encoded again.",
        _BYTES,
    ),
    Fact(
        "relative-uris",
        "How many images of a list have a relative path instead of an address?",
        Choices(
            (
                Choice("some", "Each image is read in its own form.", sets={"relative_uris": 0.5}),
                Choice("none", "Each image is read in its own form.", sets={"relative_uris": 0.0}),
                Choice(
                    "all",
                    "Every original goes through the API, and counts against its calls a second.",
                    sets={"relative_uris": 1.0},
                ),
            )
        ),
        "Recorded: both forms in one list.",
        _URIS,
    ),
    Fact(
        "image-uri-hours",
        "For how many hours is the address of an original valid, as the address itself says?",
        Amount(
            "h",
            (
                Band(0.1, "Addresses expire while a page of 256 is downloaded. The code requests fresh ones."),
                Band(None, "A page of 256 is downloaded before its addresses expire."),
            ),
            usual=24.0,
            sets=lambda hours: {"sas_hours": hours, "relative_uris": 0.0},
            tried=(1.0, 24.0, 48.0),
        ),
        "Recorded: 24 hours from the listing.",
        _URIS,
    ),
    *uploads.FACTS,
    Fact(
        "metadata-kept",
        "Does the metadata of an upload come back in a list?",
        touch(
            "keeps_metadata",
            "A backup has it.",
            "A backup has no metadata. A restore writes metadata once more at its end.",
            usual=True,
        ),
        "Recorded: after an update, the list has the metadata.",
        _METADATA,
    ),
    Fact(
        "metadata-merges",
        "Does an update of an image's metadata add to the present metadata?",
        touch(
            "metadata_merges",
            "Writing it once more does no harm.",
            "Writing it once more does no harm: all of an image's metadata is written at once.",
            usual=True,
        ),
        NO_EVIDENCE,
        _METADATA,
    ),
    Fact(
        "deleted-original",
        "Is the original of a deleted image gone at once?",
        Choices(
            (
                Choice("gone", "It counts as an edit.", sets={"deleted_blobs": "gone", "relative_uris": 0.0}),
                Choice(
                    "kept",
                    "A backup may download an image that was deleted meanwhile, until its two listings differ.",
                    sets={"deleted_blobs": "kept", "relative_uris": 0.0},
                ),
            )
        ),
        NO_EVIDENCE,
        _DELETED,
    ),
    Fact(
        "upload-modifies",
        "Does a new image change the project's `lastModified`?",
        touch(
            "touched_by_images",
            "`sync` imports again after it.",
            "`sync` sees a new image only by the counts.",
            "promise 2 would not hold for `sync`: a copy would count as up to date after changes of labels "
            "that no count shows",
            usual=True,
        ),
        NO_EVIDENCE,
        _TOUCHED,
    ),
    Fact(
        "model-seconds",
        "After how many seconds is the export of a model ready?",
        Amount(
            "s",
            (
                Band(1800, "The backup waits for it."),
                Band(None, "It may not be ready within 30 minutes: then the project's backup fails and says so."),
            ),
            usual=42.0,
            sets=lambda seconds: {"export_seconds": seconds},
            tried=(2.0, 42.0),
        ),
        "Recorded: 42 s for TensorFlow.",
        Row(
            "How long does the export of a model take?",
            "The backup requests it, and looks every 5 s until it is done. An export that exists already is used.",
        ),
    ),
)

SECTION: Final = Section(
    "Images and files",
    FACTS,
    "What the backup and the restore rely on.",
)
