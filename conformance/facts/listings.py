"""Facts about the listing of projects: its order, and how far it lags behind."""

from __future__ import annotations

from typing import Any, Final

from conformance.facts.model import NO_EVIDENCE, Amount, Band, Choice, Choices, Fact, Row

LONGEST_WATCH: Final = 120.0
"""Seconds for which a listing is watched."""

_ORDER: Final = Row(
    "Does a listing always come newest first?",
    "It was recorded so. No code relies on it: code that needs the age sorts by `created`.",
)
_LAG: Final = Row(
    "Does a listing lag behind?",
    "It may. Rows only point to projects, and each project is read by its id. After a lost answer there are at least 4 "
    "listings in 10 s. **A longer lag could leave a second, unfinished import behind.** A re-run removes it, or a later "
    "run of the same work when it is older than 24 hours.",
)


def _lag(switch: str) -> Any:  # noqa: ANN401 - a function of a number
    return lambda seconds: {switch: seconds}


FACTS: Final = (
    Fact(
        "listing-order",
        "In which order do projects come in a listing?",
        Choices(
            (
                Choice("newest", "Nothing relies on it.", sets={"listing_order": "newest"}),
                Choice("oldest", "Nothing relies on it.", sets={"listing_order": "oldest"}),
                Choice("neither", "Nothing relies on it.", sets={"listing_order": "id"}),
            )
        ),
        "Recorded: newest first.",
        _ORDER,
    ),
    Fact(
        "lag-new",
        "After how many seconds does a listing show a new project?",
        Amount(
            "s",
            (
                Band(10, "After a lost answer there are at least 4 listings in 10 s."),
                Band(
                    None,
                    "An import whose answer was lost is not found in that time, and is sent again.",
                    "promise 1 would not hold: a second, unfinished import may be left behind",
                ),
            ),
            usual=0.0,
            sets=_lag("lag_of_new"),
            tried=(0.0, 5.0, 30.0, LONGEST_WATCH),
        ),
        NO_EVIDENCE,
        _LAG,
    ),
    Fact(
        "lag-renamed",
        "After how many seconds does a listing show a project's new name?",
        Amount(
            "s",
            (
                Band(10, "A row only points to a project. The project is then read by its id."),
                Band(
                    None,
                    "A name that was taken a moment ago looks free, and a name that became free looks taken. The last "
                    "check of a name is a listing, too.",
                    "no promise is broken, but two projects can have one name for a while",
                ),
            ),
            usual=0.0,
            sets=_lag("lag_of_changed"),
            tried=(0.0, 5.0, 30.0, LONGEST_WATCH),
        ),
        NO_EVIDENCE,
        _LAG,
    ),
    Fact(
        "lag-deleted",
        "For how many seconds does a listing still show a deleted project?",
        Amount(
            "s",
            (Band(None, "A row only points to a project. A project that cannot be read by its id does not count."),),
            usual=0.0,
            sets=_lag("lag_of_deleted"),
            tried=(0.0, 5.0, 30.0, LONGEST_WATCH),
        ),
        NO_EVIDENCE,
        _LAG,
    ),
)
