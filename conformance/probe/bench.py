"""What a trial works with: its own projects on the two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.asking import Asker
from conformance.probe.outcome import Moment, NotTriedError
from conformance.probe.own import MARK, PREFIX, Cleaner
from conformance.probe.wire import payload
from cvaction.customvision import schemas
from cvaction.customvision.codes import PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError, MalformedError
from cvaction.customvision.models import IMPORTING, SUCCEEDED
from cvaction.customvision.reader import encode
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.journal import Journal
    from conformance.probe.settings import Settings
    from conformance.probe.side import Side
    from cvaction.clock import Clock
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.models import Project, ProjectExport
    from cvaction.secret import Secret

PROJECTS: Final = 2
"""The most own projects at a time, on each side: F0 has room for two."""
COMPACT: Final = "0732100f-1a38-4e49-a514-c9b44c697ab5"
"""General (compact), classification: its models can be exported."""


class Bench(Asker):
    """One run of the probe. `single`: both sides are one resource."""

    def __init__(  # noqa: PLR0913 - everything it touches is a parameter
        self,
        source: Side,
        target: Side,
        *,
        run: str,
        settings: Settings,
        journal: Journal,
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self.source = source
        self.target = target
        self.run = run
        self.settings = settings
        super().__init__(clock)
        self.say = say
        self._journal = journal
        self._kept: dict[str, str] = {}

    @property
    def single(self) -> bool:
        """Whether there is only one resource."""
        return self.source is self.target

    @property
    def sides(self) -> tuple[Side, ...]:
        """Each resource once."""
        return (self.source,) if self.single else (self.source, self.target)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(side.requests for side in self.sides)

    def name(self, tail: str) -> str:
        """A name of this run."""
        return f"{PREFIX}{self.run} {tail}"

    def described(self, text: str = "") -> str:
        """A description with the mark."""
        return f"{MARK}{self.run} A probe of cvaction, which may be deleted.{text}"

    # Own projects

    def create(self, side: Side, tail: str, *, name: str = "", domain: str = COMPACT) -> Project:
        """Make an empty project. Raises CustomVisionError, and NotTriedError if there is no room."""
        query = f"name={encode(name or self.name(tail))}&description={encode(self.described())}"
        query += f"&domainId={domain}" + ("&classificationType=Multilabel" if domain == COMPACT else "")
        self._intend(side)
        try:
            project = schemas.project(payload(side.wire.ask("POST", "/projects", query), "CreateProject"))
        except MalformedError:
            raise NotTriedError("the answer to a new project does not have the API's form") from None
        except CustomVisionError as error:
            raise _room(error, side) from None
        self._journal.note(side.origin, project.id)
        return project

    def start_import(self, side: Side, token: Secret, tail: str, *, name: str = "") -> Project:
        """Start an import with the product's own request."""
        self._intend(side)
        try:
            project = side.client.import_project(token, name or self.name(tail))
        except CustomVisionError as error:
            raise _room(error, side) from None
        self._journal.note(side.origin, project.id)
        return project

    def _intend(self, side: Side) -> None:
        """Record that a project will be made. Raises NotTriedError if there are as many as may be: some are not deleted."""
        if len(self._journal.made.get(side.origin, ())) >= PROJECTS:
            raise NotTriedError(
                f"{PROJECTS} projects of the probe are on the {side.label} resource, and no more may be"
            )
        self._journal.intend()

    def delete(self, side: Side, project: Project) -> None:
        """Delete an own project now, so that its slot is free."""
        if not self._own(side, project.id):
            raise NotTriedError("a project that is not the probe's would have been deleted")
        if not Cleaner(side, self._journal, self.clock, self.say).delete(project.id):
            raise NotTriedError("a project of the probe could not be deleted")

    def update(self, side: Side, project: Project, *, name: str = "", description: str | None = None) -> Project:
        """Rename or describe an own project with the product's own request, and read the project back."""
        if not self._own(side, project.id):
            raise NotTriedError("a project that is not the probe's would have been changed")
        told = side.client.update_project(
            project, name=name or project.name, description=project.description if description is None else description
        )
        now = side.client.get_project(project.id)
        if (now.name, now.description) != (told.name, told.description):
            raise NotTriedError("the answer to an update differs from the project")
        return now

    def patch(self, side: Side, project: Project, body: dict[str, Any]) -> Answer:
        """Send an update that the product would not send."""
        if not self._own(side, project.id):
            raise NotTriedError("a project that is not the probe's would have been changed")
        return side.wire.ask("PATCH", f"/projects/{project.id}", body=body)

    def scratch(self) -> Project:
        """The one project on the source that all trials may change, as it is now. A missing one is made."""
        known = self._kept.get(self.source.origin)
        project = self.source.client.find_project(known) if known else None
        if project is None:
            project = self.create(self.source, "scratch")
            self._kept[self.source.origin] = project.id
        return project

    def tidy(self) -> None:
        """Delete what the last trial has made, except the scratch project."""
        for side in self.sides:
            keep = set(self._kept.values())
            for project_id in self._journal.made.get(side.origin, set()) - keep:
                Cleaner(side, self._journal, self.clock, self.say).delete(project_id)

    def _own(self, side: Side, project_id: str) -> bool:
        return self._journal.owns(side.origin, project_id)

    # Copies

    def export(self, project: Project) -> ProjectExport:
        """Export an own project of the source."""
        if not self._own(self.source, project.id):
            raise NotTriedError("a project that is not the probe's would have been exported")
        return self.source.client.export_project(project.id)

    def finished(self, side: Side, project: Project, *, pause: float = 1.0) -> Moment:
        """Wait until an import has ended. Raises NotTriedError if it fails, or does not end in time."""
        states: list[str] = []

        def over() -> bool:
            now = side.client.find_project(project.id)
            if now is None:
                raise NotTriedError("an import has vanished")
            states.append(now.status)
            return now.status not in {"", IMPORTING}

        moment = self.watch(over, self.settings.wait_minutes * 60, pause=pause)
        if moment is None:
            raise NotTriedError(f"an import had not ended after {counted(self.settings.wait_minutes, 'minute')}")
        if states[-1] != SUCCEEDED:
            raise NotTriedError("an import has failed")
        return moment


def _room(error: CustomVisionError, side: Side) -> Exception:
    """Turn the error of a full resource, which is no answer, into NotTriedError."""
    if error.code == PROJECT_LIMIT:
        return NotTriedError(f"the {side.label} resource has no free project slot")
    return error
