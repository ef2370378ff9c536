"""The state of the complete service: resources, export tokens, ids, the clock. No HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

from emulator.state.behaviour import Behaviour
from emulator.state.errors import ServiceError
from emulator.state.model import Content, Entry, Export, Iteration, Project, Resource
from emulator.state.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.identity import Directory

_FORGET_DELETED: Final = timedelta(minutes=10)
"""How long a deleted project is kept for listings that lag."""


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class World:
    """All that the emulator remembers. Ids and keys depend only on the seed and their number."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] | None = None,
        seed: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.now = now or utc_now
        self.seed = seed
        self.behaviour = behaviour or Behaviour()
        self.resources: dict[str, Resource] = {}
        self.exports: dict[str, Export] = {}
        self.counters: dict[str, int] = {}
        self.directory: Directory | None = None  # without one, no token is good
        self.pictures = Pictures()
        self.blob_origin: str | None = None  # where the blob host listens; None: a name of Azure's

    def new_hex(self, kind: str) -> str:
        """The next 32 hex digits of a kind."""
        number = self.counters.get(kind, 0) + 1
        self.counters[kind] = number
        return blake2b(f"{self.seed}/{kind}/{number}".encode(), digest_size=16).hexdigest()

    def new_id(self, kind: str) -> str:
        """The next UUID of a kind, in the form of version 4."""
        digits = self.new_hex(kind)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def new_resource(self, name: str, tier: str, region: str) -> Resource:
        """Make a resource with its keys."""
        subscription = self.new_id("subscription")
        resource = Resource(
            name=name,
            tier=tier,
            region=region,
            training_key=self.new_hex("key"),
            training_key_2=self.new_hex("key"),
            prediction_key=self.new_hex("key"),
            prediction_resource_id=(
                f"/subscriptions/{subscription}/resourceGroups/emulator"
                f"/providers/Microsoft.CognitiveServices/accounts/{name}-prediction"
            ),
        )
        self.adopt_resource(resource)
        return resource

    def adopt_resource(self, resource: Resource) -> None:
        """Make a resource part of this world."""
        resource.settle = self.settle
        self.resources[resource.name] = resource

    def add(self, resource: Resource, project: Project) -> None:
        """Put a new project into a resource."""
        project.history.append((project.created, project.entry))
        resource.stored_projects[project.id] = project

    def remove(self, resource: Resource, project: Project) -> None:
        """Remove a project. Listings that lag still show it."""
        now = self.now()
        del resource.stored_projects[project.id]
        horizon = now - _FORGET_DELETED
        resource.deleted = [(when, gone) for when, gone in resource.deleted if when >= horizon]
        resource.deleted.append((now, project))

    def change(self, project: Project, at: datetime, **fields: Any) -> None:  # noqa: ANN401 - an Entry's fields
        """Change what a listing shows of a project, and remember what it showed before."""
        project.entry = replace(project.entry, **fields)
        project.history.append((at, project.entry))

    def settle(self) -> None:
        """End the imports and trainings that should have ended by now. Nothing runs in between: the clock decides."""
        now = self.now()
        for resource in self.resources.values():
            for project in resource.stored_projects.values():
                if project.job is not None:
                    self._settle_import(project, now)
                for iteration in project.iterations:
                    if iteration.training_until is not None:
                        self._settle_training(project, iteration, now)

    def _settle_import(self, project: Project, now: datetime) -> None:
        job = project.job
        if job is None or job.done is None or now < job.done:
            return
        project.job = None
        project.content = job.content
        project.album = job.album
        project.iterations = job.iterations
        project.late_until = job.late_until
        self.change(project, job.done, status=job.status, last_modified=job.done)

    def _settle_training(self, project: Project, iteration: Iteration, now: datetime) -> None:
        if iteration.queued_until is not None and now >= iteration.queued_until:
            iteration.last_modified = iteration.queued_until
            iteration.queued_until = None
        if iteration.training_until is not None and now >= iteration.training_until:
            iteration.status = "Failed" if iteration.training_fails else "Completed"
            iteration.last_modified = iteration.training_until
            iteration.trained_at = None if iteration.training_fails else iteration.training_until
            iteration.training_until = None
            if self.behaviour.touched_by_training:
                self.change(project, iteration.last_modified, last_modified=iteration.last_modified)

    def find(self, resource: Resource, project_id: str) -> Project:
        """Look a project up, or raise the service's 404."""
        project = resource.stored_projects.get(project_id)
        if project is None:
            raise ServiceError("NotFoundProject", f"Invalid project id: {project_id}", "wrong-project")
        return project

    def name_taken(self, resource: Resource, name: str, but: Project | None = None) -> bool:
        """Whether another project has that name."""
        others = (project for project in resource.stored_projects.values() if project is not but)
        return any(self.same_name(project.entry.name, name) for project in others)

    def same_name(self, one: str, other: str) -> bool:
        """Whether two names are the same for the service."""
        return self._compared(one) == self._compared(other)

    def _compared(self, name: str) -> str:
        """The form of a name that is used to compare names."""
        if self.behaviour.names_ignore_form:
            name = normalize("NFKC", name)
        if self.behaviour.names_ignore_case:
            name = name.casefold()
        return normalize("NFKC", name) if self.behaviour.names_ignore_form else name

    def free_name(self, resource: Resource, name: str, but: Project | None = None) -> str:
        """Append the first free ` (1)`, ` (2)`, … if the name is taken."""
        candidate, number = name, 0
        while self.name_taken(resource, candidate, but):
            number += 1
            candidate = f"{name} ({number})"
        return candidate

    def listed(self, resource: Resource, now: datetime) -> list[tuple[Project, Entry]]:
        """The projects that GetProjects shows, newest first: as they are now, or as they were if the listing lags."""
        lags = self._lags()
        projects = list(resource.stored_projects.values())
        if not any(lags):
            rows = [(project, project.entry) for project in projects]
        else:
            of_new, of_changed, of_deleted = (now - timedelta(seconds=lag) for lag in lags)
            projects += [gone for when, gone in resource.deleted if when > of_deleted]
            known = [project for project in projects if project.created <= of_new]
            rows = [(project, _entry_at(project, of_changed)) for project in known]
        # Of projects of the same age, the one that was added last comes first.
        rows.reverse()
        rows.sort(key=lambda row: row[0].created, reverse=True)
        if self.behaviour.listing_order == "oldest":
            rows.reverse()
        elif self.behaviour.listing_order == "id":
            rows.sort(key=lambda row: row[0].id)
        return rows

    def _lags(self) -> tuple[float, float, float]:
        """The seconds by which a listing lags: for new projects, for changes, for deleted projects."""
        known = self.behaviour
        several = (known.lag_of_new, known.lag_of_changed, known.lag_of_deleted)
        new, changed, deleted = (max(0.0, known.listing_lag, lag) for lag in several)
        return new, changed, deleted

    def find_iteration(self, project: Project, iteration_id: str) -> Iteration:
        """Look an iteration up, or raise the service's 404."""
        for iteration in project.iterations:
            if iteration.id == iteration_id:
                return iteration
        raise ServiceError("NotFoundIteration", f"Invalid iteration id: {iteration_id}", "wrong-iteration")

    def copy_content(self, content: Content, ids: dict[str, str]) -> Content:
        """Copy tags and counts with new tag ids and in another order (recorded: in reverse)."""
        for tag in content.tags:
            if tag.id not in ids:
                ids[tag.id] = self.new_id("tag")
        tags = tuple(replace(tag, id=ids[tag.id]) for tag in reversed(content.tags))
        return replace(content, tags=tags)


def _entry_at(project: Project, moment: datetime) -> Entry:
    """What a project showed at a time. Before it existed: what it showed first."""
    entries = [entry for when, entry in project.history if when <= moment]
    return entries[-1] if entries else project.history[0][1]
