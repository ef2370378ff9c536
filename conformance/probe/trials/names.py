"""Trials of names and descriptions: on one scratch project, and at most one more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.facts.names import CHARACTERS
from conformance.probe.outcome import NewError, NotTriedError, Seen, seen, unexpected
from conformance.probe.trials.model import Trial
from cvaction.customvision.codes import NAME_TAKEN
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from conformance.probe.side import Side

_NUMBERED: Final = re.compile(r" \(\d+\)")
_CHUNK: Final = 10
"""Characters that are tried in one name."""


def _rule(asked: str, told: str | CustomVisionError, control: Callable[[], bool]) -> Seen:
    """What the service did with a taken name. `control`: whether it accepts a free name in the same way."""
    if isinstance(told, CustomVisionError):
        if not control():
            raise NotTriedError("a free name was refused as well")
        if told.code not in NAME_TAKEN:
            raise unexpected("a taken name was refused with an unknown code", told)
        return seen("refuse", status=told.status, code=told.code)
    if told == asked:
        return Seen("allow")
    if told.startswith(asked) and _NUMBERED.fullmatch(told[len(asked) :]):
        return Seen("suffix")
    raise NewError("a taken name was changed in a way that is not known")


def create_rule(bench: Bench) -> Seen:
    """A new project under a taken name."""

    def look() -> Seen:
        holder, side = bench.scratch(), bench.source
        made = bench.settled(lambda: bench.create(side, "", name=holder.name))
        told = made if isinstance(made, CustomVisionError) else side.client.get_project(made.id).name
        return _rule(holder.name, told, lambda: _created(bench, side, bench.name("free")))

    return bench.observe("create rule", look)


def _created(bench: Bench, side: Side, name: str) -> bool:
    made = bench.settled(lambda: bench.create(side, "", name=name))
    return not isinstance(made, CustomVisionError)


def rename_rule(bench: Bench) -> Seen:
    """A rename to a taken name."""

    def look() -> Seen:
        holder, side = bench.scratch(), bench.source
        other = bench.create(side, "other")
        told = bench.settled(lambda: bench.update(side, other, name=holder.name))
        free = bench.name("another")
        return _rule(
            holder.name,
            told if isinstance(told, CustomVisionError) else told.name,
            lambda: not isinstance(bench.settled(lambda: bench.update(side, other, name=free)), CustomVisionError),
        )

    return bench.observe("rename rule", look)


def import_rule(bench: Bench) -> Seen:
    """An import under a name that is given and taken."""
    side, project = bench.target, bench.scratch()
    holder = project if bench.single else bench.create(side, "holder")
    token = bench.export(project).token
    told = bench.settled(lambda: bench.start_import(side, token, "", name=holder.name))
    if not isinstance(told, CustomVisionError):
        return _rule(holder.name, side.client.get_project(told.id).name, lambda: True)
    free = bench.name("free")
    return _rule(
        holder.name,
        told,
        lambda: (
            not isinstance(bench.settled(lambda: bench.start_import(side, token, "", name=free)), CustomVisionError)
        ),
    )


def _compared(bench: Bench, one: str, other: str) -> Seen:
    """Whether the service treats two names as the same: it then treats the second one as taken."""
    side, holder = bench.source, bench.scratch()
    by_name = create_rule(bench).value != "allow"
    if not by_name and rename_rule(bench).value == "allow":
        raise NotTriedError("two projects may have one name, so nothing tells whether two names are the same")
    bench.tidy()
    holder = bench.update(side, holder, name=bench.name(one))
    asked = bench.name(other)
    if holder.name != bench.name(one):
        raise NotTriedError("the first of the two names was changed")
    if by_name:
        made = bench.settled(lambda: bench.create(side, "", name=asked))
    else:
        beside = bench.create(side, "beside")
        made = bench.settled(lambda: bench.update(side, beside, name=asked))
    if isinstance(made, CustomVisionError):
        if made.code in NAME_TAKEN:
            return seen("same", code=made.code)
        raise unexpected("the second of the two names was refused", made)
    told = side.client.get_project(made.id).name
    if told == asked:
        return Seen("other")
    if _NUMBERED.search(told):
        return Seen("same")
    raise NewError("the second of the two names was changed in a way that is not known")


def _blanks(bench: Bench) -> Seen:
    side, asked = bench.source, f" {bench.name('blanks')} "
    _takes(bench, "blanks before")
    told = bench.settled(lambda: bench.update(side, bench.scratch(), name=asked))
    if isinstance(told, CustomVisionError):
        return seen("refuse", status=told.status, code=told.code)
    if told.name == asked:
        return Seen("keep")
    if told.name == asked.strip():
        return Seen("strip")
    raise NewError("a name with blanks at its ends was changed in a way that is not known")


def _takes(bench: Bench, tail: str) -> None:
    """A control: the service accepts an ordinary name, so a refusal is about the tried name."""
    wanted = bench.name(tail)
    told = bench.settled(lambda: bench.update(bench.source, bench.scratch(), name=wanted))
    if isinstance(told, CustomVisionError) or told.name != wanted:
        raise NotTriedError("an ordinary name was not taken")


def _characters(bench: Bench) -> Seen:
    _takes(bench, "plain")

    def refused(some: str) -> list[str]:
        asked = bench.name(f"{some}x")
        told = bench.settled(lambda: bench.update(bench.source, bench.scratch(), name=asked))
        if not isinstance(told, CustomVisionError):
            if told.name != asked:
                raise NewError("characters of a name were changed")
            return []
        if len(some) == 1:
            return [some]
        half = len(some) // 2
        return refused(some[:half]) + refused(some[half:])

    found = [one for at in range(0, len(CHARACTERS), _CHUNK) for one in refused(CHARACTERS[at : at + _CHUNK])]
    return Seen(tuple(sorted(found)))


def _line_ends(bench: Bench) -> Seen:
    text = bench.described(" one\r\ntwo\nthree\rfour")
    told = bench.update(bench.source, bench.scratch(), description=text).description
    if told == text:
        return Seen("keep")
    if told == re.sub(r"\r\n?", "\n", text):
        return Seen("lf")
    if told == re.sub(r"\r\n|[\r\n]", " ", text):
        return Seen("blank")
    raise NewError("line ends in a description were changed in a way that is not known")


TRIALS: Final = {
    "create-taken-name": Trial(create_rule, calls=5),
    "rename-taken-name": Trial(rename_rule, calls=7),
    "names-case": Trial(lambda bench: _compared(bench, "Apple", "aPPLE"), calls=7),
    "names-form": Trial(lambda bench: _compared(bench, "caf\u00e9", "cafe\u0301"), calls=7),
    "name-blanks": Trial(_blanks, calls=6),
    "name-characters": Trial(_characters, calls=20),
    "description-line-ends": Trial(_line_ends, calls=3),
    "import-taken-name": Trial(import_rule, calls=7, seconds=10),
}
