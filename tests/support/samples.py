"""Records and wire forms with everything filled in; a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cvaction.commands.promote.inputs import Inputs
from cvaction.customvision.endpoint import Endpoint
from cvaction.customvision.models import Iteration, Metrics, Performance, Project, Tag
from cvaction.github.context import RunContext
from cvaction.inputs.sides import Side
from cvaction.rules.comparison import Contents
from cvaction.secret import Secret

PROJECT_ID = "0901d86b-f227-43e0-9630-d172ccfd41e5"
COPY_ID = "8a5d08a0-7d70-499f-b92b-655752b5f4ff"
OTHER_ID = "11111111-2222-4333-8444-555555555555"
ITERATION_ID = "077057b1-c28b-4d0e-a2a5-5d1b0a3c7c11"
DOMAIN_ID = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
KEY = "0123456789abcdef0123456789abcdef"
# The shape of a real one: a storage URL with percent escapes of its own. The signature is invented.
TOKEN = (
    "https://irisprodeu2training.blob.core.windows.net/prjexp-0901d86bf22743e09630d172ccfd41e5/project-export-info"
    "?sv=2017-04-17&sr=b&sig=Dpvhi8Oe9Jf%2BI9fXG%2BvIrN7ga6nOJG8z%2Bb2cHB8blK7%3D&se=2020-11-07T16%3A31%3A44Z&sp=r"
)
MOMENT = datetime(2026, 11, 23, 20, 13, 7, 123000, tzinfo=UTC)


def wire_project(**changes: Any) -> dict[str, Any]:
    return {
        "id": PROJECT_ID,
        "name": "Shelf",
        "description": "",
        "settings": {
            "domainId": DOMAIN_ID,
            "classificationType": "Multilabel",
            "targetExportPlatforms": [],
            "useNegativeSet": True,
            "detectionParameters": None,
        },
        "created": "2026-11-20T16:31:44.723Z",
        "lastModified": "2026-11-23T20:13:07.123Z",
        "thumbnailUri": None,
        "drModeEnabled": False,
        "status": "Succeeded",
        **changes,
    }


def project(**changes: Any) -> Project:
    fields = {
        "id": PROJECT_ID,
        "name": "Shelf",
        "description": "",
        "settings": wire_project()["settings"],
        "created": datetime(2026, 11, 20, 16, 31, 44, 723000, tzinfo=UTC),
        "last_modified": MOMENT,
        "status": "Succeeded",
        **changes,
    }
    return Project(**fields)


def iteration(**changes: Any) -> Iteration:
    fields = {
        "id": ITERATION_ID,
        "name": "Iteration 1",
        "status": "Completed",
        "trained_at": MOMENT,
        "publish_name": "",
        **changes,
    }
    return Iteration(**fields)


def tag(name: str = "cat", *, image_count: int = 5, kind: str = "Regular", tag_id: str = "t1") -> Tag:
    return Tag(id=tag_id, name=name, type=kind, image_count=image_count)


def performance(
    precision: float = 0.9, recall: float = 0.8, average: float | None = 0.7, tags: tuple[Metrics, ...] = ()
) -> Performance:
    return Performance(Metrics(precision, recall, average), tags)


def contents(**changes: Any) -> Contents:
    fields = {
        "project": project(),
        "tags": (tag("cat"), tag("dog", tag_id="t2")),
        "iterations": (iteration(),),
        "tagged": 10,
        "untagged": 2,
        **changes,
    }
    return Contents(**fields)


def side(origin: str) -> Side:
    return Side(Endpoint(origin, shared=True), Secret(KEY))


def inputs(**changes: Any) -> Inputs:
    fields: dict[str, Any] = {
        "source": side("https://dev.cognitiveservices.azure.com"),
        "target": side("https://prod.cognitiveservices.azure.com"),
        "source_project_id": PROJECT_ID,
        "source_project_name": "",
        "target_project_name": "",
        "if_exists": "new",
        "iteration": "latest",
        "min_precision": None,
        "min_recall": None,
        "min_average_precision": None,
        "max_regression": None,
        "probability_threshold": 0.5,
        "overlap_threshold": 0.3,
        "gate_override": "",
        "smoke_images": (),
        "publish_name": "",
        "prediction_resource_id": "",
        "prediction_endpoint": None,
        "delete_source": False,
        "keep_previous": None,
        "keep_failed": False,
        "wait_minutes": None,
        "dry_run": False,
        "trusted_endpoints": frozenset(),
        **changes,
    }
    return Inputs(**fields)


def context(**environ: str) -> RunContext:
    variables = {
        "GITHUB_REPOSITORY": "octo/release",
        "GITHUB_REPOSITORY_ID": "1296269",
        "GITHUB_RUN_ID": "9000000001",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
        "GITHUB_EVENT_NAME": "push",
        **environ,
    }
    return RunContext.from_environ(variables)
