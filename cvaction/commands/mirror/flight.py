"""One project of a mirror in flight: a promotion of its own. Its failure goes into the account and ends no other."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import ProjectStatus, Result, Served
from cvaction.commands.mirror.inputs import DEFAULTS
from cvaction.commands.promote.story import promote
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import StillImportingError
from cvaction.failures.errors import BugError, Failure
from cvaction.failures.explanations import failure_of
from cvaction.failures.mirror_errors import MirrorCancelledError
from cvaction.failures.source_errors import SourceTrainingError
from cvaction.outcome.report import Ending, outputs
from cvaction.status import EXIT_FAILED, Status
from cvaction.steps.own_work import Finder, own_work_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.github.kept import KeptLog
    from cvaction.run import Run

LOOKS_YIELD = 10.0  # seconds: a look at an import lets requests go first that come up to so much later
# After these stages a line of the mirror's own log says how far a project is.
MILESTONES = {"import": "importing", "prove": "proved"}

# Failures that do not count as the project's failure: a re-run continues.
ENDS: dict[type[Failure], ProjectStatus] = {
    StillImportingError: ProjectStatus.IMPORTING,
    SourceTrainingError: ProjectStatus.NOT_STARTED,
}


class Turn:
    """The order in which the rate limit serves the projects' requests.

    A request counts as waiting since the present part of its project began. So the project that began first also ends
    first, and the next one begins earlier than if all projects took turns. A project that only looks whether its import
    has ended lets others go first.
    """

    def __init__(self, clock: Clock, number: int) -> None:
        self._clock = clock
        self._hair = number * 1e-6  # seconds: of the projects that begin at one moment, one goes first
        self._since: float | None = clock.now() + self._hair

    def waits(self) -> None:
        """The wait for the import begins."""
        self._since = None

    def goes_on(self) -> None:
        """The import has ended."""
        self._since = self._clock.now() + self._hair

    def moment(self) -> float:
        """The time since which a request that is made now counts as waiting, in seconds on the clock."""
        return self._clock.now() + LOOKS_YIELD if self._since is None else self._since


class StageLog:
    """A project's kept log. It also reports when a stage begins, and when a stage of MILESTONES has succeeded."""

    def __init__(self, kept: KeptLog, begins: Callable[[str], None], ended: Callable[[str], None]) -> None:
        self.kept = kept
        self._begins = begins
        self._ended = ended

    def info(self, text: str = "") -> None:
        """Keep lines."""
        self.kept.info(text)

    def warning(self, title: str, text: str) -> None:
        """Keep a warning."""
        self.kept.warning(title, text)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Keep lines under a title."""
        self._begins(title)
        with self.kept.group(title):
            yield
        if title in MILESTONES:
            self._ended(MILESTONES[title])


class Flight:
    """The promotion of one project."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._began = run.clock.now()

    def fly(self, listing: tuple[Project, ...]) -> tuple[Result, CustomVisionError | None]:
        """Promote; returns the result, and the service's error if one ended the promotion. Raises only Cancelled."""
        run = self.run
        refused: CustomVisionError | None = None
        try:
            finder = Finder(run.target_client, run.clock, run.identity, run.memory)
            status = promote(run, own_work_in(finder, run.narrator, run.facts, listing))
        except CustomVisionError as error:
            refused, failure = error, failure_of(error, run.clock.today())
        except Failure as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a bug in one project's promotion must not end the others
            failure = BugError.of(error)
        else:
            end = ProjectStatus.COPIED if status is Status.PROMOTED else ProjectStatus.UP_TO_DATE
            result = self._ended(end, Ending(status, status.exit_code()))
            return replace(result, before=end is ProjectStatus.COPIED and not run.facts.changed_target), None
        failure.notes += run.facts.notes
        return self._ended(ENDS.get(type(failure), ProjectStatus.FAILED), Ending.of(failure, DEFAULTS)), refused

    def so_far(self) -> Result:
        """The result if the work ends now: importing if an import was sent, as far as is known."""
        sent = self.run.memory.imports_sent or self.run.facts.copy.project_id
        status = ProjectStatus.IMPORTING if sent else ProjectStatus.NOT_STARTED
        return self._ended(status, Ending(Status.CANCELLED, EXIT_FAILED, MirrorCancelledError.texts.title))

    def _ended(self, status: ProjectStatus, ending: Ending) -> Result:
        run, facts, copy = self.run, self.run.facts, self.run.facts.copy
        return Result(
            status,
            copy.project_id,
            copy.project_name,
            facts.previous_project_id,
            tuple(Served(name, url) for name, url in copy.served),
            ending.title,
            ending.text,
            ending.code,
            ending.request_id,
            run.clock.now() - self._began,
            outputs(facts, ending, requests=run.source_client.requests + run.target_client.requests)["report"],
        )
