"""Facts about uploads of images: one batch, and the same picture again."""

from __future__ import annotations

from typing import Any, Final

from conformance.facts.model import Amount, Band, Choice, Choices, Fact, Row
from conformance.facts.rows import touch

MEGABYTE: Final = 1_000_000
LARGEST_TRIED: Final = 48.0
"""Megabytes of the largest request with images that is tried."""
BATCHES: Final = (8.0, 24.0, LARGEST_TRIED)
"""Megabytes of the requests with images that are tried."""

_AGAIN: Final = Row(
    "Does a second upload of a picture add its tags and regions to the first one?",
    "A restore compares the target picture by picture at its end, adds what is missing and deletes what is doubled.",
)
_BATCH: Final = Row(
    "How large may a batch of images be, and which status does a batch have that partly failed?",
    "A batch has at most 64 images and 16 MB of their bytes. Each image's own status is read, whatever the status of the "
    "answer.",
)


def _batch(megabytes: float) -> dict[str, Any]:
    return {"batch_bytes": int(megabytes * MEGABYTE)}


FACTS: Final = (
    Fact(
        "second-upload-tags",
        "Does a second upload of a picture add its tags?",
        touch(
            "duplicate_tags",
            "A repeated batch adds what is missing.",
            "A restore adds the missing tags at its end.",
            usual=True,
        ),
        "Users report `OKDuplicate`; a service engineer says that labels are added.",
        _AGAIN,
    ),
    Fact(
        "second-upload-regions",
        "Does a second upload of a picture add its regions?",
        touch(
            "duplicate_regions",
            "A repeated batch adds what is missing.",
            "A restore adds the missing regions at its end.",
            usual=True,
        ),
        "A service engineer says that they are added.",
        _AGAIN,
    ),
    Fact(
        "duplicate-succeeds",
        "Does a batch count as successful if the project has one of its pictures already?",
        touch(
            "duplicates_succeed",
            "Each image's own status is read.",
            "Each image's own status is read.",
            usual=False,
        ),
        "Users report that it does not.",
        _AGAIN,
    ),
    Fact(
        "failed-batch",
        "Which status does a batch have if one of its images was refused?",
        Choices(
            (
                Choice("207", "Each image's own status is read.", sets={"failed_batch": "207"}),
                Choice("200", "Each image's own status is read.", sets={"failed_batch": "200"}),
            )
        ),
        "207 by the API description; a 200 with only failures was reported.",
        _BATCH,
    ),
    Fact(
        "largest-batch",
        f"How many megabytes may a request with images have? (Tried: {', '.join(f'{size:g}' for size in BATCHES)}.)",
        Amount(
            "MB",
            (
                Band(
                    BATCHES[0] - 0.1,
                    "Batches of a restore have up to 16 MB of pictures, a third more as JSON.",
                    "no promise is broken, but restores fail: their batches are refused",
                ),
                Band(
                    BATCHES[1] - 0.1,
                    "Batches of a restore have up to 16 MB of pictures, a third more as JSON. Some may be refused.",
                    "no promise is broken, but a restore may fail: its largest batches may be refused",
                ),
                Band(None, "Every batch of a restore fits."),
            ),
            usual=LARGEST_TRIED,
            sets=_batch,
            tried=(4.0, 9.0, 30.0, 55.0),
        ),
        "A 408 was reported for 55 MB.",
        _BATCH,
    ),
)
