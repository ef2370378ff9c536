"""Facts about the descriptions of projects, which hold the marks."""

from __future__ import annotations

from typing import Any, Final

from conformance.facts.model import NO_EVIDENCE, Amount, Band, Choice, Choices, Fact, Row

LONGEST_DESCRIPTION: Final = 8000
"""Characters of the longest description that is tried; one of this length that is taken says 'no limit was met'."""

_LONG_DESCRIPTION: Final = (
    "The mark is read back. If it was refused or cut, it is written again without the run's URL and the commit. "
    "If that fails too, the run fails before anything old is touched."
)
_DESCRIPTION: Final = Row("How long may a description be?", _LONG_DESCRIPTION)
_LINES: Final = Row(
    "Do line ends in a description survive?",
    "The mark is found anywhere in the description, also if lines were folded or joined.",
)


def _longest_description(limit: float) -> dict[str, Any]:
    return {"rejects_long_description": int(limit) if limit < LONGEST_DESCRIPTION else None}


FACTS: Final = (
    Fact(
        "longest-description",
        f"How many characters may a description have? (Up to {LONGEST_DESCRIPTION} are tried.)",
        Amount(
            "characters",
            (
                Band(
                    299,
                    "Not even the short mark fits, so the run fails before anything old is touched.",
                    "no promise is broken, but no promotion succeeds: the mark does not fit",
                ),
                Band(
                    LONGEST_DESCRIPTION - 1,
                    "A mark after a long description may not fit. It is tried without the run's URL and commit.",
                ),
                Band(None, "Every mark fits."),
            ),
            usual=float(LONGEST_DESCRIPTION),
            sets=_longest_description,
            tried=(200.0, 1000.0, 4000.0, float(LONGEST_DESCRIPTION)),
        ),
        NO_EVIDENCE,
        _DESCRIPTION,
    ),
    Fact(
        "longer-description",
        "What happens to a longer description?",
        Choices(
            (
                Choice("refuse", _LONG_DESCRIPTION, sets={"long_description": "refuse"}),
                Choice("cut", _LONG_DESCRIPTION, sets={"long_description": "cut"}),
            )
        ),
        NO_EVIDENCE,
        _DESCRIPTION,
        clear={"rejects_long_description": 1000},
    ),
    Fact(
        "description-line-ends",
        "What happens to line ends in a description?",
        Choices(
            (
                Choice("keep", "The description is as it was sent.", sets={"description_line_ends": "keep"}),
                Choice(
                    "lf",
                    "The mark is found. The copy's description gets other line ends than the source's.",
                    sets={"description_line_ends": "lf"},
                ),
                Choice(
                    "blank",
                    "The mark is found on the one line that is left.",
                    sets={"description_line_ends": "blank"},
                ),
            )
        ),
        NO_EVIDENCE,
        _LINES,
    ),
)
