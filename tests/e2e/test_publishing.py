"""Publishing the copy: the prediction URL, and a publishing that is refused."""

from __future__ import annotations

import pytest
import requests

from tests.e2e.stage import PNG, Stage

pytestmark = pytest.mark.usefixtures("unpaced")


def test_the_prediction_url_answers_for_real(stage: Stage) -> None:
    result = stage.run(**stage.publishing("Shelf/v2 100%"))

    headers = {"Prediction-Key": stage.prod.prediction_key, "Content-Type": "application/octet-stream"}
    answer = requests.post(result.outputs["prediction-url"], data=PNG, headers=headers, timeout=10)

    assert answer.status_code == 200, answer.text
    assert answer.json()["iteration"] == result.outputs["iteration-id"]
    assert result.outputs["publish-name"] == "Shelf/v2 100%"


def test_the_prediction_url_is_on_the_prediction_endpoint_where_one_is_given(stage: Stage) -> None:
    result = stage.run(prediction_endpoint="https://shelf.cognitiveservices.azure.com/", **stage.publishing())

    url = result.outputs["prediction-url"]
    assert url.startswith("https://shelf.cognitiveservices.azure.com/customvision/v3.1/prediction/")
    assert stage.copy(result).id in url


def test_a_lost_answer_to_publishing_is_no_failure(stage: Stage) -> None:
    stage.fail("503-after", "PublishIteration")

    result = stage.run(**stage.publishing())

    assert result.outputs["status"] == "promoted"
    assert result.outputs["publish-name"] == "shelf"


@pytest.mark.parametrize(
    "wrong",
    [
        "64b822c5-8082-4b36-a426-27225f4aa18c",
        "0123456789abcdef0123456789abcdef",
        "https://shelf.cognitiveservices.azure.com/",
        "/subscriptions/x/resourceGroups/y/providers/Microsoft.Storage/storageAccounts/z",
    ],
)
def test_a_wrong_prediction_resource_id_is_refused_with_its_form_and_place_before_any_request(
    stage: Stage, wrong: str
) -> None:
    result = stage.run(publish_name="shelf", prediction_resource_id=wrong)

    (error,) = result.messages("error")
    assert (
        "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.CognitiveServices/accounts/NAME" in error
    )
    assert "Properties, Resource ID" in error
    assert wrong not in result.log
    assert stage.emulator.log == []


def test_a_refused_publishing_fails_and_leaves_no_copy(stage: Stage) -> None:
    stage.fail("code:BadRequestInvalidPublishTarget", "PublishIteration", times=0)

    result = stage.run(**stage.publishing())

    assert "The prediction resource is not accepted" in result.messages("error")[0]
    assert "BadRequestInvalidPublishTarget" in result.messages("error")[0]
    assert stage.copies() == []


def test_an_untrained_project_cannot_be_published(stage: Stage) -> None:
    stage.source = stage.emulator.add_project(stage.dev, "Untrained", iterations=())

    result = stage.run(**stage.publishing())

    assert result.messages("error")[0].startswith("The source project is not trained: ")
    assert stage.log(operation="ExportProject") == []
