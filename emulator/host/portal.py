"""What a person does in the portal, for tests and seeds. No limits are enforced, and nothing is logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.api import iterations as _iterations
from emulator.api.transfer import copy_all
from emulator.host.gallery import Gallery
from emulator.state.albums import add_counted
from emulator.state.domains import general_domain
from emulator.state.metrics import Metrics
from emulator.state.model import Content, Entry, Iteration, Kind, Project, Resource, Settings, Tag
from emulator.state.performance import metrics_from

NEGATIVE_IMAGES = 3
"""Images of a negative tag that is not among the tags given."""

MetricsGiven = Metrics | Mapping[str, Any] | None


class Portal(Gallery):
    """The world, with everything that a person can change in the portal."""

    def add_project(  # noqa: PLR0913 - each has a default
        self,
        resource: Resource,
        name: str,
        *,
        kind: Kind = "classification",
        description: str = "",
        classification_type: str = "Multiclass",
        domain_id: str | None = None,
        tags: Mapping[str, int] | None = None,
        untagged: int = 0,
        negative: str | None = None,
        iterations: Sequence[str] = ("Iteration 1",),
        status: str = "Succeeded",
    ) -> Project:
        """Make a project: tags with their numbers of images, trained iterations, the last one newest.

        An image has one tag; in a detection project each tagged image has one region for its tag.
        """
        with self.working(resource) as now:
            counts = dict(tags) if tags is not None else {"Tag1": 5, "Tag2": 5}
            if negative is not None:
                counts.setdefault(negative, NEGATIVE_IMAGES)
            detection = kind == "detection"
            settings = Settings(domain_id or general_domain(kind), None if detection else classification_type)
            tagged = sum(counts.values())
            project_id = self.new_id("project")
            content = Content(
                tuple(self._tag(tag, count, negative=tag == negative) for tag, count in counts.items()),
                tagged,
                untagged,
                tagged if detection else 0,
                origin=project_id,
            )
            entry = Entry(name, description, settings, now, status)
            project = Project(project_id, kind, now, entry, content)
            self.add(resource, project)
            for age, iteration_name in zip(reversed(range(len(iterations))), iterations, strict=True):
                trained = now - timedelta(seconds=age)
                _iterations.new_iteration(self, project, trained, name=iteration_name)
            return project

    def _tag(self, name: str, count: int, *, negative: bool) -> Tag:
        return Tag(self.new_id("tag"), name, count, "Negative" if negative else "Regular")

    def train(
        self,
        resource: Resource,
        project_id: str,
        *,
        name: str | None = None,
        status: str = "Completed",
        metrics: MetricsGiven = None,
    ) -> Iteration:
        """Train the workspace as it is now, at once. A status other than `Completed` stays for ever."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            given = metrics_from(metrics)
            iteration = _iterations.new_iteration(self, project, now, name=name, status=status, metrics=given)
            self.change(project, now, last_modified=now)
            return iteration

    def set_metrics(
        self, resource: Resource, project_id: str, metrics: MetricsGiven, *, iteration: str | None = None
    ) -> None:
        """Give an iteration (by name or id; else the newest) metrics. NO_METRICS: none. None: invented ones."""
        with self.working(resource):
            self._pick(resource, project_id, iteration).metrics = metrics_from(metrics)

    def add_images(self, resource: Resource, project_id: str, count: int = 1, *, tag: str | None = None) -> None:
        """Upload images, with a tag (made if it is missing) or without."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            content = project.content
            if project.album is not None:
                tag_id = None if tag is None else self._tag_named(project, tag).id
                add_counted(self, project, count, tag_id, now)
            elif tag is None:
                project.content = replace(content, untagged=content.untagged + count)
            else:
                known = {one.name: one for one in content.tags}
                one = known.get(tag) or self._tag(tag, 0, negative=False)
                known[tag] = replace(one, image_count=one.image_count + count)
                regions = content.regions + (count if project.kind == "detection" else 0)
                tagged = content.tagged + count
                project.content = replace(content, tags=tuple(known.values()), tagged=tagged, regions=regions)
            self.change(project, now, last_modified=now)

    def edit(self, resource: Resource, project_id: str) -> None:
        """Move a box: only `lastModified` shows it."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            if project.album is not None:
                boxed = next((image for image in project.album if image.regions), None)
                if boxed is not None:
                    self.move_box(resource, project_id, boxed.id)
            project.content = replace(project.content, edits=project.content.edits + 1)
            self.change(project, now, last_modified=now)

    def publish(
        self,
        resource: Resource,
        project_id: str,
        publish_name: str,
        *,
        iteration: str | None = None,
        prediction_id: str | None = None,
    ) -> Iteration:
        """Publish an iteration (by name or id; else the newest), by default to the resource's own side."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            chosen = self._pick(resource, project_id, iteration)
            target = prediction_id or resource.prediction_resource_id
            _iterations.publish(self, project, chosen, publish_name, target, now)
            return chosen

    def unpublish(self, resource: Resource, project_id: str, *, iteration: str | None = None) -> None:
        """Unpublish an iteration (by name or id; else all)."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            chosen = [self._pick(resource, project_id, iteration)] if iteration else project.published
            for one in chosen:
                _iterations.unpublish(self, project, one, now)

    def rename(self, resource: Resource, project_id: str, name: str) -> None:
        """Give a project another name, taken or not."""
        with self.working(resource) as now:
            self.change(self.find(resource, project_id), now, name=name, last_modified=now)

    def describe(self, resource: Resource, project_id: str, description: str) -> None:
        """Give a project another description."""
        with self.working(resource) as now:
            project = self.find(resource, project_id)
            self.change(project, now, description=description, last_modified=now)

    def clone(self, resource: Resource, project_id: str, name: str | None = None) -> Project:
        """Copy a project within its resource, at once: the same description, new ids, nothing published."""
        with self.working(resource) as now:
            source = self.find(resource, project_id)
            final = self.free_name(resource, source.name) if name is None else name
            content, iterations, album = copy_all(self, source, now)
            entry = replace(source.entry, name=final, last_modified=now, status="Succeeded")
            copy = Project(self.new_id("project"), source.kind, now, entry, content, iterations, album=album)
            self.add(resource, copy)
            return copy

    def delete(self, resource: Resource, project_id: str) -> None:
        """Delete a project, published or not."""
        with self.working(resource):
            self.remove(resource, self.find(resource, project_id))

    def _pick(self, resource: Resource, project_id: str, wanted: str | None) -> Iteration:
        project = self.find(resource, project_id)
        for iteration in reversed(project.iterations):
            if wanted is None or wanted in (iteration.id, iteration.name):
                return iteration
        raise LookupError(f"no iteration {wanted!r} in {project.name!r}")
