"""A fact about the service: a question, its possible answers, and what the code does with each answer.

An answer is a word (`Choices`), a number (`Amount`) or a set of words (`Several`). Each kind knows what an answer means
for the product, and which of the emulator's switches produce it. Names and values of switches are data here: the
emulator imports this package, and this package imports nothing of the emulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NO_EVIDENCE: Final = "none in public."

Answer = str | float | tuple[str, ...]
Settings = dict[str, Any]
"""Switches of the emulator (`Behaviour`) by name, with the value that produces an answer."""


@dataclass(frozen=True)
class Meaning:
    """What the code does with an answer. `breaks`: the promise that would not hold, in words."""

    does: str
    breaks: str = ""


class Answers(Protocol):
    """The answers that a fact may have."""

    def read(self, value: object) -> Answer:
        """An answer from JSON. Raises ValueError for any other value."""

    def meaning(self, answer: Answer) -> Meaning:
        """What the code does with an answer."""

    def settings(self, answer: Answer) -> Settings | None:
        """The switches that produce the answer; None if the emulator has none."""

    def samples(self) -> Sequence[Answer]:
        """Answers that the tests set in the emulator."""

    def table(self) -> Sequence[tuple[str, Meaning, bool]]:
        """For the page: each answer in words, what it means, and whether it is assumed."""


@dataclass(frozen=True)
class Choice:
    """One of a few words. `sets`: the switches that produce it."""

    value: str
    does: str
    breaks: str = ""
    sets: Settings | None = None


@dataclass(frozen=True)
class Choices:
    """A few words, one of which is the answer. The first one is assumed."""

    choices: tuple[Choice, ...]

    def read(self, value: object) -> Answer:
        """See Answers."""
        return self._find(value).value

    def meaning(self, answer: Answer) -> Meaning:
        """See Answers."""
        choice = self._find(answer)
        return Meaning(choice.does, choice.breaks)

    def settings(self, answer: Answer) -> Settings | None:
        """See Answers."""
        return self._find(answer).sets

    def samples(self) -> Sequence[Answer]:
        """See Answers."""
        return [choice.value for choice in self.choices if choice.sets is not None]

    def table(self) -> Sequence[tuple[str, Meaning, bool]]:
        """See Answers."""
        rows = enumerate(self.choices)
        return [(f"`{choice.value}`", Meaning(choice.does, choice.breaks), not number) for number, choice in rows]

    def _find(self, value: object) -> Choice:
        for choice in self.choices:
            if choice.value == value:
                return choice
        raise ValueError(f"{value!r} is not one of {', '.join(choice.value for choice in self.choices)}")


@dataclass(frozen=True)
class Band:
    """What numbers up to `limit` mean. None: all numbers above the band before."""

    limit: float | None
    does: str
    breaks: str = ""


@dataclass(frozen=True)
class Amount:
    """A number. `usual` is assumed. `tried` are the numbers that the tests set in the emulator."""

    unit: str
    bands: tuple[Band, ...]
    usual: float
    sets: Callable[[float], Settings] | None = None
    tried: tuple[float, ...] = ()

    def read(self, value: object) -> Answer:
        """See Answers."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{value!r} is not a number of {self.unit}")
        return float(value)

    def meaning(self, answer: Answer) -> Meaning:
        """See Answers."""
        number = float(answer) if isinstance(answer, int | float) else 0.0
        band = next(band for band in self.bands if band.limit is None or number <= band.limit)
        return Meaning(band.does, band.breaks)

    def settings(self, answer: Answer) -> Settings | None:
        """See Answers."""
        return self.sets(float(answer)) if self.sets and isinstance(answer, int | float) else None

    def samples(self) -> Sequence[Answer]:
        """See Answers."""
        return self.tried

    def table(self) -> Sequence[tuple[str, Meaning, bool]]:
        """See Answers."""
        rows, below = [], -1.0
        for band in self.bands:
            words = f"more than {below:g} {self.unit}" if band.limit is None else f"up to {band.limit:g} {self.unit}"
            words = "any number" if len(self.bands) == 1 else words
            usual = below < self.usual and (band.limit is None or self.usual <= band.limit)
            rows.append((words, Meaning(band.does, band.breaks), usual))
            below = band.limit if band.limit is not None else below
        return rows


@dataclass(frozen=True)
class Several:
    """A sorted set of words. The empty set is assumed. `words` says what each word means, `none` what the empty set means."""

    none: str
    words: Mapping[str, Meaning]
    sets: Callable[[tuple[str, ...]], Settings] | None = None
    tried: tuple[tuple[str, ...], ...] = ()

    def read(self, value: object) -> Answer:
        """See Answers."""
        known = isinstance(value, list | tuple) and all(isinstance(word, str) and word in self.words for word in value)
        if not known or not isinstance(value, list | tuple):
            raise ValueError(f"{value!r} is not a list of {', '.join(self.words)}")
        return tuple(sorted(set(value)))

    def meaning(self, answer: Answer) -> Meaning:
        """See Answers."""
        found = [self.words[word] for word in answer] if isinstance(answer, tuple) else []
        if not found:
            return Meaning(self.none)
        does = dict.fromkeys(one.does for one in found)
        breaks = dict.fromkeys(one.breaks for one in found if one.breaks)
        return Meaning(" ".join(does), " ".join(breaks))

    def settings(self, answer: Answer) -> Settings | None:
        """See Answers."""
        return self.sets(answer) if self.sets and isinstance(answer, tuple) else None

    def samples(self) -> Sequence[Answer]:
        """See Answers."""
        return self.tried

    def table(self) -> Sequence[tuple[str, Meaning, bool]]:
        """See Answers."""
        groups: dict[Meaning, list[str]] = {}
        for word, meaning in self.words.items():
            groups.setdefault(meaning, []).append(word)
        rows = [(" ".join(f"`{word}`" for word in words), meaning, False) for meaning, words in groups.items()]
        return [("none", Meaning(self.none), True), *rows]


@dataclass(frozen=True)
class Row:
    """A row of docs/unverified.md: what is unknown, and what the code does. Several facts may share one."""

    unknown: str
    does: str


@dataclass(frozen=True)
class Fact:
    """One thing that is not known. `untried`: why no probe can find it out."""

    id: str
    question: str
    answers: Answers
    evidence: str
    row: Row
    untried: str = ""
    clear: Settings = field(default_factory=dict)
    """Switches that tests must set too, so that the answer can be seen at all."""

    @property
    def assumed(self) -> Answer:
        """The answer that holds until the probe sees another."""
        if isinstance(self.answers, Choices):
            return self.answers.choices[0].value if self.answers.choices else ""
        return self.answers.usual if isinstance(self.answers, Amount) else ()


@dataclass(frozen=True)
class Section:
    """A heading of docs/unverified.md with its table. `second`: the head of the table's second column."""

    title: str
    facts: tuple[Fact, ...]
    introduction: str = ""
    second: str = "what the code does"


def unknown(choices: str = "") -> Choices:
    """The answers of a fact whose possible answers are not known, either."""
    return Choices((Choice("unknown", choices or "See the table above."),))
