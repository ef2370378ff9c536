"""The main job: one copy, proved, named, and told to the next step."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from emulator import Behaviour
from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("unpaced")


def test_a_project_is_copied_proved_named_and_handed_to_the_next_step(stage: Stage) -> None:
    result = stage.run(target_project_name="Shelf, released")

    (copy,) = stage.copies()
    assert result.conclusion == "success"
    assert result.outputs["project-id"] == copy.id
    assert result.outputs["project-name"] == copy.name == "Shelf, released"
    assert result.outputs["status"] == "promoted"
    assert result.outputs["source-project-id"] == stage.source.id
    assert result.outputs["image-count"] == "12"
    assert result.outputs["tag-count"] == "3"
    assert result.outputs["iteration-name"] == "Iteration 2"
    assert result.outputs["iteration-id"] == copy.iterations[-1].id
    assert [result.outputs[name] for name in ("publish-name", "prediction-url", "previous-project-id")] == [""] * 3
    assert (copy.content.tagged, copy.content.untagged, len(copy.tags)) == (10, 2, 3)
    assert result.lost_between_jobs == []


def test_the_copys_name_is_the_sources_where_none_is_given_and_the_source_is_found_by_its_name(stage: Stage) -> None:
    result = stage.run(source_project_id=None, source_project_name=NAME)

    assert result.outputs["project-name"] == NAME
    assert result.outputs["source-project-id"] == stage.source.id


def test_the_report_tells_stages_checks_and_requests_and_the_log_folds_each_stage(stage: Stage) -> None:
    result = stage.run()

    report = json.loads(result.outputs["report"])
    names = [entry["name"] for entry in report["stages"]]
    assert names[:4] == ["look for own work", "resolve source", "look at target", "gate"]
    assert names[-3:] == ["commit", "name", "finish"]
    assert [name for name in result.groups if name] == names
    assert all(check["equal"] for check in report["checks"])
    assert report["checks"]
    assert report["requests"] == len(stage.emulator.log)
    assert report["error"] is None


def test_the_log_begins_with_what_is_copied_where_and_ends_with_the_new_id(stage: Stage) -> None:
    result = stage.run()

    lines = [line for line in result.log.splitlines() if line and "::" not in line]
    assert stage.source.id in lines[0]
    assert stage.endpoint(stage.prod).removeprefix("http://") in lines[0]
    assert result.outputs["project-id"] in lines[-1]


def test_the_source_is_only_read(stage: Stage) -> None:
    entry, content = stage.source.entry, stage.source.content

    stage.run(**stage.publishing())

    assert {request.method for request in stage.log(resource=stage.dev)} == {"GET"}
    assert (stage.source.entry, stage.source.content) == (entry, content)


def test_the_copy_carries_a_mark_behind_the_sources_own_description(stage: Stage) -> None:
    copy = stage.promoted()

    first, mark = copy.description.splitlines()
    assert first == "Which product is on the shelf."
    assert mark.startswith(f"cvaction copy={copy.id} source={stage.source.id}%2F")
    assert "actions%2Fruns%2F9000000001" in mark


def test_a_copy_has_its_own_name_until_it_is_proved(stage: Stage) -> None:
    stage.run()

    (sent,) = stage.log(operation="ImportProject")
    assert sent.query["name"].startswith(f"{NAME} [importing ")
    operations = [entry.operation for entry in stage.log(resource=stage.prod)]
    assert operations.index("GetTags") < operations.index("UpdateProject")


def test_a_failed_import_is_told_with_its_id_and_removed(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["failed"]

    result = stage.run()

    assert result.outputs["status"] == "failed"
    assert result.outputs["project-id"] in result.messages("error")[0]
    assert stage.copies() == []


def test_keep_failed_keeps_the_incomplete_copy_for_inspection(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["failed"]

    result = stage.run(keep_failed="true")

    assert [project.id for project in stage.copies()] == [result.outputs["project-id"]]
    assert "Kept for inspection" in result.log


def test_an_import_that_outlasts_the_wait_and_a_cancel_is_gone_on_with_and_never_sent_twice(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["never"]
    waited = stage.run(wait_minutes="0.005")
    (copy,) = stage.copies()

    assert waited.exit_code == 75
    assert waited.outputs["status"] == "importing"
    assert waited.outputs["project-id"] == copy.id
    assert waited.outputs["project-name"] == copy.name
    assert copy.id in waited.messages("error")[0]

    stage.runner.attempt = 2
    with stage.start() as step:
        step.wait_for("Going on with")
        stage.wait_for_request(step, "GetProject")
        cancelled = step.cancel()
    stage.check(cancelled)
    assert cancelled.outputs["project-id"] == copy.id
    assert copy.id in cancelled.messages("error")[0]

    stage.end_import(copy)
    stage.runner.attempt = 3
    ended = stage.run()

    assert ended.outputs["status"] == "promoted"
    assert [project.id for project in stage.copies()] == [copy.id] == [ended.outputs["project-id"]]
    assert copy.name == NAME
    assert len(stage.log(operation="ImportProject")) == 1


def test_re_running_a_finished_run_imports_nothing_and_gives_the_same_outputs(stage: Stage) -> None:
    first = stage.run(**stage.publishing())
    stage.runner.attempt = 2
    second = stage.run(**stage.publishing())

    assert {**first.outputs, "report": ""} == {**second.outputs, "report": ""}
    assert len(stage.log(operation="ImportProject")) == 1
    assert second.annotations == []


def test_a_finished_copy_whose_source_has_changed_since_is_output_with_a_warning(stage: Stage) -> None:
    first = stage.run()
    stage.emulator.add_images(stage.dev, stage.source.id, 1, tag="Tea")
    stage.runner.attempt = 2

    second = stage.run()

    assert second.outputs["project-id"] == first.outputs["project-id"]
    (warning,) = second.messages("warning")
    assert warning.startswith("The source has changed since it was copied: ")


def test_a_run_without_a_runner_is_never_taken_for_another(stage: Stage) -> None:
    for _ in range(2):
        result = stage.runner.run(stage.inputs(), without=("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
        stage.check(result)

    assert stage.names() == [NAME, f"{NAME} (1)"]


def test_without_the_runners_files_the_outputs_are_printed_and_no_old_command_is_used(stage: Stage) -> None:
    result = stage.runner.run(stage.inputs(), without=("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"))

    stage.check_secrets(result)
    assert result.exit_code == 0
    assert "output status=promoted" in result.log


def test_a_full_disk_of_the_runner_is_told_with_the_new_id_and_no_traceback(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        (copy,) = stage.copies()
        shutil.rmtree(stage.runner.folder / "file_commands")
        stage.end_import(copy)
        result = step.wait()

    stage.check_secrets(result)
    (error,) = result.messages("error")
    assert error.startswith("The runner's files cannot be written: ")
    assert copy.id in error
    assert result.exit_code == 1


def test_a_detection_project_is_copied_and_its_regions_are_counted(tmp_path: Path) -> None:
    with Stage(tmp_path, kind="detection") as stage:
        result = stage.run(**stage.publishing())

        assert result.outputs["status"] == "promoted"
        assert result.annotations == []
        assert "/detect/iterations/shelf/image" in result.outputs["prediction-url"]


def test_a_lost_region_only_warns(tmp_path: Path) -> None:
    with Stage(tmp_path, kind="detection") as stage:
        stage.behaviour.import_outcomes = ["region-loss"]

        result = stage.run()

        assert result.outputs["status"] == "promoted"
        (warning,) = result.messages("warning")
        assert "regions" in warning


def test_a_leftover_of_an_earlier_run_that_failed_is_removed_and_a_foreign_works_is_only_warned_of(
    stage: Stage,
) -> None:
    stage.behaviour.import_outcomes = ["failed", "failed"]
    dead = stage.run(keep_failed="true").outputs["project-id"]
    stage.runner.run_id = "9000000002"
    others = stage.run(keep_failed="true", target_project_name="Another work").outputs["project-id"]
    assert {project.id for project in stage.copies()} == {dead, others}

    stage.runner.run_id = "9000000003"
    result = stage.run()

    assert {project.id for project in stage.copies()} == {others, result.outputs["project-id"]}
    (warning,) = result.messages("warning")
    assert others in warning


def test_the_service_may_refuse_a_long_description_and_the_copy_is_marked_shorter(stage: Stage) -> None:
    stage.behaviour.rejects_long_description = 300

    copy = stage.promoted()

    assert "cvaction copy=" in copy.description
    assert "url=" not in copy.description


def test_an_old_version_of_the_service_that_copies_untrained_iterations_or_not_is_the_same(stage: Stage) -> None:
    stage.emulator.train(stage.dev, stage.source.id, status="Failed")
    stage.behaviour.unfinished_iterations = "skip"

    result = stage.run()

    assert result.outputs["status"] == "promoted"
    assert stage.behaviour.taken_rename == Behaviour().taken_rename
