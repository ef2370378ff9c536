"""The images that one thread downloads: it asks for some of them ahead, and repeats a refused one when it is due."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cvaction.archive import ImageRow
    from cvaction.customvision.download_models import Begun
    from cvaction.secret import Secret

T = TypeVar("T")


class Share(NamedTuple):
    """What one thread gets at a time: `images`, of which it asks for `ahead` before it reads the first answer."""

    images: int = 1
    ahead: int = 1


class Job(NamedTuple):
    """An image to download. `begun` is its request, if that was sent ahead."""

    row: ImageRow
    address: Secret
    begun: Begun | None = None

    @property
    def due(self) -> float:
        """When it may be repeated, by the clock."""
        return self.begun.due if self.begun else 0.0

    def close(self) -> None:
        """Give up the request."""
        if self.begun:
            self.begun.close()


def fetch_all(
    jobs: Iterable[Job],
    ahead: int,
    *,
    begin: Callable[[Job], Job],
    fetch: Callable[[Job], bool],
    now: Callable[[], float],
) -> None:
    """Do all jobs in the calling thread, at most `ahead` at a time.

    `begin` may send the request of a job. `fetch` returns whether the job is done; else it must be repeated, and `fetch`
    waits until it is due. Before that, the answers to the other requests are read: what has refused one has often refused
    all, and their pauses must not come one after the other.
    """
    rest = iter(jobs)
    begun: deque[Job] = deque()
    later: list[Job] = []  # each keeps its place among those that are under way
    try:
        while True:
            begun.extend(map(begin, islice(rest, ahead - len(begun) - len(later))))
            later.sort(key=lambda job: job.due)
            if later and (not begun or later[0].due <= now()):
                job = later.pop(0)
            elif begun:
                job = begun.popleft()
            else:
                return
            if not fetch(job):
                later.append(job)
    finally:
        for job in begun:
            job.close()


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut items into lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
