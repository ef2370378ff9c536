"""A project with very many images, backed up and verified in a process of its own: prints its peak memory in MB."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.archive import Archive, Content, ImageRow, Label, Listing, Region, Stored, differences, layout, verify
from cvaction.archive.canonical import line
from cvaction.archive.known import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(20)]
PROJECT = "ffffffff-0000-4000-8000-000000000000"


def rows(count: int) -> Iterator[ImageRow]:
    for number in range(count):
        scattered = number * 7919 % count
        image_id = f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"
        created = f"2026-01-{scattered % 28 + 1:02}T00:00:00.1234567"
        tag = TAGS[number % len(TAGS)]
        box = Region(image_id, tag, "bolt", created, 0.1, 0.2, 0.4007353, 0.3)
        yield ImageRow(image_id, created, 640, 480, (Label(tag, "bolt", created),), (box,) if number % 9 else ())


def journal(folder: Path, count: int) -> None:
    """As if all pictures had come in already; they are not there, so each is looked for."""
    with (folder / layout.JOURNAL).open("wb") as file:
        file.write(line({"project": PROJECT}))
        for row in rows(count):
            stored = Stored(layout.picture_path(row.id, "jpg"), "ab" * 32, 20_000, 640, 480)
            file.write(line({"id": row.id, **stored._asdict()}))


def main(count: int, workspace: Path) -> None:
    for _ in range(2):
        with Archive.open(workspace, "backup", "https://x") as archive, archive.project(PROJECT, "Large") as store:
            store.close()
        (folder,) = (path for path in (workspace / "backup").iterdir() if path.is_dir())
        journal(folder, count)
        with (
            Archive.open(workspace, "backup", "https://x") as archive,
            archive.project(PROJECT, "Large") as store,
            Listing() as images,
            Listing() as again,
        ):
            assert isinstance(store._known, Known)
            assert sum(map(len, store._known._buckets)) == 65 * count
            for row in rows(count):
                images.add(row)
                again.add(row)
                assert store.known(row.id) is None
            assert not list(differences(images, again))
            draft = store.draft(
                Content(
                    project={"id": PROJECT, "name": "Large"},
                    tags=[{"id": tag, "name": tag, "type": "Regular"} for tag in TAGS],
                    iterations=[],
                    images=images,
                    kind="detection",
                    domain={},
                    formats={"coco": {}, "automl": {"prefix": "azureml://x"}},
                )
            )
            store.commit(draft, datetime.now(UTC))
            store.prune()
    assert verify(workspace / "backup", pixels=False).whole


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(int(sys.argv[1]), Path(made))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)  # noqa: T201 - what the test reads
