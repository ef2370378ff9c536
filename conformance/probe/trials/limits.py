"""Trials of lengths: the longest name and description that are stored uncut, and what happens to longer ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.facts.descriptions import LONGEST_DESCRIPTION
from conformance.facts.names import LONGEST_NAME_FLOOR, LONGEST_TRIED
from conformance.probe.outcome import NewError, NotTriedError, Seen, seen
from conformance.probe.trials.model import Trial
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench

_SHORT_DESCRIPTION: Final = 100
"""Characters of the shortest description that is tried for its length."""


@dataclass
class _Limit:
    """How long a text may be. `write` sends a text of a length, and returns what was sent and what is stored."""

    bench: Bench
    what: str
    write: Callable[[int], tuple[str, str]]
    rule: str = ""
    code: str = ""

    def taken(self, length: int) -> int:
        """How many characters of a text of that length are stored; 0 if it is refused."""
        told = self.bench.settled(lambda: self.write(length))
        if isinstance(told, CustomVisionError):
            self.rule, self.code = "refuse", told.code
            return 0
        sent, there = told
        if not there or not sent.startswith(there):
            raise NewError(f"a long {self.what} was changed in a way that is not known")
        if there != sent:
            self.rule = "cut"
        return len(there)

    def find(self, low: int, high: int) -> Seen:
        """The longest text that is stored uncut. If even `low` is refused, there is another reason: NotTriedError."""
        length = self.taken(high)
        if length == high:
            return Seen(float(high), {"bound": "at least"})
        if length:
            if self.taken(length) != length:
                raise NotTriedError(f"a {self.what} was cut in two ways")
            return Seen(float(length), {"resolution": 1, "rule": self.rule})
        if self.taken(low) != low:
            raise NotTriedError(f"not even a short {self.what} was taken")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.taken(middle) == middle else (low, middle)
        return Seen(float(low), {"resolution": 1, "rule": self.rule, "code": self.code})


def _longest_name(bench: Bench) -> Seen:
    def write(length: int) -> tuple[str, str]:
        start = bench.name("")
        name = start + ("abcdefghij" * 30)[: length - len(start)]
        return name, bench.update(bench.source, bench.scratch(), name=name).name

    return bench.observe("longest name", lambda: _Limit(bench, "name", write).find(LONGEST_NAME_FLOOR, LONGEST_TRIED))


def _longest_description(bench: Bench) -> Seen:
    def write(length: int) -> tuple[str, str]:
        start = bench.described(" ")
        text = start + ("words of no meaning " * (length // 20 + 1))[: length - len(start) - 1] + "."
        return text, bench.update(bench.source, bench.scratch(), description=text).description

    return bench.observe(
        "longest description",
        lambda: _Limit(bench, "description", write).find(_SHORT_DESCRIPTION, LONGEST_DESCRIPTION),
    )


def _longer(find: Callable[[Bench], Seen]) -> Callable[[Bench], Seen]:
    """What happens to a longer text, as seen with its limit."""

    def look(bench: Bench) -> Seen:
        found = find(bench)
        if "rule" not in found.about:
            raise NotTriedError("no limit was met")
        return seen(str(found.about["rule"]), code=found.about.get("code"))

    return look


TRIALS: Final = {
    "longest-name": Trial(_longest_name, calls=30),
    "longer-name": Trial(_longer(_longest_name), calls=0),
    "longest-description": Trial(_longest_description, calls=40),
    "longer-description": Trial(_longer(_longest_description), calls=0),
}
