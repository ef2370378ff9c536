"""Many pieces of work at a time, in threads of one process."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cvaction.clock import Bell, Clock

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Done(Generic[T]):
    """How a job ended. `number`: the job's place in the order of the jobs, from 0. `error`: what the job raised."""

    number: int
    value: T | None = None
    error: Exception | None = None

    def result(self) -> T:
        """Return what the job returned, or raise what the job raised."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value] # without an error there is a value


def run_all(clock: Clock, jobs: Iterable[Callable[[], T]], parallel: int, *, ahead: int = 0) -> Iterator[Done[T]]:
    """Do jobs, at most `parallel` at a time, and yield how each ended, in the order in which they end.

    - The calling thread takes each job from `jobs` as late as possible: when a worker is free, plus `ahead` jobs. So
      `jobs` can decide at the last moment not to begin another one. If `jobs` waits for the network, `ahead` jobs are
      ready. Then jobs that end well are yielded in groups: for short jobs, waking this thread each time would be most of
      the work.
    - An `Exception` ends only its own job. It is in the `Done`, and the caller reports it.
    - Any other exception, as `Cancelled`, ends all jobs and is raised here.
    - If the caller stops iterating (`close`), no further job begins. The clock ends those that run, at the end of the run.
    - The workers are daemon threads. They are made when they are needed, and end with the last job.
    """
    crew: _Crew[T] = _Crew(clock, parallel, ahead // 2)
    try:
        yield from _fed(crew, iter(jobs), parallel + ahead)
    finally:
        crew.stop()


def _fed(crew: _Crew[T], jobs: Iterator[Callable[[], T]], most: int) -> Iterator[Done[T]]:
    number, more = 0, True
    while True:
        while (done := crew.done()) is not None:
            yield done
        if more and crew.unfinished < most:
            if (job := next(jobs, None)) is None:
                more = False
            else:
                crew.give(number, job)
                number += 1
        elif crew.unfinished:
            crew.news.wait()
        else:
            return


def beside(clock: Clock, work: Callable[[], T], other: Callable[[], U]) -> tuple[Done[T], Done[U]]:
    """Do two jobs at the same time, and return how each ended. Each runs to its end, even if the other one fails."""
    ended: dict[int, Done[Any]] = {done.number: done for done in run_all(clock, (work, other), 2)}
    return ended[0], ended[1]


class _Crew(Generic[T]):
    """The workers of one `run_all`. The lock is held only for moments: no thread waits inside it."""

    def __init__(self, clock: Clock, most: int, low: int) -> None:
        self.news = clock.bell()  # rung when a job ends; only the calling thread waits for it
        self.unfinished = 0  # used by the calling thread alone
        self._clock = clock
        self._most = most
        self._low = low  # with more jobs ready, a job that ends well is no news
        self._workers = 0
        self._lock = threading.Lock()
        self._todo: deque[tuple[int, Callable[[], T]]] = deque()
        self._done: deque[Done[T]] = deque()
        self._idle: list[Bell] = []
        self._broken: BaseException | None = None
        self._stopped = False

    def give(self, number: int, job: Callable[[], T]) -> None:
        """Give a job to a worker that is free, or to a new one. If there is none, the job waits."""
        self.unfinished += 1
        with self._lock:
            self._todo.append((number, job))
            bell = self._idle.pop() if self._idle else None
        if bell is not None:
            bell.ring()
        elif self._workers < self._most:
            self._workers += 1
            self._clock.start(self._work)

    def done(self) -> Done[T] | None:
        """How a job ended, each once; None if there is no news. Raises an exception that ends all jobs."""
        with self._lock:
            if self._broken is not None:
                raise self._broken
            done = self._done.popleft() if self._done else None
        self.unfinished -= done is not None
        return done

    def stop(self) -> None:
        """Begin no further job."""
        with self._lock:
            self._stopped = True
            idle, self._idle = self._idle, []
        for bell in idle:
            bell.ring()

    def _work(self) -> None:
        bell = self._clock.bell()
        try:
            while True:
                with self._lock:
                    if self._stopped:
                        return
                    number, job = self._todo.popleft() if self._todo else (-1, None)
                    if job is None:
                        self._idle.append(bell)
                if job is None:
                    bell.wait()
                else:
                    self._end(_ended(number, job))
        except BaseException as error:  # noqa: BLE001 - raised in the calling thread
            with self._lock:
                self._broken = self._broken or error
            self.news.ring()

    def _end(self, done: Done[T]) -> None:
        with self._lock:
            self._done.append(done)
            busy = self._low > 0 and len(self._todo) > self._low
        if not busy or done.error is not None:
            self.news.ring()


def _ended(number: int, job: Callable[[], T]) -> Done[T]:
    try:
        return Done(number, job())
    except Exception as error:  # noqa: BLE001 - the caller of run_all reports it
        return Done(number, error=error)
