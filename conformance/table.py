"""The table at a probe's end: the fact, what was seen, what was assumed, and what that means for the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.facts import FACTS
from conformance.probe.engine import answer_text
from conformance.record import NEW, SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.record import Finding

HEAD = ("fact", "seen", "assumed so far", "what it means")


def rows(findings: Sequence[Finding]) -> Iterator[tuple[str, str, str, str]]:
    """The rows: what is new first, then what differs from what was assumed, then the rest."""
    yield from sorted(map(_row, findings), key=_rank)


def _rank(row: tuple[str, str, str, str]) -> int:
    return 0 if row[1].startswith("NEW") else 3 if row[1] == "not tried" else 2 if row[1] == row[2] else 1


def _row(finding: Finding) -> tuple[str, str, str, str]:
    fact = FACTS[finding.id]
    assumed = answer_text(fact.assumed)
    if finding.state == SEEN and finding.value is not None:
        meaning = fact.answers.meaning(finding.value)
        bound = "at least " if "bound" in finding.about else ""
        means = f"{meaning.breaks[:1].upper()}{meaning.breaks[1:]}." if meaning.breaks else meaning.does
        return finding.id, f"{bound}{answer_text(finding.value)}", assumed, means
    if finding.state == NEW:
        words = [str(finding.about[name]) for name in ("status", "code", "message") if name in finding.about]
        return finding.id, "NEW", assumed, f"{finding.about.get('what')}: {' '.join(words)}".rstrip(": ")
    return finding.id, "not tried", assumed, str(finding.about.get("reason", ""))


def text(findings: Sequence[Finding]) -> str:
    """For the log."""
    return "\n".join(
        f"{fact:24} {seen:32} {assumed:32} {means}" for fact, seen, assumed, means in (HEAD, *rows(findings))
    )


def markdown(findings: Sequence[Finding]) -> str:
    """For a job's summary."""
    cells = [HEAD, ("---",) * len(HEAD), *rows(findings)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in cells) + "\n"
