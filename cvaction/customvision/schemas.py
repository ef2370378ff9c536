"""Parsers for the service's answers: JSON into records. Source: the OpenAPI file of the Training API v3.3.

A parser raises MalformedError for an answer that is not as the API describes it.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cvaction.customvision.errors import MalformedError
from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cvaction.customvision import models
else:

    class _Models:
        """The records. They are loaded with the first answer, so that loading does not delay the first request."""

        def __getattr__(self, name: str) -> type:
            from cvaction.customvision import models  # noqa: PLC0415 - only with the first answer

            return getattr(models, name)

    models = _Models()

__all__ = [
    "anything",
    "count",
    "domain_type",
    "iteration",
    "many",
    "performance",
    "predictions",
    "project",
    "project_export",
    "tag",
    "true",
]

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PREDICTIONS_LIMIT = 1000  # of one image; the service has never been seen to send a tenth of that


def _object(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        msg = f"expected an object, got {_kind(data)}"
        raise MalformedError(msg)
    return data


def _field(data: Mapping[str, Any], name: str, *kinds: type) -> Any:  # noqa: ANN401 - a JSON value
    if name not in data:
        msg = f"the field {name!r} is missing"
        raise MalformedError(msg)
    value = data[name]
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"the field {name!r} is no number"  # Python's json reads NaN, which is not JSON
        raise MalformedError(msg)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        msg = f"the field {name!r} is {_kind(value)}"
        raise MalformedError(msg)
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _id(data: Mapping[str, Any]) -> str:
    """The id. It is used in the paths of later requests, so it must be a UUID."""
    value: str = _field(data, "id", str).lower()
    if not re.fullmatch(_UUID, value):
        msg = "the field 'id' is no UUID"
        raise MalformedError(msg)
    return value


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time. None if it cannot be read. .NET's empty date, in the year 1, is None, too."""
    try:
        moment = datetime.fromisoformat(_text(data, name))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1 else None


def many(parse: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    """A parser for a list of what `parse` reads."""

    def parse_all(data: object) -> tuple[Any, ...]:
        if not isinstance(data, list):
            msg = f"expected a list, got {_kind(data)}"
            raise MalformedError(msg)
        return tuple(parse(item) for item in data)

    return parse_all


def project(data: object) -> models.Project:
    """A Project from JSON. Only the id is required: one odd row of another program must not stop a run."""
    fields = _object(data)
    settings = fields.get("settings")
    untold = {
        "name": not _text(fields, "name"),
        "description": "description" not in fields,
        "settings": not isinstance(settings, dict),
    }
    return models.Project(
        id=_id(fields),
        name=_text(fields, "name"),
        description=_text(fields, "description"),
        settings=settings if isinstance(settings, dict) else {},
        created=_time(fields, "created"),
        last_modified=_time(fields, "lastModified"),
        status=_text(fields, "status"),
        recovery=fields.get("drModeEnabled") is True,
        untold=frozenset(name for name, absent in untold.items() if absent),
    )


def project_export(data: object) -> models.ProjectExport:
    """A ProjectExport from JSON. Only the token is required: the official example contains nothing else."""
    fields = _object(data)
    token = _field(fields, "token", str)
    if not token:
        msg = "the field 'token' is empty"
        raise MalformedError(msg)
    estimate, regions = fields.get("estimatedImportTimeInMS"), fields.get("regionCount")
    return models.ProjectExport(
        Secret(token),
        float(estimate) / 1000 if isinstance(estimate, int | float) and math.isfinite(estimate) else 0.0,
        regions if isinstance(regions, int) else 0,
    )


def iteration(data: object) -> models.Iteration:
    """An Iteration from JSON. Only the id is required. `trainedAt` is missing until the iteration is trained."""
    fields = _object(data)
    return models.Iteration(
        id=_id(fields),
        name=_text(fields, "name"),
        status=_text(fields, "status"),
        trained_at=_time(fields, "trainedAt"),
        publish_name=_text(fields, "publishName"),
        last_modified=_time(fields, "lastModified") if fields.get("lastModified") else None,
    )


def tag(data: object) -> models.Tag:
    """A Tag from JSON. Only the id is required."""
    fields = _object(data)
    return models.Tag(
        id=_field(fields, "id", str),
        name=_text(fields, "name"),
        type=_text(fields, "type"),
        image_count=_field(fields, "imageCount", int) if fields.get("imageCount") is not None else None,
    )


def _metrics(data: object) -> models.Metrics:
    fields = _object(data)
    average = fields.get("averagePrecision")
    return models.Metrics(
        precision=float(_field(fields, "precision", int, float)),
        recall=float(_field(fields, "recall", int, float)),
        average_precision=float(average) if isinstance(average, int | float) and math.isfinite(average) else None,
        name=_text(fields, "name"),
    )


def performance(data: object) -> models.Performance:
    """A Performance from JSON."""
    fields = _object(data)
    return models.Performance(_metrics(fields), many(_metrics)(fields.get("perTagPerformance") or []))


def count(data: object) -> int:
    """A plain integer: the answer to an image count."""
    if isinstance(data, bool) or not isinstance(data, int):
        msg = f"expected a number, got {_kind(data)}"
        raise MalformedError(msg)
    if data < 0:
        msg = "a count below 0"
        raise MalformedError(msg)
    return data


def predictions(data: object) -> tuple[models.Prediction, ...]:
    """The predictions of an ImagePrediction."""
    items = _field(_object(data), "predictions", list)
    if len(items) > PREDICTIONS_LIMIT:
        msg = f"{len(items)} predictions of one image"
        raise MalformedError(msg)
    return tuple(_prediction(item) for item in items)


def _prediction(data: object) -> models.Prediction:
    fields = _object(data)
    box = fields.get("boundingBox")
    sides = ("left", "top", "width", "height")
    left, top, width, height = (float(_field(_object(box), side, int, float)) for side in sides) if box else (0.0,) * 4
    return models.Prediction(
        tag=_text(fields, "tagName"),
        probability=float(_field(fields, "probability", int, float)),
        box=(left, top, width, height) if box else None,
    )


def domain_type(data: object) -> str:
    """A domain's type: Classification or ObjectDetection."""
    return str(_field(_object(data), "type", str))


def true(data: object) -> None:
    """`true`, the answer to a publishing. After any other answer it is unknown whether it was done."""
    if data is not True:
        msg = f"expected true, got {_kind(data)}"
        raise MalformedError(msg)


def anything(_data: object) -> None:
    """Accept any body, because only the status counts."""
