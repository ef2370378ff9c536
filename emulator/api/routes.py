"""The operation of a request, by method and path. Any v3 version, any case and double slashes are accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

_VERSION: Final = re.compile(r"v3\.(\d+)(-preview(\.\d+)?)?", re.IGNORECASE)

_BLOB: Final = re.compile(r"/[im]-[0-9a-f]{32}/")

_TRAINING: Final = {
    "GET domains": "GetDomains",
    "GET domains {domain}": "GetDomain",
    "GET projects": "GetProjects",
    "POST projects": "CreateProject",
    "POST projects import": "ImportProject",
    "GET projects {project}": "GetProject",
    "PATCH projects {project}": "UpdateProject",
    "DELETE projects {project}": "DeleteProject",
    "GET projects {project} export": "ExportProject",
    "POST projects {project} train": "TrainProject",
    "GET projects {project} tags": "GetTags",
    "GET projects {project} tags {tag}": "GetTag",
    "POST projects {project} tags": "CreateTag",
    "PATCH projects {project} tags {tag}": "UpdateTag",
    "DELETE projects {project} tags {tag}": "DeleteTag",
    "GET projects {project} artifacts": "GetArtifact",
    "GET projects {project} images": "GetImages",
    "POST projects {project} images": "CreateImagesFromData",
    "DELETE projects {project} images": "DeleteImages",
    "GET projects {project} images id": "GetImagesByIds",
    "GET projects {project} images tagged": "GetTaggedImages",
    "GET projects {project} images untagged": "GetUntaggedImages",
    "POST projects {project} images files": "CreateImagesFromFiles",
    "POST projects {project} images metadata": "UpdateImageMetadata",
    "POST projects {project} images regions": "CreateImageRegions",
    "DELETE projects {project} images regions": "DeleteImageRegions",
    "POST projects {project} images tags": "CreateImageTags",
    "DELETE projects {project} images tags": "DeleteImageTags",
    "GET projects {project} images count": "GetImageCount",
    "GET projects {project} images tagged count": "GetTaggedImageCount",
    "GET projects {project} images untagged count": "GetUntaggedImageCount",
    "GET projects {project} iterations": "GetIterations",
    "GET projects {project} iterations {iteration}": "GetIteration",
    "PATCH projects {project} iterations {iteration}": "UpdateIteration",
    "DELETE projects {project} iterations {iteration}": "DeleteIteration",
    "GET projects {project} iterations {iteration} export": "GetExports",
    "POST projects {project} iterations {iteration} export": "ExportIteration",
    "GET projects {project} iterations {iteration} performance images": "GetImagePerformances",
    "GET projects {project} iterations {iteration} performance images count": "GetImagePerformanceCount",
    "GET projects {project} iterations {iteration} performance": "GetIterationPerformance",
    "POST projects {project} iterations {iteration} publish": "PublishIteration",
    "DELETE projects {project} iterations {iteration} publish": "UnpublishIteration",
    "POST projects {project} quicktest image": "QuickTestImage",
}

_PREDICTION: Final = {
    "POST {project} classify iterations {name} image": "ClassifyImage",
    "POST {project} classify iterations {name} image nostore": "ClassifyImageWithNoStore",
    "POST {project} detect iterations {name} image": "DetectImage",
    "POST {project} detect iterations {name} image nostore": "DetectImageWithNoStore",
}


@dataclass(frozen=True, slots=True)
class Route:
    """What a path asks for."""

    operation: str
    api: str
    minor: int
    params: dict[str, str]


_Pattern = tuple[tuple[str, ...], str]


def _table(routes: dict[str, str]) -> dict[tuple[str, int], list[_Pattern]]:
    table: dict[tuple[str, int], list[_Pattern]] = {}
    for text, operation in routes.items():
        method, *parts = text.split()
        table.setdefault((method, len(parts)), []).append((tuple(parts), operation))
    return table


# A literal part wins over a placeholder, because it comes first: `projects import` is no project id.
_TABLES: Final = {"training": _table(_TRAINING), "prediction": _table(_PREDICTION)}


def route(method: str, path: str) -> Route | None:
    """Read a path. None if there is no such operation."""
    segments = [unquote(part) for part in path.partition("?")[0].split("/") if part]
    if len(segments) < len(("customvision", "v3.x", "api")) or segments[0].lower() != "customvision":
        return None
    version = _VERSION.fullmatch(segments[1])
    api = segments[2].lower()
    if version is None or api not in _TABLES:
        return None
    rest = segments[3:]
    for pattern, operation in _TABLES[api].get((method.upper(), len(rest)), ()):
        params = _match(pattern, rest)
        if params is not None:
            return Route(operation, api, int(version[1]), params)
    return None


def operation_of(method: str, path: str) -> str:
    """The operation's name, or an empty string. The two calls for a token and a download have names, too."""
    if path.endswith("/oauth2/v2.0/token"):
        return "GetAccessToken"
    if path.endswith("/idtoken"):
        return "GetAssertion"
    if _BLOB.match(path):
        return "GetBlob"
    found = route(method, path)
    return found.operation if found else ""


def _match(pattern: tuple[str, ...], rest: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for expected, given in zip(pattern, rest, strict=True):
        if expected.startswith("{"):
            params[expected[1:-1]] = given
        elif expected != given.lower():
            return None
    return params
