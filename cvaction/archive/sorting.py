"""Sorts more lines than memory can hold: in runs on the disk, which are merged while they are read."""

from __future__ import annotations

import heapq
import os
import tempfile
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_BYTES = 4 << 20  # lines that are sorted in memory at a time
OPEN_RUNS = 24  # files that are merged at a time: the system limits how many may be open
_CHUNK = 1 << 16
_EACH = 120  # bytes that an item of a list takes in addition to its text


class LineSorter:
    """Lines with a key. They are read back sorted by key, and only one line for each key.

    The runs are temporary files without a name: nothing is left of them, however the process ends. A key contains no tab
    and no line break. A line has one line break, at its end.
    """

    def __init__(self, run_bytes: int = RUN_BYTES) -> None:
        self._limit = run_bytes
        self._lines: list[bytes] = []
        self._size = 0
        self._levels: list[list[IO[bytes]]] = []  # runs; a run of a level was merged from OPEN_RUNS of the level before

    def add(self, key: bytes, line: bytes) -> None:
        """Add a line, with its line break."""
        self._lines.append(key + b"\t" + line)
        self._size += len(line) + _EACH
        if self._size >= self._limit:
            self._spill()

    def __iter__(self) -> Iterator[bytes]:
        """The lines by key. May be read again and again. No line may be added meanwhile."""
        last = None
        for keyed in self._keyed():
            key, _, line = keyed.partition(b"\t")
            if key != last:
                yield line
                last = key

    def _keyed(self) -> Iterator[bytes]:
        if self._levels and self._lines:
            self._spill()
        self._lines.sort()
        runs = [run for level in self._levels for run in level]
        return heapq.merge(*map(lines_of, runs)) if runs else iter(self._lines)

    def _spill(self) -> None:
        self._lines.sort()
        run = _written(iter(self._lines))
        self._lines, self._size = [], 0
        for level in self._levels:
            level.append(run)
            if len(level) < OPEN_RUNS:
                return
            run = _written(heapq.merge(*map(lines_of, level)))
            while level:
                level.pop().close()
        self._levels.append([run])

    def close(self) -> None:
        """Free the space on the disk."""
        self._lines = []
        while self._levels:
            for run in self._levels.pop():
                run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _written(lines: Iterator[bytes]) -> IO[bytes]:
    run = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
    run.writelines(lines)
    return run


def lines_of(run: IO[bytes]) -> Iterator[bytes]:
    """The lines of an open file. Each reader has its own position."""
    run.flush()
    position, rest = 0, b""
    while chunk := os.pread(run.fileno(), _CHUNK, position):
        position += len(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        for text in whole:
            yield text + b"\n"
