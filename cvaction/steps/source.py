"""The source: which project, whether it is ready, what it holds, and which iteration is promoted (protocol, step 2)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import SUCCEEDED
from cvaction.failures.errors import (
    IterationError,
    ReservedNameError,
    SourceMissingError,
    SourceNameError,
    SourceNamelessError,
    SourceNotReadyError,
    SourceTrainingError,
    SourceUntrainedError,
)
from cvaction.github.text import one_line
from cvaction.job import listed, quoted
from cvaction.rules.names import RESERVED, nearly_same, of_name, same_name, stamp
from cvaction.rules.proof import Thresholds
from cvaction.steps.own_work import LOOK_LISTINGS, LOOK_SECONDS
from cvaction.steps.reading import read_contents, read_performance

if TYPE_CHECKING:
    from datetime import datetime

    from cvaction.customvision.models import Iteration, Performance, Project
    from cvaction.job import Job
    from cvaction.rules.agreement import Answered
    from cvaction.rules.proof import Contents

LONGEST_LIST = 20  # iterations of a project, the service's own limit


@dataclass(frozen=True)
class Source:
    """The source as it was read at one time. `iteration` is None for an untrained project."""

    contents: Contents
    iteration: Iteration | None
    performance: Performance | None
    answers: tuple[Answered, ...] = ()  # to the images of a smoke test, in their order

    @property
    def project(self) -> Project:
        """The source project."""
        return self.contents.project

    @property
    def modified(self) -> datetime | None:
        """Its lastModified; None where it is not told."""
        return self.contents.project.last_modified

    @property
    def stamp(self) -> str:
        """S of an import that is made of it."""
        return stamp(self.project.id, self.modified)


def resolve_source(job: Job) -> Project:
    """The source project by id or exact name, ready to be exported."""
    project = _by_id(job) if job.inputs.source_project_id else _by_name(job)
    job.facts.source, job.facts.source_project_id = project, project.id
    if project.status not in {SUCCEEDED, ""}:
        msg = (
            f"The source project {quoted(project)} has the status '{one_line(project.status, 40)}', not '{SUCCEEDED}'."
        )
        raise SourceNotReadyError(msg)
    if not job.wanted_name(project):
        msg = f"The source project {quoted(project)} tells no name, and target-project-name is empty."
        raise SourceNamelessError(msg)
    if RESERVED in job.wanted_name(project):
        msg = f"The source project is called {quoted(project)}, and target-project-name is empty."
        raise ReservedNameError(msg)
    return project


def _by_id(job: Job) -> Project:
    wanted = job.inputs.source_project_id
    job.facts.source_project_id = wanted
    try:
        return job.source.get_project(wanted)
    except CustomVisionError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        there = listed(job.source.get_projects())
        msg = f"The source resource ({error.host}) has no project with the id {wanted}. It has:\n{there}"
        raise SourceMissingError(msg, code=error.code, request_id=error.request_id) from None


def _by_name(job: Job) -> Project:
    wanted = job.inputs.source_project_name
    projects, found = _look_up(job, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        msg = f"{len(found)} projects of the source resource are called '{one_line(wanted)}':\n{listed(found)}"
    else:
        near = [project for project in projects if nearly_same(project.name, wanted)]
        hint = f" Nearly so is:\n{listed(near)}\n" if near else " "
        msg = f"No project of the source resource is called '{one_line(wanted)}'.{hint}It has:\n{listed(projects)}"
    raise SourceNameError(msg)


def _look_up(job: Job, wanted: str) -> tuple[tuple[Project, ...], list[Project]]:
    """The last listing, and the projects of that name: looked for during 10 s, because a listing lags."""
    projects: tuple[Project, ...] = ()
    for number in range(LOOK_LISTINGS):
        if number:
            job.clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
        projects = job.source.get_projects()
        # An input loses the blanks at its ends.
        rows = of_name(wanted, projects) or [row for row in projects if same_name(row.name.strip(), wanted)]
        # A row only points to a project, which may be gone or renamed since.
        seen = ((row, job.source.find_project(row.id)) for row in rows)
        found = [now for row, now in seen if now is not None and now.name in {row.name, ""}]
        if found:
            return projects, found
        if not number:
            job.say(f"No listing shows '{one_line(wanted)}' yet: looking again for {LOOK_SECONDS:.0f} s.")
    return projects, []


def read_source(job: Job, project: Project) -> Source:
    """Everything of the source that is gated and proved, and the chosen iteration with its metrics."""
    contents = read_contents(job.source, project)
    training = [iteration for iteration in contents.iterations if iteration.status == "Training"]
    if training:
        msg = f"The iteration '{one_line(training[0].name)}' of the source project {quoted(project)} is in training."
        raise SourceTrainingError(msg)
    _require_content(job, contents)
    iteration = choose_iteration(job, contents.iterations)
    performance = read_performance(job.source, project.id, iteration, thresholds(job)) if iteration else None
    return Source(contents, iteration, performance)


def _require_content(job: Job, contents: Contents) -> None:
    """Where the status is not told, what the project holds has to tell that it is no import that has just begun."""
    if contents.project.status:
        return
    project = quoted(contents.project)
    if not (contents.images or contents.tags or contents.iterations):
        msg = (
            f"The source project {project} tells no status and holds nothing: it may be an import that has just begun."
        )
        raise SourceNotReadyError(msg)
    job.say(f"The source project {project} tells no status: it is taken for ready by what it holds.")


def thresholds(job: Job) -> Thresholds:
    """Where this run reads metrics."""
    return Thresholds(job.inputs.probability_threshold, job.inputs.overlap_threshold)


def choose_iteration(job: Job, iterations: tuple[Iteration, ...]) -> Iteration | None:
    """The iteration that `iteration` asks for. None only for `latest` of a project that has no trained one."""
    wanted = job.inputs.iteration
    trained = sorted((i for i in iterations if i.completed), key=lambda i: (str(i.trained_at), i.id), reverse=True)
    if wanted in {"latest", "published"}:
        found = [i for i in trained if wanted == "latest" or i.publish_name]
        if not found and wanted == "latest" and not _needs_model(job):
            return None
    else:
        found = [i for i in trained if wanted.lower() == i.id] or [i for i in trained if wanted == i.name]
    if not trained:
        raise SourceUntrainedError(_untrained(iterations))
    if not found:
        msg = f"No trained iteration of the source fits `iteration: {one_line(wanted)}`. It has:\n{_listed(iterations)}"
        raise IterationError(msg)
    return found[0]


def _needs_model(job: Job) -> bool:
    # Where gates are set an untrained project misses them first, which is another ending.
    return bool((job.inputs.publish_name or job.inputs.smoke_images) and not job.inputs.gated)


def require_model(job: Job, source: Source) -> None:
    """After the gates, which a reason may override: what has no model can neither be tested nor published."""
    if source.iteration is None and (job.inputs.publish_name or job.inputs.smoke_images):
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
