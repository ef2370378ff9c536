"""How a run ends: the word of the output `status`, whether it is a success, and the exit code."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["EXIT_FAILED", "EXIT_LATER", "SIGNAL_EXIT", "Status"]

EXIT_FAILED = 1
EXIT_LATER = 75  # EX_TEMPFAIL: try again later
SIGNAL_EXIT = 128  # plus the signal's number, as in a shell


class Status(StrEnum):
    """Every ending of every action. A word means the same in all actions."""

    PROMOTED = "promoted"
    LISTED = "listed"
    ROLLED_BACK = "rolled-back"
    MIRRORED = "mirrored"
    BACKED_UP = "backed-up"
    RESTORED = "restored"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    IMPORTING = "importing"
    TRAINING = "training"
    GATED = "gated"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def succeeds(self) -> bool:
        """Whether the job is green."""
        return self not in _LATER and self not in _NEVER

    def exit_code(self, signum: int = 0) -> int:
        """The code that the container ends with. `signum`: the signal of a cancel."""
        if self is Status.CANCELLED:
            return SIGNAL_EXIT + signum
        if self in _LATER:
            return EXIT_LATER
        return 0 if self.succeeds else EXIT_FAILED


_LATER = frozenset({Status.IMPORTING, Status.TRAINING})  # a re-run goes on
_NEVER = frozenset({Status.GATED, Status.INCOMPLETE, Status.FAILED, Status.CANCELLED})
