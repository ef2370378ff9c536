"""The choice of source and iteration, the gates, the smoke test and publishing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.models import Prediction
from cvaction.rules.agreement import differences
from emulator import NO_METRICS, Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.in_process import Result
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}


def test_the_source_is_found_by_its_exact_name(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    result, _ = world.attempt()
    assert result.outputs["source-project-id"] == world.source


@pytest.mark.parametrize("name", ["shelf", "Nothing of the kind"])
def test_an_unknown_name_lists_what_there_is(make_world: MakeWorld, name: str) -> None:
    world = make_world()
    world.inputs |= {"source-project-id": "", "source-project-name": name}
    result, _ = world.attempt()
    assert result.status == "failed"
    assert f"'{NAME}' ({world.source})" in result.log
    assert "'Bystander'" in result.log


def test_a_name_that_several_have_lists_their_ids(make_world: MakeWorld) -> None:
    world = make_world()
    second = world.emulator.add_project(world.dev, NAME)
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    result, _ = world.attempt()
    assert world.source in result.log
    assert second.id in result.log
    assert "Bystander" not in result.log


def test_an_unknown_id_lists_what_there_is(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["source-project-id"] = "00000000-0000-4000-8000-000000000000"
    result, _ = world.attempt()
    assert "::error title=The source project does not exist" in result.log
    assert f"'{NAME}'" in result.log


@pytest.mark.parametrize("status", ["Importing", "Failed"])
def test_a_source_that_is_not_ready_is_refused(make_world: MakeWorld, status: str) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Not ready", status=status).id
    result, _ = world.attempt()
    assert "::error title=The source project is not ready" in result.log


def test_a_source_in_training_is_refused_before_an_export(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.train(world.dev, world.source, name="three", status="Training")
    result, _ = world.attempt()
    assert "::error title=The source project is being trained" in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


def test_a_source_with_the_name_of_an_unfinished_copy_needs_another_name(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.rename(world.dev, world.source, "Shelf [importing 01234567-abcdef]")
    assert "::error title=The source's name is reserved" in world.attempt()[0].log
    world.inputs["target-project-name"] = NAME
    assert world.attempt()[0].status == "promoted"


@pytest.mark.parametrize(("asked", "chosen"), [("latest", "two"), ("published", "two"), ("one", "one"), ("id", "one")])
def test_the_iteration_is_chosen_and_found_again_on_the_target(make_world: MakeWorld, asked: str, chosen: str) -> None:
    world = make_world(**PUBLISHING)
    first = next(i for i in world.dev.projects[world.source].iterations if i.name == "one")
    world.inputs["iteration"] = first.id.upper() if asked == "id" else asked
    result, _ = world.attempt()
    assert result.outputs["iteration-name"] == chosen
    copy = world.prod.projects[result.outputs["project-id"]]
    assert [(i.name, i.id) for i in copy.published] == [(chosen, result.outputs["iteration-id"])]


@pytest.mark.parametrize("asked", ["three", "published"])
def test_an_unknown_iteration_lists_what_there_is(make_world: MakeWorld, asked: str) -> None:
    world = make_world(iteration=asked)
    world.emulator.unpublish(world.dev, world.source)
    result, _ = world.attempt()
    assert "::error title=The source project has no such iteration" in result.log
    assert "- 'one' (" in result.log


def test_an_untrained_project_is_copied_but_cannot_be_published(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert (result.status, result.outputs["iteration-id"]) == ("promoted", "")
    world.inputs |= {"publish-name": "live", "prediction-resource-id": world.prod.prediction_resource_id}
    assert "::error title=The source project is not trained" in world.attempt()[0].log


@pytest.mark.parametrize(
    "inputs",
    [
        PUBLISHING,
        {"smoke_images": "sweep.png"},
        {"iteration": "published"},
        {"iteration": "one"},
        {"iteration": "published", "min_recall": "0.1"},
        {"min_recall": "0.1", "gate_override": "a trial", **PUBLISHING},
        {"min_recall": "0.1", "gate_override": "a trial", "smoke_images": "sweep.png"},
        {"dry_run": "true", **PUBLISHING},
    ],
)
def test_an_untrained_project_is_told_to_be_trained_and_not_to_choose(
    make_world: MakeWorld, inputs: dict[str, str]
) -> None:
    world = make_world(**inputs)
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The source project is not trained" in result.log
    assert "What to do: train it (customvision.ai, Train)" in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


def test_a_trained_project_without_a_published_iteration_is_not_called_untrained(make_world: MakeWorld) -> None:
    world = make_world(iteration="published")
    world.emulator.unpublish(world.dev, world.source)
    result, _ = world.attempt()
    assert "::error title=The source project has no such iteration" in result.log
    assert "not trained" not in result.log.partition("::error")[2].partition("Likely cause")[0]


@pytest.mark.parametrize("gate", ["min_precision", "min_recall", "min_average_precision", "max_regression"])
def test_an_untrained_project_misses_every_gate(make_world: MakeWorld, gate: str) -> None:
    world = make_world(**{gate: "0"})
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("gated", 1)


def test_a_missed_gate_tells_figure_bound_and_the_worst_tags(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.9", probability_threshold="0.7")
    tags = {
        name: {"precision": 0.9, "recall": recall, "averagePrecision": 0.9}
        for name, recall in (("Apple", 0.4), ("Pear", 0.8))
    }
    world.emulator.set_metrics(
        world.dev, world.source, {"precision": 0.95, "recall": 0.6, "averagePrecision": 0.9, "tags": tags}
    )
    result, _ = world.attempt()
    assert result.status == "gated"
    assert "recall 0.6000%2C bound 0.9000: missed; worst tags: 'Apple' 0.4000" in result.log.replace(", ", "%2C ")
    assert "ImportProject" not in [logged.operation for logged in world.emulator.log]
    (query,) = {logged.query["threshold"] for logged in world.emulator.log if "performance" in logged.path}
    assert query == "0.7"


def test_an_override_carries_its_reason_into_warning_report_and_summary(make_world: MakeWorld) -> None:
    world = make_world(min_recall="1", gate_override="the old model  is worse\nstill")
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=Promoted in spite of a missed gate" in result.log
    assert result.report["gate_override"] == "the old model is worse still"
    assert "the old model is worse still" in result.summary


@pytest.mark.parametrize("inputs", [{}, {"min_recall": "0.1"}])
def test_an_override_that_is_not_needed_is_noted(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    result, _ = make_world(gate_override="just in case", **inputs).attempt()
    assert result.status == "promoted"
    assert "gate-override was not needed: just in case" in result.log
    assert result.report["gate_override"] == ""


def test_a_metric_that_is_absent_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(min_average_precision="0.5", gate_override="whatever")
    world.emulator.set_metrics(world.dev, world.source, {"precision": 0.9, "recall": 0.9, "averagePrecision": None})
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "has no average precision" in result.log


def test_an_iteration_without_metrics_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.5")
    world.emulator.set_metrics(world.dev, world.source, NO_METRICS)
    assert "is trained, but has no metrics" in world.attempt()[0].log


def test_the_copy_in_use_is_its_published_iteration(make_world: MakeWorld) -> None:
    world = make_world(iteration="one", if_exists="replace", **PUBLISHING)
    good = {"precision": 0.9, "recall": 0.9, "averagePrecision": 0.9}
    bad = {"precision": 0.5, "recall": 0.5, "averagePrecision": 0.5}
    world.emulator.set_metrics(world.dev, world.source, good, iteration="one")
    world.emulator.set_metrics(world.dev, world.source, bad, iteration="two")
    assert world.attempt(run_id="1")[0].status == "promoted"
    world.inputs |= {"iteration": "two", "max-regression": "0.1"}
    assert world.attempt(run_id="2")[0].status == "gated"
    world.inputs["max-regression"] = "0.4"
    result, _ = world.attempt(run_id="3")
    assert result.status == "promoted"
    assert [gate["bound"] for gate in result.report["gates"]] == pytest.approx([0.5] * 3)


def test_a_regression_with_the_default_policy_is_against_the_newest_earlier_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.attempt(run_id="1")
    world.inputs["max-regression"] = "0"
    result, _ = world.attempt(run_id="2")
    assert result.status == "promoted"
    assert [gate["passed"] for gate in result.report["gates"]] == [True] * 3


def test_a_copy_in_use_without_metrics_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", max_regression="0.1")
    world.emulator.add_project(world.prod, NAME, iterations=())
    assert "the copy in use has no metrics" in world.attempt()[0].log


def test_the_first_copy_has_no_regression(make_world: MakeWorld) -> None:
    result, _ = make_world(max_regression="0").attempt()
    assert result.status == "promoted"
    assert result.report["gates"][0]["note"] == "not applied, first copy"


def test_a_copy_that_answers_differently_fails_before_publishing_and_is_removed(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="*.png", **PUBLISHING)
    world.emulator.behaviour.copy_answers_differ = True
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy answers differently from the source" in result.log
    assert world.own() == []
    assert "PublishIteration" not in [logged.operation for logged in world.emulator.log]
    assert result.report["smoke_test"][0]["differences"]


FAULTS = ["code:BadRequestImageFormat", "413", "401", "500", "reset-before", "429", "html-200"]


def fault(kind: str, resource: str, *, skip: int = 0, times: int = 0) -> Fault:
    """A quick test that gets no answer; 413 is a gateway's."""
    what = {"kind": "502-html", "status": 413} if kind == "413" else {"kind": kind}
    return Fault(**what, operation="QuickTestImage", resource=resource, skip=skip, times=times)


