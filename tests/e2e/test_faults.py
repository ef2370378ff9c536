"""Faults of the service and of the network: each ends well, or with one error that says what to do."""

from __future__ import annotations

import pytest

from runner_double.double import ENTRYPOINT
from tests.e2e.stage import NAME, Stage

pytestmark = pytest.mark.usefixtures("unpaced")

PASSING = [
    ("429", {}),
    ("429-retry-after", {"seconds": 1}),
    ("500", {}),
    ("503", {}),
    ("502-html", {}),
    ("html-200", {}),
    ("half-json", {}),
    ("bad-utf8", {}),
    ("list-for-object", {}),
    ("missing-field", {}),
    ("truncated", {}),
    ("reset-before", {}),
    ("reset-after", {}),
    ("slow", {"seconds": 0.2}),
]


@pytest.mark.parametrize(("kind", "fields"), PASSING, ids=[kind for kind, _ in PASSING])
def test_a_fault_that_passes_is_survived_by_every_read_and_every_repeatable_change(
    stage: Stage, kind: str, fields: dict[str, int]
) -> None:
    for operation in ("ExportProject", "UpdateProject", "PublishIteration"):
        if (kind, operation) in {("half-json", "PublishIteration"), ("bad-utf8", "PublishIteration")}:
            continue  # `true` has no half and no string
        stage.fail(kind, operation, **fields)

    result = stage.run(**stage.publishing())

    assert result.outputs["status"] == "promoted", result.log
    assert result.annotations == []
    assert stage.names() == [NAME]
    assert len(stage.log(operation="ImportProject")) == 1


@pytest.mark.parametrize("kind", ["429", "429-retry-after"])
def test_an_import_that_was_throttled_was_not_done_and_is_sent_again(stage: Stage, kind: str) -> None:
    stage.fail(kind, "ImportProject", times=2)

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert stage.names() == [NAME]
    assert [entry.status for entry in stage.log(operation="ImportProject")] == [429, 429, 200]


def test_an_import_that_was_done_behind_a_503_is_found_and_never_sent_twice(stage: Stage) -> None:
    stage.fail("503-after", "ImportProject")

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert [project.id for project in stage.copies()] == [result.outputs["project-id"]]
    assert stage.names() == [NAME]
    assert len(stage.log(operation="ImportProject")) == 1


LASTING = [
    ("401", "GetProjects", "The target key is not accepted"),
    ("401-entra", "GetProject", "The source key is not accepted"),
    ("403-firewall", "GetTags", "The source resource's firewall does not let this runner in"),
    ("403-keys-off", "GetTags", "Keys are switched off on the source resource"),
    ("411", "ImportProject", ""),
    ("409", "GetTags", ""),
    ("redirect", "GetTags", "The source endpoint redirects elsewhere"),
    ("code:BadRequestInvalidImportToken", "ImportProject", "The export token is not accepted"),
    ("code:BadRequestExportWhileTraining", "ExportProject", "The source project is being trained"),
    ("code:BadRequestProjectName", "ImportProject", "The service refuses the project's name"),
    ("code:BadRequestExceededQuota", "ImportProject", "The target resource's quota is used up"),
    ("code:BadRequestExceedTagPerProjectLimit", "ImportProject", "The project has too many tags for the target"),
    ("code:BadRequestSubscriptionApi", "GetProjects", "The target resource's subscription does not allow this call"),
    ("code:ForbiddenDRModeEnabled", "UpdateProject", "The target project is read-only for now"),
    ("code:ForbiddenUserInsufficientCapability", "ExportProject", "The source key or identity may not do this"),
    ("code:BadRequestNeverHeardOf", "ExportProject", ""),
]


@pytest.mark.parametrize(("kind", "operation", "title"), LASTING, ids=[f"{kind} {what}" for kind, what, _ in LASTING])
def test_a_refusal_is_told_once_with_its_own_text_code_and_request_id(
    stage: Stage, kind: str, operation: str, title: str
) -> None:
    stage.fail(kind, operation, times=0)

    result = stage.run()

    assert result.outputs["status"] == "failed"
    (annotation,) = result.annotations
    assert annotation.title.startswith(title)
    assert "request id " in annotation.message
    if kind.startswith("code:"):
        assert kind.removeprefix("code:") in annotation.message
    refused = stage.log(operation=operation)[-1]
    assert refused.status == stage.emulator.log[-1].status or operation == "UpdateProject"


@pytest.mark.parametrize("kind", ["half-json", "html-200"])
def test_an_answer_that_never_becomes_readable_ends_with_one_clear_error(stage: Stage, kind: str) -> None:
    stage.fail(kind, "GetProject", times=0, resource="development")

    result = stage.run()

    (error,) = result.messages("error")
    assert error.startswith("The source resource's answer cannot be read: ")
    assert 1 < len(stage.log(operation="GetProject", resource=stage.dev)) <= 6


def test_a_pause_of_ten_minutes_that_the_service_asks_for_is_told_and_not_slept_through(stage: Stage) -> None:
    stage.fail("429-retry-after", "GetTags", seconds=600)

    result = stage.run()

    (error,) = result.messages("error")
    assert "The service asks to wait 600 s" in error
    assert len(stage.log(operation="GetTags")) == 1


def test_a_service_that_enforces_its_rate_never_has_to(stage: Stage) -> None:
    stage.runner.entrypoint = ENTRYPOINT  # with its pace
    stage.behaviour.throttle = True

    result = stage.run(**stage.publishing())

    assert result.outputs["status"] == "promoted"
    assert 429 not in {entry.status for entry in stage.emulator.log}


def test_a_listing_that_lags_does_not_hide_the_new_copy_from_its_own_run(stage: Stage) -> None:
    stage.behaviour.listing_lag = 3

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert stage.names() == [NAME]


def test_the_wait_outlives_a_service_that_is_in_trouble_for_a_while(stage: Stage) -> None:
    stage.behaviour.import_seconds = 1.0
    stage.fail("503", "GetProject", resource="production", times=3)

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert result.annotations == []
