"""The table at a probe's end: the fact, what was seen, what was assumed, and what that means for the product."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.facts import FACTS
from conformance.probe.engine import answer_text
from conformance.record import NEW, SEEN
from cvaction.github.markdown import foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.record import Finding

_PLAIN = re.compile(r"[\w .,:;()'-]*")  # text that is nothing else in Markdown
_LONGEST = 600
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
    """For a job's summary. An answer's own words and the placeholders in them, such as `<id>`, are code."""
    cells = [HEAD, ("---",) * len(HEAD), *(tuple(map(_cell, row)) for row in rows(findings))]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def _cell(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else foreign(text, _LONGEST)