def operations(world: World) -> list[str]:
    return [logged.operation for logged in world.emulator.log]


@pytest.mark.parametrize("kind", FAULTS)
def test_an_image_that_the_source_does_not_answer_costs_no_import(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", if_exists="replace", **PUBLISHING)
    before = {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()}
    world.emulator.faults.add(fault(kind, "dev"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the source resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert not {"ExportProject", "ImportProject"} & set(operations(world))
    assert {id_: (project.entry, project.content) for id_, project in world.prod.projects.items()} == before


@pytest.mark.parametrize("kind", FAULTS)
def test_an_image_that_the_copy_does_not_answer_is_named(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    world.emulator.faults.add(fault(kind, "prod"))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "QuickTestImage on the target resource" in result.log
    assert "The image of the smoke test that was sent: sweep.png." in result.log
    assert (world.own() == []) == (kind == "code:BadRequestImageFormat")
    assert "PublishIteration" not in operations(world)


def test_an_image_is_named_by_its_path_because_folders_can_hold_namesakes(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="*/same.png")
    for name in ("one", "two"):
        folder = Path(world.workspace) / name
        folder.mkdir()
        (folder / "same.png").write_bytes((Path(world.workspace) / "sweep.png").read_bytes())
    world.emulator.faults.add(fault("413", "dev", skip=1))
    result, _ = world.attempt()
    assert "that was sent: two/same.png." in result.log


def test_the_source_is_asked_before_the_export_and_only_the_copy_after_it(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result, _ = world.attempt()
    assert result.status == "promoted"
    log = [(logged.resource, logged.operation) for logged in world.emulator.log]
    asked = [number for number, entry in enumerate(log) if entry[1] == "QuickTestImage"]
    assert [log[number][0] for number in asked] == ["dev", "prod"]
    assert asked[0] < log.index(("dev", "ExportProject")) < asked[1] < log.index(("prod", "PublishIteration"))
    assert [stage["name"] for stage in result.report["stages"]].count("smoke-test") == 2


def test_a_missed_gate_asks_nobody_about_images(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", min_recall="1")
    result, _ = world.attempt()
    assert result.status == "gated"
    assert "QuickTestImage" not in operations(world)


def changed_before_the_export(world: World, change: Callable[[], object]) -> Result:
    """Promote, with a change of the source right after it has answered."""
    result, _ = world.at(world.request("QuickTestImage") + 1, change).attempt()
    return result


def test_a_source_that_is_trained_after_its_answer_is_asked_again(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result = changed_before_the_export(world, lambda: world.emulator.train(world.dev, world.source))
    assert result.status == "promoted"
    log = [logged for logged in world.emulator.log if logged.operation == "QuickTestImage"]
    assert [logged.resource for logged in log] == ["dev", "dev", "prod"]
    assert log[0].query["iterationId"] != log[1].query["iterationId"]


def test_a_quick_test_that_changes_last_modified_does_not_chase_itself(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    result = changed_before_the_export(world, lambda: world.emulator.describe(world.dev, world.source, "Seen."))
    assert result.status == "promoted"
    assert operations(world).count("QuickTestImage") == 2


def test_an_image_that_goes_before_the_source_is_asked_ends_the_run_before_the_export(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    result, _ = world.at(1, image.unlink).attempt()
    assert result.status == "failed"
    assert "::error title=An image of the smoke test has changed" in result.log
    assert "The image sweep.png is not as it was" in result.log
    assert "ExportProject" not in operations(world)


def test_an_image_that_goes_after_the_source_was_asked_is_tested_as_it_was(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    result = changed_before_the_export(world, lambda: image.write_bytes(b"something else"))
    assert result.status == "promoted"
    assert result.report["smoke_test"][0]["differences"] == []


def test_an_image_that_goes_during_the_run_is_no_fault_of_an_import_that_is_there(make_world: MakeWorld) -> None:
    world = make_world(smoke_images="sweep.png", wait_minutes="0.01", **PUBLISHING)
    image = Path(world.workspace) / "sweep.png"
    data = image.read_bytes()
    begun, _ = world.attempt()
    assert begun.status == "importing"
    (kept,) = world.own()
    world.inputs.pop("wait-minutes")
    first, _ = world.at(1, image.unlink).attempt(2)
    assert "::error title=An image of the smoke test has changed" in first.log
    image.write_bytes(data)
    assert [project.id for project in world.own()] == [kept.id]
    second, _ = world.attempt(3)
    assert (second.status, second.outputs["project-id"]) == ("promoted", kept.id)
    assert operations(world).count("ImportProject") == 1


@pytest.mark.parametrize("kind", ["classification", "detection"])
def test_equal_answers_pass(make_world: MakeWorld, kind: str) -> None:
    world = make_world(smoke_images="sweep.png", **PUBLISHING)
    project = world.emulator.add_project(
        world.dev, "Both kinds", kind="detection" if kind == "detection" else "classification"
    )
    world.inputs["source-project-id"] = project.id
    result, _ = world.attempt()
    assert result.status == "promoted"
    (image,) = result.report["smoke_test"]
    assert (image["image"], image["differences"]) == ("sweep.png", [])
    assert image["answers"] > 1
    assert (
        f"/{'detect' if kind == 'detection' else 'classify'}/iterations/live/image" in result.outputs["prediction-url"]
    )


BOX = (0.1, 0.1, 0.5, 0.5)


@pytest.mark.parametrize(
    ("source", "copy", "count"),
    [
        ((Prediction("a", 0.5, None),), (Prediction("a", 0.51, None),), 0),
        ((Prediction("a", 0.5, None),), (Prediction("a", 0.5101, None),), 1),
        ((Prediction("a", 0.5, None),), (Prediction("b", 0.5, None),), 2),
        ((Prediction("a", 0.5, None),), (), 1),
        ((), (Prediction("a", 0.5, None),), 1),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, (0.1, 0.1, 0.5, 0.51)),), 0),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, (0.1, 0.1, 0.5, 0.52)),), 1),
        ((Prediction("a", 0.5, BOX),), (Prediction("a", 0.5, None),), 1),
        (
            (Prediction("a", 0.5, BOX), Prediction("a", 0.9, None)),
            (Prediction("a", 0.9, None), Prediction("a", 0.5, BOX)),
            0,
        ),
    ],
)
def test_answers_agree_within_a_hundredth_boxes_too(
    source: tuple[Prediction, ...], copy: tuple[Prediction, ...], count: int
) -> None:
    assert len(differences(source, copy)) == count


def test_a_lost_answer_to_publishing_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault("503-after", operation="PublishIteration"))
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("promoted", "live")


def test_a_refused_prediction_resource_fails_and_removes_the_copy(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault("code:BadRequestInvalidPublishTarget", operation="PublishIteration"))
    result, _ = world.attempt()
    assert "::error title=The prediction resource is not accepted" in result.log
    assert world.own() == []


def test_an_iteration_that_is_published_under_another_name_is_told(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)

    def publish() -> None:
        (copy,) = world.own()
        world.emulator.publish(world.prod, copy.id, "somebody else's")

    result, _ = world.at(world.request("PublishIteration"), publish).attempt()
    assert "::error title=The iteration is already published under another name" in result.log
    assert "somebody else's" in result.log


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (
            "https://shelf-prediction.cognitiveservices.azure.com/",
            "https://shelf-prediction.cognitiveservices.azure.com/",
        ),
        ("", "http://127.0.0.1:8002/"),
    ],
)
def test_the_prediction_url_is_on_the_prediction_endpoint_or_a_shared_origin(
    make_world: MakeWorld, endpoint: str, url: str
) -> None:
    world = make_world(prediction_endpoint=endpoint, **PUBLISHING)
    result, _ = world.attempt()
    assert result.outputs["prediction-url"].startswith(f"{url}customvision/v3.1/prediction/")
