"""Operations on projects: names, settings, listing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import Answer, refuse, stamp
from tests.other_service.model import Project, Resource
from tests.other_service.ways import CLASSIFICATION, DOMAINS, Taken, Ways

if TYPE_CHECKING:
    from tests.other_service.calls import Call

_READ_ONLY = {"useNegativeSet", "detectionParameters"}
_REFUSED = "BadRequestProjectNameNotUnique"


def row(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "settings": project.settings,
        "created": stamp(project.created),
        "lastModified": stamp(project.modified),
        "thumbnailUri": None,
        "drModeEnabled": False,
        "status": project.status,
    }


def all_projects(call: Call) -> Any:
    rows = [row(project) for project in call.resource.projects.values()]
    if call.ways.listing_lag:
        then = time.monotonic() - call.ways.listing_lag
        rows = next((seen for at, seen in reversed(call.resource.shown) if at <= then), [])
    return rows if call.ways.oldest_first else rows[::-1]


def one(call: Call) -> Any:
    return row(call.project)


def create(call: Call) -> Any:
    domain = call.query.get("domainId", CLASSIFICATION).lower()
    if domain not in DOMAINS or domain in call.ways.hidden_domains:
        raise refuse(404, "NotFoundDomain", "Domain not found")
    detects = DOMAINS[domain].kind == "ObjectDetection"
    settings = {
        "domainId": domain,
        "classificationType": None if detects else call.query.get("classificationType", "Multilabel"),
        "targetExportPlatforms": call.listed("targetExportPlatforms"),
        "useNegativeSet": not detects,
        "detectionParameters": None,
        "imageProcessingSettings": {"augmentationMethods": {"rotation": True, "scaling": True}},
    }
    name = chosen(call.resource, call.needed("name"), call.ways.create_taken)
    return row(call.resource.add(Project(name, described(call.ways, call.query.get("description", "")), settings)))


def update(call: Call) -> Any:
    project, new, ways = call.project, call.json, call.ways
    name = checked(ways, new.get("name") or "")
    if name != project.name:
        name = chosen(call.resource, name, ways.rename_taken, project)
    if new.get("description") is not None:
        project.description = described(ways, new["description"])
    if new.get("settings"):
        kept = {key: value for key, value in new["settings"].items() if key not in _READ_ONLY}
        project.settings = {**project.settings, **kept}
    elif ways.patch_resets_settings:
        project.settings = {**project.settings, "imageProcessingSettings": {"augmentationMethods": {}}}
    project.name = name
    if ways.rename_touches:
        project.touch()
    return row(project)


def delete(call: Call) -> Any:
    if any(iteration.published for iteration in call.project.iterations.values()):
        raise refuse(400, "BadRequestIterationIsPublished", "Project with published iteration cannot be deleted")
    del call.resource.projects[call.project.id]
    return Answer(204)


def domains(call: Call) -> Any:
    return [_domain_row(each) for each in DOMAINS if each not in call.ways.hidden_domains]


def domain(call: Call) -> Any:
    if call.ids[0] not in DOMAINS:
        raise refuse(404, "NotFoundDomain", "Domain not found")
    return _domain_row(call.ids[0])


def _domain_row(each: str) -> dict[str, Any]:
    name, kind, compact = DOMAINS[each]
    return {"id": each, "name": name, "type": kind, "exportable": compact, "enabled": True, "exportablePlatforms": []}


# Names


def chosen(resource: Resource, wanted: str, taken: Taken, own: Project | None = None) -> str:
    """The name that the project gets; raises the refusal."""
    name = checked(resource.ways, wanted)
    if taken == "allow" or not _is_taken(resource, name, own):
        return name
    if taken == "refuse":
        raise refuse(400, _REFUSED, "Name not unique")
    return free(resource, name, own)


def free(resource: Resource, name: str, own: Project | None = None) -> str:
    """The name, or the first with a number that nobody has."""
    number, found = 0, name
    while _is_taken(resource, found, own):
        number += 1
        found = f"{name} ({number})"
    return found


def checked(ways: Ways, name: str) -> str:
    name = name.strip() if ways.strip_blanks else name
    bad = any(char in ways.refused_characters or ord(char) < 32 for char in name)
    if bad or not 1 <= len(name) <= ways.longest_name:
        raise refuse(400, "BadRequestProjectName", f"Project name must have 1 to {ways.longest_name} characters")
    return name


def _is_taken(resource: Resource, name: str, own: Project | None) -> bool:
    def key(text: str) -> str:
        return text.casefold() if resource.ways.ignore_case else text

    return any(key(each.name) == key(name) for each in resource.projects.values() if each is not own)


def described(ways: Ways, text: str) -> str:
    """What becomes of a description; raises the refusal."""
    if not ways.keeps_line_ends:
        text = text.replace("\r\n", "\n")
    if len(text) > ways.longest_description and not ways.cut_description:
        raise refuse(400, "BadRequestProjectDescription", "Description too long")
    return text[: ways.longest_description]
