"""`python -m conformance.page`: writes docs/unverified.md from the list of facts; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.facts import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.facts.model import Fact, Row, Section

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "unverified.md"
GITHUB: Final = Path(__file__).with_name("github.md")
COMMAND: Final = "python -m conformance.page"

INTRODUCTION: Final = f"""\
<!-- Written by `{COMMAND}` from conformance/facts and conformance/github.md. -->

# Unverified

No test of this project talks to the real service, and no workflow of this project has run on GitHub yet. This page \
lists what only the service and GitHub can show, and what the code does in each case. If you have one resource or two, \
[the probe](probe.md) tries most of it and writes down what it saw. If you know how the service behaves, please \
[open an issue](../.github/ISSUE_TEMPLATE/service.yml).

What is *not* on this page follows Microsoft's published API description, its documentation, and public transcripts of \
real traffic.

## The service

The last column names the facts of a row, as [the probe](probe.md) names them. \
[What each answer means](#what-each-answer-means) lists all of them.
"""

ANSWERS: Final = """\
## What each answer means

These tables say what the code does with each answer that a fact may have. The *assumed* answer holds until the probe \
has seen another. If an answer would break a promise of the [contract](contract.md#promises), the table says so.
"""


def page() -> str:
    """The complete page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield INTRODUCTION
    for section in SECTIONS:
        yield f"### {section.title}\n"
        if section.introduction:
            yield f"{section.introduction}\n"
        yield from _rows(section)
        yield ""
    yield GITHUB.read_text(encoding="utf-8")
    yield ANSWERS
    for section in SECTIONS:
        yield f"### {section.title}: the answers\n"
        yield "| fact | answer | what the code does then |\n|---|---|---|"
        for fact in section.facts:
            yield from _answers(fact)
        yield ""


def _rows(section: Section) -> Iterator[str]:
    """A line for each row. Facts that share a row are in one line."""
    yield f"| unknown | {section.second} | facts |\n|---|---|---|"
    grouped: dict[Row, list[str]] = {}
    for fact in section.facts:
        grouped.setdefault(fact.row, []).append(f"`{fact.id}`")
    for row, facts in grouped.items():
        yield f"| {row.unknown} | {row.does} | {' '.join(facts)} |"


def _answers(fact: Fact) -> Iterator[str]:
    """The fact's question with its evidence, then its answers."""
    yield f"| `{fact.id}` | | **{fact.question}** Evidence: {fact.evidence} |"
    if fact.untried:
        yield f"| | no probe can see it | Because {fact.untried}. |"
        return
    for answer, meaning, assumed in fact.answers.table():
        breaks = f" **{meaning.breaks[:1].upper()}{meaning.breaks[1:]}.**" if meaning.breaks else ""
        shown = answer.replace("`|`", "`\\|`").replace("```", "`` ` ``")
        yield f"| | {shown}{' (assumed)' if assumed else ''} | {meaning.does}{breaks} |"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    if "--check" in arguments:
        there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if there == page():
            return 0
        sys.stdout.write(f"{PAGE.name} differs from the list of facts: run `{COMMAND}`.\n")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
