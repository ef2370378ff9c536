"""What a sweep came to, as the README's reliability section tells it: a row for each story that was played."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tests.support.world import NAME_RULES, SCENARIOS
from tests.sweep import edits, mirrors, nights, rollbacks
from tests.sweep.cases import BETWEEN, DURING, FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Story(Enum):
    """Which runs a case disturbs."""

    PROMOTION = "promotions"
    EDIT = "promotions whose source is edited"
    REFUSAL = "promotions that the target refuses"
    ROLLBACK = "rollbacks"
    MIRROR = "mirrors"
    NIGHTS = "mirrors in trouble"


@dataclass(frozen=True)
class Tally:
    """What a group of cases came to. `broken` has a line for each case that did not hold.

    `changes` counts the changes of the world: those between the attempts, each behind a kill, and those during the first.
    """

    story: Story
    group: str
    requests: int
    played: int
    faults: int
    kills: int
    changes: int
    broken: tuple[str, ...]


@dataclass(frozen=True)
class _Sum:
    """The tallies of a story, added up."""

    groups: int
    played: int
    faults: int
    kills: int
    changes: int
    broken: int

    @property
    def during(self) -> int:
        """Cases with neither a fault nor a kill: the world changes while the first attempt runs."""
        return self.played - self.faults - self.kills

    @property
    def between(self) -> int:
        """Kills with a change of the world behind them, before the re-run."""
        return self.changes - self.during


def told(tallies: Sequence[Tally], share: int, commit: str, rules: Iterable[tuple[str, int]]) -> str:
    """The block of the README. `rules`: of each story that no sweep plays, its name and how many rules are taken out."""
    total = _sum(tallies)
    what = f"A share of 1 in {share} of the sweep" if share > 1 else "The whole sweep"
    where = f", on commit {commit}," if commit else ""
    rows = [
        f"| {story.value} | {of.played:,} | {of.played - of.broken:,} | {_HOW[story](of)} |"
        for story in Story
        if (of := _sum([tally for tally in tallies if tally.story is story])).played
    ]
    lost = f"and {total.broken:,} did not" if total.broken else "and no copy was doubled or lost"
    first = (
        f"{what}{where} played {total.played:,} cases: {total.played - total.broken:,} held, {lost}. "
        "That is against this repository's emulator, not against Azure."
    )
    last = (
        "The sweep plays no backups and no restores. Tests take out one rule after the other instead, "
        f"{', and '.join(f'{number} of {name}' for name, number in rules)}: each time a case has to fail."
    )
    head = ("| what was disturbed | cases | held | how |", "|---|---|---|---|")
    return "\n".join((first, "", *head, *rows, "", last))


def _sum(tallies: Sequence[Tally]) -> _Sum:
    added = {name: sum(getattr(tally, name) for tally in tallies) for name in ("played", "faults", "kills", "changes")}
    return _Sum(len(tallies), **added, broken=sum(len(tally.broken) for tally in tallies))


def _events(of: _Sum) -> str:
    return f"{of.faults:,} with one of {len(FAULTS)} faults, {of.kills:,} with a kill before or after it"


def _promotions(of: _Sum) -> str:
    return (
        f"At every request of {len(SCENARIOS)} scenarios, under {len(NAME_RULES)} rules for taken names, and then a re-run: "
        f"{_events(of)} ({of.between:,} of these with one of {len(BETWEEN)} changes of the world before the re-run), "
        f"{of.during:,} with one of {len(DURING)} changes during the first attempt."
    )


def _edits(of: _Sum) -> str:
    return (
        f"The source is edited at every request of the scenarios {' and '.join(edits.NAMES)}. {of.kills:,} are killed at that "
        "request or a later one, and then re-run."
    )


def _refusals(of: _Sum) -> str:
    return (
        f"The target refuses the name, or the mark ({of.groups} scenarios). At every request: {_events(of)}. Then a re-run, and "
        "another one once the target refuses nothing."
    )


def _rollbacks(of: _Sum) -> str:
    return (
        f"At every request of {len(rollbacks.SCENARIOS)} scenarios, under {len(NAME_RULES)} rules for taken names, and then a "
        f"re-run and a promotion: {_events(of)} ({of.between:,} of these with one of {len(rollbacks.CHANGES)} changes of the "
        f"world before the re-run), {of.during:,} with a name that is taken during the first attempt."
    )


def _mirrors(of: _Sum) -> str:
    return (
        f"At every {mirrors.STEP}rd request of a mirror of {len(mirrors.NAMES)} projects, in {of.groups} orders of its "
        f"threads, and then a re-run: {_events(of)}. The other projects end as if nothing was."
    )


def _nights(of: _Sum) -> str:
    return (
        f"At every {nights.STEP}th request of {of.groups} mirrors whose copies cannot all be named, while people and the "
        f"promote action use the target: {_events(of)}. Then a re-run and the next night."
    )


_HOW: dict[Story, Callable[[_Sum], str]] = {
    Story.PROMOTION: _promotions,
    Story.EDIT: _edits,
    Story.REFUSAL: _refusals,
    Story.ROLLBACK: _rollbacks,
    Story.MIRROR: _mirrors,
    Story.NIGHTS: _nights,
}
