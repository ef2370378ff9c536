"""(g) A backup: labels at the pace of the service, pictures beside curl on the same addresses, and a second run."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cvaction.customvision.pace import REQUESTS_PER_SECOND
from emulator import Behaviour, Emulator, Server
from emulator.api.blobs import blob_url, image_path
from tools.bench.measuring import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator import LoggedRequest, Project, Resource
    from tools.bench.contestants import Contestants
    from tools.bench.measuring import Run

TAGS = 20


@dataclass(frozen=True)
class Extent:
    """How much is measured: images of the label runs, a few and many; images with pixels; downloads at a time, and how often."""

    few: int
    many: int
    pictures: int
    picture_bytes: int
    parallel: tuple[int, ...]
    rounds: int


FULL = Extent(100, 100_000, 10_000, 20_000, (8, 16, 32), rounds=3)
QUICK = Extent(100, 2_000, 200, 20_000, (8, 16), rounds=1)


def backups(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """All of it."""
    labels = {str(images): _labels(images, contestants) for images in (extent.few, extent.many)}
    return {"labels": labels, **_pictures(extent, contestants)}


class _Log(list["LoggedRequest"]):
    """The emulator's log, with the times of the first and the last request to the storage."""

    first = last = 0.0

    def append(self, entry: LoggedRequest) -> None:
        super().append(entry)
        if entry.resource == "blobs":
            self.last = time.monotonic()
            self.first = self.first or self.last

    def clear(self) -> None:
        super().clear()
        self.first = self.last = 0.0


@dataclass(frozen=True)
class _Shelf:
    """One project behind a port."""

    emulator: Emulator
    log: _Log
    resource: Resource
    project: Project
    endpoint: str
    contestants: Contestants
    folder: Path

    def run(self, folder: str, **inputs: str) -> tuple[Run, Counter[str]]:
        """Back up into a folder. Returns also the requests, by port: the resource's `dev`, and `blobs`."""
        self.log.clear()
        program = self.contestants.backup(
            self.endpoint, self.resource.training_key, path=f"{self.folder.name}/{folder}", **inputs
        )
        return whole(program), Counter(entry.resource for entry in self.log)

    @property
    def taking(self) -> float:
        """Seconds from the first request to the storage to the last one, of the last run."""
        return self.log.last - self.log.first

    def addresses(self) -> Iterator[tuple[str, str]]:
        """The id and the address of every picture."""
        now, region = self.emulator.now(), self.resource.region
        for image in self.emulator.images(self.resource, self.project.id):
            yield image.id, blob_url(self.emulator, region, image_path(self.project, image), now)


@contextmanager
def _shelf(images: int, contestants: Contestants, picture_bytes: int = 0) -> Iterator[_Shelf]:
    # A picture without an address of the storage comes through the service, at its pace: curl could not take it.
    emulator = Emulator(seed=1, behaviour=Behaviour(relative_uris=0.0))
    emulator.pictures.least = picture_bytes
    emulator.log = log = _Log()
    resource = emulator.add_resource("dev")
    share, rest = divmod(images, TAGS)
    tags = {f"Tag {number}": share + (number < rest) for number in range(TAGS)}
    project = emulator.add_project(resource, "Shelf", kind="detection", tags=tags)
    emulator.images(resource, project.id)  # made now, and not while it is measured
    folder = Path(tempfile.mkdtemp(dir=contestants.folder))  # the workspace
    try:
        with Server(emulator) as server:
            yield _Shelf(emulator, log, resource, project, server.endpoint("dev"), contestants, folder)
    finally:
        shutil.rmtree(folder)


def _labels(images: int, contestants: Contestants) -> dict[str, Any]:
    """Everything but the pixels."""
    with _shelf(images, contestants) as shelf:
        run, requests = shelf.run("labels", images="false")
        kept = sum(len(path.read_bytes().splitlines()) for path in shelf.folder.rglob("images.jsonl"))
    if kept != images or requests["blobs"]:
        raise SystemExit("a backup of labels that was measured did not take all, or took pictures")
    return {
        "requests": requests.total(),
        "seconds": round(run.seconds, 1),
        "share": round(requests.total() / REQUESTS_PER_SECOND / run.seconds, 3),
        "peak_mb": round(run.peak_mb, 1),
    }


