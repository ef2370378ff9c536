"""The operations of the two APIs: from a request that the gateway has accepted to the JSON of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.api import (
    exports,
    image_performance,
    images,
    iterations,
    labels,
    predict,
    projects,
    tags,
    training,
    transfer,
    uploads,
)
from emulator.api.call import Call, Reply
from emulator.state.domains import DOMAINS, Domain
from emulator.state.errors import ServiceError
from emulator.state.performance import performance_json

if TYPE_CHECKING:
    from collections.abc import Callable


def _get_projects(call: Call) -> object:
    return [call.row_json(project, entry) for project, entry in call.world.listed(call.resource, call.now)]


def _create_project(call: Call) -> object:
    return call.project_json(projects.create_project(call.world, call.resource, call.query, call.now))


def _update_project(call: Call) -> object:
    projects.update_project(call.world, call.resource, call.project, call.request.body, call.now)
    return call.project_json(call.project)


def _delete_project(call: Call) -> object:
    projects.delete_project(call.world, call.resource, call.project)
    return Reply(204)


def _export_project(call: Call) -> object:
    return transfer.export_json(call.world, transfer.export_project(call.world, call.resource, call.project, call.now))


def _import_project(call: Call) -> object:
    token, name = call.query.get("token", ""), call.query.get("name", "")
    keyless = "authorization" in call.headers
    project = transfer.import_project(call.world, call.resource, token, name, call.now, keyless=keyless)
    return call.project_json(project)


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
    return Reply(204)


def _update_iteration(call: Call) -> object:
    name = call.body("BadRequestRequiredParamIsNull", "updatedIteration").get("name")
    iterations.rename_iteration(call.project, call.iteration, name, call.now)
    return call.iteration_json(call.iteration)


def _delete_iteration(call: Call) -> object:
    iterations.delete_iteration(call.project, call.iteration)
    return Reply(204)


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


def _get_domains(call: Call) -> object:
    withdrawn = call.world.behaviour.withdrawn_domains
    return [_domain_json(domain) for domain in DOMAINS.values() if domain.id not in withdrawn]


def _get_domain(call: Call) -> object:
    domain = DOMAINS.get(call.id_in(call.route.params, "domain"))
    if domain is None or domain.id in call.world.behaviour.withdrawn_domains:
        raise ServiceError("NotFoundDomain", "Invalid domain id.")
    return _domain_json(domain)


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    **exports.OPERATIONS,
    **image_performance.OPERATIONS,
    **images.OPERATIONS,
    **labels.OPERATIONS,
    **tags.OPERATIONS,
    **training.OPERATIONS,
    **uploads.OPERATIONS,
    "GetDomains": _get_domains,
    "GetDomain": _get_domain,
    "GetProjects": _get_projects,
    "CreateProject": _create_project,
    "GetProject": lambda call: call.project_json(call.project),
    "UpdateProject": _update_project,
    "DeleteProject": _delete_project,
    "ExportProject": _export_project,
    "ImportProject": _import_project,
    "GetIterations": lambda call: [call.iteration_json(iteration) for iteration in call.project.iterations],
    "GetIteration": lambda call: call.iteration_json(call.iteration),
    "UpdateIteration": _update_iteration,
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
