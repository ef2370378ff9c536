"""The switches for what the service's facts leave unknown. A client has to cope with every side of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from emulator.state.unknowns import Unknowns

OUTCOMES: Final = (
    "ok",
    "failed",
    "never",
    "lose-image",
    "lose-tag",
    "lose-iteration",
    "late",
    "region-loss",
)
"""How an import may end. `late`: `Succeeded`, but the counts are complete only LATE_SECONDS later."""

LATE_SECONDS: Final = 8.0


@dataclass
class Behaviour(Unknowns):
    """Mutable, and may be changed at any time: what counts is its state when a request is handled."""

    taken_import_name: Literal["suffix", "refuse", "allow"] = "suffix"
    """An import under a name given and taken: ` (1)` is appended, 400 BadRequestProjectNameNotUnique, or two have it."""
    taken_rename: Literal["allow", "suffix", "refuse"] = "allow"
    """UpdateProject to a name that another project has."""
    names_ignore_case: bool = False
    """Whether names that differ only in case are the same name, at an import, a rename and a creation."""
    names_ignore_form: bool = False
    """Whether names that differ only in Unicode form (NFC, NFKC) are the same name, at the same places."""
    unfinished_iterations: Literal["copy", "skip"] = "copy"
    """Whether iterations that are not `Completed` are part of an export."""
    listing_order: Literal["newest", "oldest", "id"] = "newest"
    """What comes first in GetProjects."""
    listing_lag: float = 0.0
    """GetProjects shows the state as of that many seconds ago; GetProject is always fresh."""
    import_seconds: float = 2.0
    """How long an import takes."""
    import_outcomes: list[str] = field(default_factory=list)
    """One of OUTCOMES is taken for each import, first first; when the list is empty, imports are `ok`."""
    single_use_token: bool = False
    """Whether an export token is void after one accepted import."""
    publish_touches_project: bool = False
    """Whether publishing and unpublishing change the project's `lastModified`."""
    export_touches_project: bool = False
    """Whether an export changes the project's `lastModified`."""
    copy_answers_differ: bool = False
    """Whether a copy's predictions differ visibly from the source's: what a smoke test has to notice."""
    rejects_long_description: int | None = None
    """UpdateProject with a longer description: 400 BadRequestProjectDescription."""
    cuts_long_description: int | None = None
    """UpdateProject with a longer description: cut without a word."""
    max_name_length: int | None = None
    """A longer name: 400 BadRequestProjectName."""
    disable_local_auth: Literal["no", "wrong-key", "disabled"] = "no"
    """`disableLocalAuth`: a key gets the 401 of a wrong key, or 403 AuthenticationTypeDisabled."""
    custom_subdomain_rule: bool = False
    """Whether the endpoints count as hosts of a region, which take no token."""
    retry_after: int | None = 1
    """The Retry-After header of the throttle's 429; None: no such header."""
    throttle: bool = False
    """Whether more than 10 requests a second to a resource are answered with the gateway's 429."""

    def next_outcome(self) -> str:
        """Take the outcome of the next import."""
        outcome = self.import_outcomes.pop(0) if self.import_outcomes else "ok"
        if outcome not in OUTCOMES:
            raise ValueError(f"unknown import outcome {outcome!r}; known are {', '.join(OUTCOMES)}")
        return outcome