def _pictures(extent: Extent, contestants: Contestants) -> dict[str, Any]:
    """Each number of downloads at a time, action and curl in turn; then once more into a folder; then cvsutils.

    Compared are the downloads, from the first request to the storage to the last one. The calls of the API come on top:
    the pace makes them what they are, and curl is given the addresses.
    """
    downloads = {}
    with _shelf(extent.pictures, contestants, extent.picture_bytes) as shelf:
        for parallel in extent.parallel:
            rounds = [_beside_curl(shelf, extent.pictures, parallel, number) for number in range(extent.rounds)]
            ratios = [one.taking / one.curl for one in rounds]
            downloads[str(parallel)] = {
                "rounds": extent.rounds,
                "taking": round(statistics.median(one.taking for one in rounds), 1),
                "curl": round(statistics.median(one.curl for one in rounds), 1),
                "ratio": round(statistics.median(ratios), 2),
                "lowest": round(min(ratios), 2),
                "highest": round(max(ratios), 2),
                "seconds": round(statistics.median(one.run.seconds for one in rounds), 1),
                "peak_mb": round(max(one.run.peak_mb for one in rounds), 1),
            }
        again = _again(shelf, f"pictures-{parallel}-0", parallel)
        others = _cvsutils(shelf, extent.pictures)
    return {"pictures": {"images": extent.pictures, "parallel": downloads, "cvsutils": others}, "again": again}


class _Round(NamedTuple):
    """Seconds of the downloads, by the action and by curl; and the action's whole run."""

    taking: float
    curl: float
    run: Run


def _beside_curl(shelf: _Shelf, pictures: int, parallel: int, number: int) -> _Round:
    """The action, and then curl, each into a new folder."""
    run, requests = shelf.run(f"pictures-{parallel}-{number}", parallel=str(parallel))
    if requests["blobs"] != pictures:
        raise SystemExit(f"a backup that was measured took {requests['blobs']} pictures, not {pictures}")
    taking = shelf.taking
    _curl(shelf, parallel, number)
    return _Round(taking, shelf.taking, run)


def _cvsutils(shelf: _Shelf, pictures: int) -> dict[str, Any] | None:
    """The same project with cvsutils, which fetches one picture at a time. It fails later at the first GIF, so it may fail."""
    resource = shelf.resource
    program = shelf.contestants.cvsutils_downloads(
        shelf.endpoint, resource.training_key, shelf.project.id, shelf.folder / "cvsutils"
    )
    if program is None:
        return None
    shelf.log.clear()
    run = whole(program, may_fail=True)
    taken = sum(entry.resource == "blobs" for entry in shelf.log)
    if taken != pictures:
        raise SystemExit(f"cvsutils took {taken} pictures, not {pictures}")
    return {"taking": round(shelf.taking, 1), "peak_mb": round(run.peak_mb, 1), "code": run.code}


def _curl(shelf: _Shelf, parallel: int, number: int) -> None:
    """Only the pictures, from the same host: no listing, nothing is checked."""
    # It stays until the end: a file system is slow at places of files just deleted.
    folder = shelf.folder / f"curl-{parallel}-{number}"
    folder.mkdir()
    config = shelf.folder / "curl.txt"
    config.write_text(
        "".join(f'url = "{url}"\noutput = "{folder / name}"\n' for name, url in shelf.addresses()), encoding="utf-8"
    )
    shelf.log.clear()
    whole(shelf.contestants.curl_downloads(config, parallel))
    there, wanted = len(list(folder.iterdir())), len(list(shelf.addresses()))
    if there != wanted:
        raise SystemExit("curl did not take every picture")


def _again(shelf: _Shelf, name: str, parallel: int) -> dict[str, Any]:
    """Nothing changed since: what is downloaded, and which files are not as they were, to the inode and the time."""
    before = _files(shelf.folder / name)
    run, requests = shelf.run(name, parallel=str(parallel))
    after = _files(shelf.folder / name)
    return {
        "downloads": requests["blobs"],
        "touched": len(dict(before.items() ^ after.items())),
        "requests": requests["dev"],
        "seconds": round(run.seconds, 1),
    }


def _files(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {str(path): (stat.st_ino, stat.st_mtime_ns, stat.st_size) for path, stat in found}
