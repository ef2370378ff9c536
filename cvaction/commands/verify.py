"""`verify PATH`: is a backup as it was written? It uses neither the service nor inputs, and changes nothing.

In a container it is the argument of the image. Elsewhere it is `python -m cvaction verify PATH`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.archive.errors import ArchiveError
from cvaction.archive.verify import verify
from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.archive.checking import Verdict
    from cvaction.clock import Clock

WHOLE, DAMAGED, MISUSED = 0, 1, 2  # exit codes
USAGE = "usage: verify [--no-images] PATH\nPATH is the folder of a backup, or of one project in it."
NO_IMAGES = "--no-images"
_EVERY = 20.0  # seconds between two lines of progress


def run(arguments: Sequence[str], clock: Clock, say: Callable[[str], None]) -> int:
    """Check the backup that the arguments name, and say what is wrong with it; returns the exit code."""
    paths = [argument for argument in arguments if argument != NO_IMAGES]
    if len(paths) != 1 or paths[0].startswith("-"):
        say(USAGE)
        return MISUSED
    try:
        verdict = verify(Path(paths[0]), pixels=NO_IMAGES not in arguments, heard=_Progress(clock, say))
    except ArchiveError as error:
        say(f"{error}\n{USAGE}")
        return MISUSED
    except OSError as error:
        say(f"{one_line(paths[0])} cannot be read: {error.strerror or error}")
        return DAMAGED
    for problem in verdict.problems:
        say(f"- {one_line(problem, 600)}")
    if verdict.count > len(verdict.problems):
        say(f"- … and {verdict.count - len(verdict.problems):,} more")
    say(_closing(verdict))
    return WHOLE if verdict.whole else DAMAGED


def _closing(verdict: Verdict) -> str:
    read = f"{counted(verdict.projects, 'project')}, {counted(verdict.files, 'file')}, {verdict.size / 1e6:,.1f} MB"
    if verdict.whole:
        return f"The backup is complete: {read}."
    if verdict.later:
        return (
            f"The backup was not checked completely: {counted(verdict.count, 'problem')} in {read}. What to do: use a release "
            "of this action that is as new as the one that wrote the backup. The backup need not be damaged."
        )
    return (
        f"The backup is damaged or incomplete: {counted(verdict.count, 'problem')} in {read}. What to do: run the backup again "
        "while the service exists (it downloads what is missing; remove changed files first), or use another copy of this folder."
    )


class _Progress:
    """Writes a line now and then."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._next = clock.now() + _EVERY

    def __call__(self, verdict: Verdict) -> None:
        if self._clock.now() >= self._next:
            self._next = self._clock.now() + _EVERY
            self._say(f"{counted(verdict.files, 'file')} checked, {counted(verdict.count, 'problem')} …")
