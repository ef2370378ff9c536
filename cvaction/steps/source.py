"""The source: which project, whether it is ready, what it holds, and which iteration is promoted (protocol, 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import SUCCEEDED
from cvaction.failures.source_errors import (
    IterationError,
    SourceMissingError,
    SourceNameError,
    SourceNotReadyError,
    SourceTrainingError,
    SourceUntrainedError,
)
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.names import nearly_same, of_name, same_name, stamp
from cvaction.steps.listing import LOOK_SECONDS, listings
from cvaction.steps.reading import read_contents, read_performance
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from datetime import datetime

    from cvaction.clock import Clock
    from cvaction.customvision.models import Iteration, Performance, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.agreement import Answered
    from cvaction.rules.comparison import Contents, Thresholds
    from cvaction.telling import Narrator

LONGEST_LIST = 20  # iterations of a project, the service's own limit


@dataclass(frozen=True)
class Choice:
    """What the inputs choose of the source: the project by id or else by name, the iteration, and the thresholds.

    `needs_model`: the iteration is to be tested or published. `gated`: there are gates, and an untrained project
    misses them before the missing model is an error.
    """

    project_id: str
    project_name: str
    iteration: str
    thresholds: Thresholds
    needs_model: bool
    gated: bool


@dataclass(frozen=True)
class SourceState:
    """The source as it was read at one time. `iteration`: None for an untrained project. Metrics are at `thresholds`."""

    contents: Contents
    iteration: Iteration | None
    performance: Performance | None
    thresholds: Thresholds
    answers: tuple[Answered, ...] = ()  # to the images of a smoke test, in their order

    @property
    def project(self) -> Project:
        """The source project."""
        return self.contents.project

    @property
    def modified(self) -> datetime | None:
        """The source's lastModified; None if unknown."""
        return self.contents.project.last_modified

    @property
    def stamp(self) -> str:
        """The S of an import that is made of this state."""
        return stamp(self.project.id, self.modified)


def resolve_source(client: ReadingClient, clock: Clock, narrator: Narrator, facts: Facts, choice: Choice) -> Project:
    """The source project by id or exact name. Raises a Failure unless there is exactly one, and it is ready."""
    if choice.project_id:
        facts.source_project_id = choice.project_id
        project = _by_id(client, choice.project_id)
    else:
        project = _by_name(client, clock, narrator, choice.project_name)
    facts.source_project, facts.source_project_id = project, project.id
    if project.status not in {SUCCEEDED, ""}:
        msg = (
            f"The source project {quoted(project)} has the status '{one_line(project.status, 40)}', not '{SUCCEEDED}'."
        )
        raise SourceNotReadyError(msg)
    return project


def _by_id(client: ReadingClient, wanted: str) -> Project:
    try:
        return client.get_project(wanted)
    except CustomVisionError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        there = listed(client.get_projects())
        msg = f"The source resource ({error.host}) has no project with the id {wanted}. It has:\n{there}"
        raise SourceMissingError(msg, code=error.code, request_id=error.request_id) from None


def _by_name(client: ReadingClient, clock: Clock, narrator: Narrator, wanted: str) -> Project:
    projects, found = _look_up(client, clock, narrator, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        msg = (
            f"{counted(len(found), 'project')} of the source resource are called '{one_line(wanted)}':\n{listed(found)}"
        )
    else:
        near = [project for project in projects if nearly_same(project.name, wanted)]
        hint = f" Projects of nearly the same name:\n{listed(near)}\n" if near else " "
        msg = f"No project of the source resource is called '{one_line(wanted)}'.{hint}It has:\n{listed(projects)}"
    raise SourceNameError(msg)


def _look_up(
    client: ReadingClient, clock: Clock, narrator: Narrator, wanted: str
) -> tuple[tuple[Project, ...], list[Project]]:
    """The last listing, and the projects that have the name. Looks for 10 s, because a listing lags."""
    projects: tuple[Project, ...] = ()
    for number, projects in enumerate(listings(client, clock)):
        # Blanks around an input are cut off, so a project's name is compared without them, too.
        rows = of_name(wanted, projects) or [row for row in projects if same_name(row.name.strip(), wanted)]
        # A row only points to a project. The project may be gone or renamed since.
        seen = ((row, client.find_project(row.id)) for row in rows)
        found = [now for row, now in seen if now is not None and now.name in {row.name, ""}]
        if found:
            return projects, found
        if not number:
            narrator.say(f"No listing shows '{one_line(wanted)}' yet: looking again for {LOOK_SECONDS:.0f} s.")
    return projects, []


def read_source(client: ReadingClient, narrator: Narrator, choice: Choice, project: Project) -> SourceState:
    """Read what the gates and the proof use, and the chosen iteration with its metrics."""
    contents = read_contents(client, project)
    training = [iteration for iteration in contents.iterations if iteration.status == "Training"]
    if training:
        msg = f"The iteration '{one_line(training[0].name)}' of the source project {quoted(project)} is in training."
        raise SourceTrainingError(msg)
    _require_content(narrator, contents)
    iteration = choose_iteration(choice, contents.iterations)
    performance = read_performance(client, project.id, iteration, choice.thresholds) if iteration else None
    return SourceState(contents, iteration, performance, choice.thresholds)


def _require_content(narrator: Narrator, contents: Contents) -> None:
    """If the service sends no status, the project must hold something: an empty one may be an import that has just begun."""
    if contents.project.status:
        return
    project = quoted(contents.project)
    if not (contents.images or contents.tags or contents.iterations):
        msg = f"The source project {project} has no status and is empty: it may be an import that has just begun."
        raise SourceNotReadyError(msg)
    narrator.say(f"The source project {project} has no status, but it is not empty: it counts as ready.")


def choose_iteration(choice: Choice, iterations: tuple[Iteration, ...]) -> Iteration | None:
    """The iteration that the input `iteration` asks for. None only for `latest` of a project without a trained one."""
    wanted = choice.iteration
    trained = sorted((i for i in iterations if i.completed), key=lambda i: (str(i.trained_at), i.id), reverse=True)
    if wanted in {"latest", "published"}:
        found = [i for i in trained if wanted == "latest" or i.publish_name]
        if not found and wanted == "latest" and not (choice.needs_model and not choice.gated):
            return None
    else:
        found = [i for i in trained if wanted.lower() == i.id] or [i for i in trained if wanted == i.name]
    if not trained:
        raise SourceUntrainedError(_untrained(iterations))
    if not found:
        msg = f"No trained iteration of the source fits `iteration: {one_line(wanted)}`. It has:\n{_listed(iterations)}"
        raise IterationError(msg)
    return found[0]


def require_model(choice: Choice, source: SourceState) -> None:
    """Raise if a model is needed and there is none. Called after the gates, because `gate-override` may override them."""
    if source.iteration is None and choice.needs_model:
        raise SourceUntrainedError(_untrained(source.contents.iterations))


def _untrained(iterations: tuple[Iteration, ...]) -> str:
    return (
        f"The source project has no trained iteration, and this run needs one. Its iterations:\n{_listed(iterations)}"
    )


def _listed(iterations: tuple[Iteration, ...]) -> str:
    lines = [
        f"- '{one_line(i.name, 80)}' ({i.id}), {one_line(i.status, 40)}"
        + (f", published as '{one_line(i.publish_name, 80)}'" if i.publish_name else "")
        for i in iterations[:LONGEST_LIST]
    ]
    return "\n".join(lines) or "- none"
