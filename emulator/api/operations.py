"""The operations of the two APIs: from a request that got past the gateway to the JSON of its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from emulator.api import iterations, predict, projects, transfer
from emulator.api.wire import Request, iteration_json, project_json, tag_json
from emulator.state.domains import DOMAINS, Domain
from emulator.state.errors import ServiceError
from emulator.state.performance import performance_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from emulator.api.routes import Route
    from emulator.state.model import Content, Entry, Headers, Iteration, Project, Resource
    from emulator.state.world import World

_UUID: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


class NoContent(Exception):  # noqa: N818 - no error: an answer without a body
    """The operation answers 204."""


@dataclass
class Call:
    """A request that got past the gateway."""

    world: World
    resource: Resource
    request: Request
    headers: Headers
    route: Route
    now: datetime

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, by names in lower case: the service does not mind theirs."""
        return {name.lower(): value for name, value in self.request.query.items()}

    def id_in(self, values: dict[str, str], name: str) -> str:
        """A UUID of the path or the query, in its usual form."""
        text = values.get(name, "")
        if not _UUID.fullmatch(text):
            raise ServiceError("BadRequestInvalidIds", f"Invalid {name} id: {text}")
        digits = text.replace("-", "").lower()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    @cached_property
    def project(self) -> Project:
        """The project of the path."""
        return self.world.find(self.resource, self.id_in(self.route.params, "project"))

    @cached_property
    def iteration(self) -> Iteration:
        """The iteration of the path."""
        return self.world.find_iteration(self.project, self.id_in(self.route.params, "iteration"))

    @property
    def content(self) -> Content:
        """The workspace's content, or that of the iteration in the query."""
        if not self.query.get("iterationid"):
            return self.project.visible_content(self.now)
        iteration_id = self.id_in(self.query, "iterationid")
        return self.world.find_iteration(self.project, iteration_id).content

    def project_json(self, project: Project) -> dict[str, Any]:
        """A project of this resource on the wire."""
        return self.row_json(project, project.entry)

    def row_json(self, project: Project, entry: Entry) -> dict[str, Any]:
        """A row of a listing, without what the switches leave out."""
        lacking = self.world.behaviour.rows_lack.split(",")
        row = project_json(project, self.now, self.resource.region, entry)
        return {name: value for name, value in row.items() if name not in lacking}

    def iteration_json(self, iteration: Iteration) -> dict[str, Any]:
        """An iteration of this project on the wire."""
        return iteration_json(iteration, self.project, self.route.minor)


def _get_projects(call: Call) -> object:
    return [call.row_json(project, entry) for project, entry in call.world.listed(call.resource, call.now)]


def _create_project(call: Call) -> object:
    return call.project_json(projects.create_project(call.world, call.resource, call.query, call.now))


def _update_project(call: Call) -> object:
    projects.update_project(call.world, call.resource, call.project, call.request.body, call.now)
    return call.project_json(call.project)


def _delete_project(call: Call) -> object:
    projects.delete_project(call.world, call.resource, call.project)
    raise NoContent


def _export_project(call: Call) -> object:
    return transfer.export_json(call.world, transfer.export_project(call.world, call.resource, call.project, call.now))


def _import_project(call: Call) -> object:
    token, name = call.query.get("token", ""), call.query.get("name", "")
    keyless = "authorization" in call.headers
    project = transfer.import_project(call.world, call.resource, token, name, call.now, keyless=keyless)
    return call.project_json(project)


def _train_project(call: Call) -> object:
    return call.iteration_json(iterations.start_training(call.world, call.project, call.now))


def _publish(call: Call) -> object:
    target = call.query.get("predictionid", "")
    elsewhere = target.lower() != call.resource.prediction_resource_id.lower()
    iterations.publish(
        call.world,
        call.project,
        call.iteration,
        call.query.get("publishname", ""),
        target,
        call.now,
        elsewhere=elsewhere,
        overwrite=call.query.get("overwrite", "").lower() == "true",
    )
    return True


def _unpublish(call: Call) -> object:
    iterations.unpublish(call.world, call.project, call.iteration, call.now)
    raise NoContent


def _delete_iteration(call: Call) -> object:
    iterations.delete_iteration(call.project, call.iteration)
    raise NoContent


def _get_tag(call: Call) -> object:
    tag_id = call.id_in(call.route.params, "tag")
    for tag in call.content.tags:
        if tag.id == tag_id:
            return tag_json(tag)
    raise ServiceError("NotFoundTag", f"Invalid tag id: {tag_id}")


def _image_count(call: Call) -> object:
    content = call.content
    counts = {"tagged": content.tagged, "untagged": content.untagged}
    return counts.get(call.query.get("taggingstatus", "").lower(), content.tagged + content.untagged)


def _quick_test(call: Call) -> object:
    project = call.project
    if call.query.get("iterationid"):
        iteration = call.world.find_iteration(project, call.id_in(call.query, "iterationid"))
    else:
        newest = iterations.default_iteration(project)
        if newest is None:
            raise ServiceError("NotFoundProjectDefaultIteration", "The project has no trained iteration.")
        iteration = newest
    if iteration.status != "Completed":
        raise ServiceError("BadRequestIterationIsNotTrained", "Iteration is not trained.")
    image = predict.image_of(call.headers, call.request.body)
    if call.world.behaviour.touched_by_quick_test:
        call.world.change(project, call.now, last_modified=call.now)
    return predict.prediction_json(call.world, project, iteration, image, call.now)


def _predict(call: Call) -> object:
    kind = "detect" if call.route.operation.startswith("Detect") else "classify"
    project_id = call.id_in(call.route.params, "project")
    name = call.route.params["name"]
    project, iteration = predict.served_iteration(call.world, call.resource, project_id, kind, name)
    image = predict.image_of(call.headers, call.request.body)
    return predict.prediction_json(call.world, project, iteration, image, call.now)


def _domain_json(domain: Domain) -> dict[str, object]:
    return {
        "id": domain.id,
        "name": domain.name,
        "type": domain.type,
        "exportable": domain.exportable,
        "enabled": True,
    }


def _get_domain(call: Call) -> object:
    domain = DOMAINS.get(call.id_in(call.route.params, "domain"))
    if domain is None:
        raise ServiceError("NotFoundDomain", "Invalid domain id.")
    return _domain_json(domain)


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "GetDomains": lambda _: [_domain_json(domain) for domain in DOMAINS.values()],
    "GetDomain": _get_domain,
    "GetProjects": _get_projects,
    "CreateProject": _create_project,
    "GetProject": lambda call: call.project_json(call.project),
    "UpdateProject": _update_project,
    "DeleteProject": _delete_project,
    "ExportProject": _export_project,
    "ImportProject": _import_project,
    "TrainProject": _train_project,
    "GetTags": lambda call: [tag_json(tag) for tag in call.content.tags],
    "GetTag": _get_tag,
    "GetImageCount": _image_count,
    "GetTaggedImageCount": lambda call: call.content.tagged,
    "GetUntaggedImageCount": lambda call: call.content.untagged,
    "GetIterations": lambda call: [call.iteration_json(iteration) for iteration in call.project.iterations],
    "GetIteration": lambda call: call.iteration_json(call.iteration),
    "DeleteIteration": _delete_iteration,
    "GetIterationPerformance": lambda call: performance_json(call.project, call.iteration, call.query),
    "PublishIteration": _publish,
    "UnpublishIteration": _unpublish,
    "QuickTestImage": _quick_test,
    "ClassifyImage": _predict,
    "ClassifyImageWithNoStore": _predict,
    "DetectImage": _predict,
    "DetectImageWithNoStore": _predict,
}
