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
    "fields_of",
    "given",
    "is_uuid",
    "iteration",
    "kind_of",
    "many",
    "performance",
    "predictions",
    "project",
    "project_export",
    "tag",
    "text_of",
    "true",
    "uuid_of",
]

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PREDICTIONS_LIMIT = 1000  # of one image; the service has never been seen to send a tenth of that


def fields_of(data: object) -> Mapping[str, Any]:
    """A JSON object's fields; raises MalformedError for anything else."""
    if not isinstance(data, dict):
        msg = f"expected an object, got {kind_of(data)}"
        raise MalformedError(msg)
    return data


def given(data: Mapping[str, Any], name: str, *kinds: type) -> Any:  # noqa: ANN401 - a JSON value
    """A field that has to be there, and of one of these kinds."""
    if name not in data:
        msg = f"the field {name!r} is missing"
        raise MalformedError(msg)
    value = data[name]
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"the field {name!r} is no number"  # Python's json reads NaN, which is not JSON
        raise MalformedError(msg)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        msg = f"the field {name!r} is {kind_of(value)}"
        raise MalformedError(msg)
    return value


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def text_of(data: Mapping[str, Any], name: str) -> str:
    """A field that may be missing: empty then."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in lower case."""
    return re.fullmatch(_UUID, text) is not None


def uuid_of(data: Mapping[str, Any], name: str = "id") -> str:
    """An id goes into the paths of later requests and of files, so it has to be one."""
    value: str = given(data, name, str).lower()
    if not is_uuid(value):
        msg = f"the field {name!r} is no UUID"
        raise MalformedError(msg)
    return value


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time. None if it cannot be read. .NET's empty date, in the year 1, is None, too."""
    try:
        moment = datetime.fromisoformat(text_of(data, name))
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1 else None


def many(parse: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    """A parser for a list of what `parse` reads."""

    def parse_all(data: object) -> tuple[Any, ...]:
        if not isinstance(data, list):
            msg = f"expected a list, got {kind_of(data)}"
            raise MalformedError(msg)
        return tuple(parse(item) for item in data)

    return parse_all


def project(data: object) -> models.Project:
    """A Project from its wire form. Only its id is indispensable: one row of somebody else's must not stop a run."""
    fields = fields_of(data)
    settings = fields.get("settings")
    unsent = {
        "name": not text_of(fields, "name"),
        "description": "description" not in fields,
        "settings": not isinstance(settings, dict),
    }
    return models.Project(
        id=uuid_of(fields),
        name=text_of(fields, "name"),
        description=text_of(fields, "description"),
        settings=settings if isinstance(settings, dict) else {},
        created=_time(fields, "created"),
        last_modified=_time(fields, "lastModified"),
        status=text_of(fields, "status"),
        recovery=fields.get("drModeEnabled") is True,
        unsent=frozenset(name for name, absent in unsent.items() if absent),
    )


def project_export(data: object) -> models.ProjectExport:
    """A ProjectExport from its wire form; only the token is indispensable (the official example has nothing else)."""
    fields = fields_of(data)
    token = given(fields, "token", str)
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
    """An Iteration from its wire form; `trainedAt` is absent until it is trained, and only the id is indispensable."""
    fields = fields_of(data)
    return models.Iteration(
        id=uuid_of(fields),
        name=text_of(fields, "name"),
        status=text_of(fields, "status"),
        trained_at=_time(fields, "trainedAt"),
        publish_name=text_of(fields, "publishName"),
        last_modified=_time(fields, "lastModified") if fields.get("lastModified") else None,
    )


def tag(data: object) -> models.Tag:
    """A Tag from its wire form; only its id is indispensable."""
    fields = fields_of(data)
    return models.Tag(
        id=given(fields, "id", str),
        name=text_of(fields, "name"),
        type=text_of(fields, "type"),
        image_count=given(fields, "imageCount", int) if fields.get("imageCount") is not None else None,
    )


def _metrics(data: object) -> models.Metrics:
    fields = fields_of(data)
    average = fields.get("averagePrecision")
    return models.Metrics(
        precision=float(given(fields, "precision", int, float)),
        recall=float(given(fields, "recall", int, float)),
        average_precision=float(average) if isinstance(average, int | float) and math.isfinite(average) else None,
        name=text_of(fields, "name"),
    )


def performance(data: object) -> models.Performance:
    """A Performance from its wire form."""
    fields = fields_of(data)
    return models.Performance(_metrics(fields), many(_metrics)(fields.get("perTagPerformance") or []))


def count(data: object) -> int:
    """A plain integer: the answer to an image count."""
    if isinstance(data, bool) or not isinstance(data, int):
        msg = f"expected a number, got {kind_of(data)}"
        raise MalformedError(msg)
    if data < 0:
        msg = "a count below 0"
        raise MalformedError(msg)
    return data


def predictions(data: object) -> tuple[models.Prediction, ...]:
    """The predictions of an ImagePrediction."""
    items = given(fields_of(data), "predictions", list)
    if len(items) > PREDICTIONS_LIMIT:
        msg = f"{len(items)} predictions of one image"
        raise MalformedError(msg)
    return tuple(_prediction(item) for item in items)


def _prediction(data: object) -> models.Prediction:
    fields = fields_of(data)
    box = fields.get("boundingBox")
    sides = ("left", "top", "width", "height")
    left, top, width, height = (float(given(fields_of(box), side, int, float)) for side in sides) if box else (0.0,) * 4
    return models.Prediction(
        tag=text_of(fields, "tagName"),
        probability=float(given(fields, "probability", int, float)),
        box=(left, top, width, height) if box else None,
    )


def domain_type(data: object) -> str:
    """A domain's type: Classification or ObjectDetection."""
    return str(given(fields_of(data), "type", str))


def true(data: object) -> None:
    """`true`, the answer to a publishing. After any other answer it is unknown whether it was done."""
    if data is not True:
        msg = f"expected true, got {kind_of(data)}"
        raise MalformedError(msg)


def anything(_data: object) -> None:
    """Accept any body, because only the status counts."""
