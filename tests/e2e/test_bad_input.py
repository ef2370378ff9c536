"""Wrong inputs and wrong worlds: found before anything is exported, told with the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from pathlib import Path


def refusal(stage: Stage, **overrides: str | None) -> str:
    """The one annotation of a run that made no request."""
    result = stage.run(**overrides)
    (error,) = result.messages("error")
    assert result.outputs["status"] == "failed"
    assert stage.emulator.log == []
    return error


# Inputs


def test_all_that_is_wrong_is_in_one_annotation_each_by_its_name_before_any_request(stage: Stage) -> None:
    wrong = {
        "source_endpoint": "http://shelf.cognitiveservices.azure.com",
        "source_key": "a key with blanks",
        "target_endpoint": "https://evil.example",
        "target_key": None,
        "source_project_id": "not-a-uuid",
        "source_project_name": "and a name",
        "target_project_name": "Shelf [importing 0123]",
        "if_exists": "Replace",
        "min_precision": "95%",
        "min_recall": "1.01",
        "min_average_precision": "-0.1",
        "max_regression": "nan",
        "probability_threshold": "0,5",
        "overlap_threshold": "1e-1",
        "smoke_images": "nowhere/*.png",
        "publish_name": "shelf",
        "prediction_endpoint": "ftp://x",
        "delete_source": "yes",
        "keep_previous": "-1",
        "keep_failed": "1",
        "wait_minutes": "-1",
        "dry_run": "maybe",
        "trusted_endpoints": "https://gateway.example/path",
    }

    error = refusal(stage, **wrong)

    names = {line.removeprefix("- ").partition(":")[0] for line in error.splitlines() if line.startswith("- ")}
    expected = {name.replace("_", "-") for name in wrong} - {"source-project-name", "publish-name"}
    assert expected - {"source-project-id"} <= names
    assert {"source-project-id", "source-project-id, source-project-name", "prediction-resource-id"} <= names
    assert error.startswith(f"The inputs are wrong: {len(names)} problems with the inputs:")


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"source_project_id": None}, "source-project-id, source-project-name: one of them is required"),
        ({"source_key": "   "}, "source-key: is required, and is empty"),
        ({"target_endpoint": "https://user:pass@x.cognitiveservices.azure.com"}, "target-endpoint: contains a user name"),
        (
            {"target_endpoint": "https://x.cognitiveservices.azure.com/customvision/v3.1/Prediction/1/classify"},
            "target-endpoint: is a prediction URL",
        ),
        ({"target_endpoint": "https://x.cognitiveservices.azure.com.evil.example"}, "is not a host of Azure"),
        ({"target_endpoint": "https://x.cognitiveservices.azure.com:8443"}, "is not a host of Azure"),
        ({"prediction_resource_id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/n"},
         "publish-name: is required together with prediction-resource-id"),
        ({"target_project_name": "two\nlines"}, "target-project-name: contains a line break"),
        ({"source_key": "0123456789\nabcdef"}, "source-key: contains a blank, a line break"),
    ],
)  # fmt: skip
def test_a_wrong_input_is_told_by_its_name(stage: Stage, overrides: dict[str, str | None], problem: str) -> None:
    assert problem in refusal(stage, **overrides)


def test_the_text_of_a_wrong_input_is_not_repeated_because_it_may_be_a_key(stage: Stage) -> None:
    swapped = {"source_endpoint": stage.dev.training_key, "source_project_id": stage.prod.training_key}

    assert stage.dev.training_key not in refusal(stage, **swapped)


@pytest.mark.parametrize(("event", "actor"), [("pull_request", "octocat"), ("push", "dependabot[bot]")])
def test_empty_secrets_of_a_fork_are_explained(stage: Stage, event: str, actor: str) -> None:
    stage.runner.event, stage.runner.actor = event, actor

    error = refusal(stage, source_key="", target_key="")

    assert "source-key: is required, and is empty (a pull request from a fork" in error
    assert "github.event.pull_request.head.repo.full_name == github.repository" in error


def test_empty_secrets_elsewhere_are_not_blamed_on_a_fork(stage: Stage) -> None:
    assert "fork" not in refusal(stage, source_key="")


def test_an_endpoint_may_be_pasted_with_a_slash_and_a_path_behind_it(stage: Stage) -> None:
    result = stage.run(
        source_endpoint=f"{stage.endpoint(stage.dev)}/customvision/v3.3/Training/",
        target_endpoint=f"  {stage.endpoint(stage.prod)}/ ",
        source_project_id=stage.source.id.upper(),
        target_key=f"{stage.prod.training_key}\n",
    )

    assert result.outputs["status"] == "promoted"


def test_a_stranger_is_given_a_key_only_when_it_is_listed_as_trusted(stage: Stage) -> None:
    # It leads to this machine, and is no loopback address.
    origin = stage.endpoint(stage.dev).replace("127.0.0.1", "0.0.0.0")

    error = refusal(stage, source_endpoint=origin)
    trusted = stage.run(source_endpoint=origin, trusted_endpoints=f"https://gateway.example\n\n{origin}/\n")

    assert f"list {origin} in trusted-endpoints" in error
    assert trusted.outputs["status"] == "promoted"


# The world


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_wrong_key_is_told_with_the_side_and_both_causes(stage: Stage, side: str) -> None:
    result = stage.run(**{f"{side}_key": "0" * 32})

    (error,) = result.messages("error")
    assert error.startswith(f"The {side} key is not accepted: ")
    assert "wrong endpoint" in error
    assert "Keys and Endpoint" in error
    assert stage.log(operation="ExportProject") == []


def test_a_prediction_key_in_a_training_keys_place_is_guessed(stage: Stage) -> None:
    result = stage.run(target_key=stage.prod.prediction_key)

    assert "a prediction key in place of the training key" in result.messages("error")[0]


def test_a_wrong_project_id_lists_what_there_is(stage: Stage) -> None:
    other = stage.emulator.add_project(stage.dev, "Pallet detector", kind="detection")

    result = stage.run(source_project_id=stage.foreign.id)

    (error,) = result.messages("error")
    assert error.startswith("The source project does not exist: ")
    assert f"- '{NAME}' ({stage.source.id})" in error
    assert f"- 'Pallet detector' ({other.id})" in error
    assert result.outputs["source-project-id"] == stage.foreign.id


def test_an_ambiguous_name_lists_all_of_that_name_with_their_ids(stage: Stage) -> None:
    twin = stage.emulator.add_project(stage.dev, NAME)
    stage.emulator.add_project(stage.dev, "Another")

    result = stage.run(source_project_id=None, source_project_name=NAME)

    (error,) = result.messages("error")
    assert twin.id in error
    assert stage.source.id in error
    assert "Another" not in error
    assert stage.log(operation="ExportProject") == []


def test_whether_a_target_with_a_hundred_projects_is_full_the_service_tells(stage: Stage) -> None:
    for number in range(99):
        stage.emulator.add_project(stage.prod, f"Project {number}", tags={}, iterations=())

    result = stage.run()

    assert "The target resource has 100 projects. 100 is the usual limit: the service decides." in result.log
    assert result.messages("error")[0].startswith("The target resource has no room for another project: ")


def test_the_limit_of_a_free_resource_is_told_when_the_import_meets_it(tmp_path: Path) -> None:
    with Stage(tmp_path, tier="F0") as stage:
        stage.emulator.add_project(stage.prod, "Second")

        result = stage.run()

        (error,) = result.messages("error")
        assert error.startswith("The target resource has no room for another project: ")
        assert "BadRequestExceedProjectLimit" in error
        assert len(stage.prod.projects) == 2


def test_a_source_in_training_is_not_exported(stage: Stage) -> None:
    stage.emulator.train(stage.dev, stage.source.id, name="Iteration 3", status="Training")

    result = stage.run()

    (error,) = result.messages("error")
    assert error.startswith("The source project is being trained: The iteration 'Iteration 3' ")
    assert stage.log(operation="ExportProject") == []


@pytest.mark.parametrize("status", ["Importing", "Failed"])
def test_a_source_that_is_an_import_itself_is_not_exported(stage: Stage, status: str) -> None:
    stage.source = stage.emulator.add_project(stage.dev, "Half", status=status)

    result = stage.run()

    assert f"has the status '{status}'" in result.messages("error")[0]
    assert stage.log(operation="ExportProject") == []


def test_a_source_with_the_name_of_an_unfinished_copy_needs_another_name(stage: Stage) -> None:
    stage.source = stage.emulator.add_project(stage.dev, "Shelf [importing 01234567-012345]")

    refused = stage.run()
    named = stage.run(target_project_name="Shelf")

    assert "The source's name is reserved for unfinished copies" in refused.messages("error")[0]
    assert named.outputs["project-name"] == "Shelf"


def test_a_target_that_fills_up_between_the_look_and_the_import_has_its_own_text(stage: Stage) -> None:
    stage.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", "ImportProject", times=0))

    result = stage.run()

    assert result.messages("error")[0].startswith("The target resource has no room for another project: ")
    assert stage.copies() == []


def test_a_copy_that_somebody_deletes_while_it_is_waited_for_has_its_own_text(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        stage.emulator.delete(stage.prod, stage.copies()[0].id)
        result = stage.ended(step)

    assert result.messages("error")[0].startswith("The copy disappeared while it was imported: ")
