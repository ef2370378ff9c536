"""The name policies, what a rollback goes back to, moves and retention."""

from __future__ import annotations

import re

import pytest
import requests

from emulator import Fault
from tests.e2e.stage import NAME, PNG, Stage

pytestmark = pytest.mark.usefixtures("unpaced")


def test_new_takes_the_first_free_number_and_leaves_the_others_alone(stage: Stage) -> None:
    for name in (NAME, f"{NAME} (1)", f"{NAME} (3)"):
        stage.emulator.add_project(stage.prod, name)

    result = stage.run()

    assert result.outputs["project-name"] == f"{NAME} (2)"
    assert len(stage.copies()) == 4


def test_fail_stops_before_anything_is_exported_and_says_who_has_the_name(stage: Stage) -> None:
    holder = stage.emulator.add_project(stage.prod, NAME)

    result = stage.run(if_exists="fail")

    (error,) = result.messages("error")
    assert error.startswith("The target already has a project of that name: ")
    assert holder.id in error
    assert stage.copies() == [holder]
    assert stage.log(operation="ExportProject") == []


def test_fail_promotes_where_the_name_is_free(stage: Stage) -> None:
    assert stage.promoted(if_exists="fail").name == NAME


def test_replace_gives_the_name_to_the_new_copy_and_a_dated_one_to_the_old(stage: Stage) -> None:
    old = stage.emulator.add_project(stage.prod, NAME)

    result = stage.run(if_exists="replace")

    new = stage.copy(result)
    assert new.name == result.outputs["project-name"] == NAME
    assert re.fullmatch(rf"{NAME} \(replaced \d{{8}}-\d{{6}}\)", old.name)
    assert result.outputs["previous-project-id"] == old.id
    assert stage.log(method="DELETE") == []
    assert f"previous={old.id}" in new.description


def test_replace_touches_nothing_old_before_the_new_copy_is_proved_published_and_marked(stage: Stage) -> None:
    old = stage.emulator.add_project(stage.prod, NAME)

    new = stage.promoted(if_exists="replace", **stage.publishing())

    changes = [entry for entry in stage.log(resource=stage.prod) if entry.method != "GET"]
    assert [entry.operation for entry in changes] == ["ImportProject", "PublishIteration", *["UpdateProject"] * 3]
    # The mark, the old one's dated name, the new one's name.
    assert [entry.path.rpartition("/")[2] for entry in changes[2:]] == [new.id, old.id, new.id]
    assert f"previous={old.id}" in new.description


def test_a_replace_that_fails_leaves_the_old_one_as_it_was(stage: Stage) -> None:
    old = stage.emulator.add_project(stage.prod, NAME)
    before = old.entry
    stage.behaviour.import_outcomes = ["failed"]

    result = stage.run(if_exists="replace")

    assert result.outputs["status"] == "failed"
    assert stage.copies() == [old]
    assert old.entry == before


def test_after_two_replaces_the_older_copy_still_answers_for_a_rollback(stage: Stage) -> None:
    options = {"if_exists": "replace", **stage.publishing()}
    first = stage.run(**options)
    stage.emulator.train(stage.dev, stage.source.id)
    stage.runner.run_id = "9000000002"
    second = stage.run(**options)

    assert second.outputs["previous-project-id"] == first.outputs["project-id"]
    answers = [_predict(stage, result.outputs["prediction-url"]) for result in (first, second)]
    assert [answer["project"] for answer in answers] == [result.outputs["project-id"] for result in (first, second)]
    assert answers[0]["iteration"] == first.outputs["iteration-id"]
    assert answers[0]["predictions"] != answers[1]["predictions"]


def _predict(stage: Stage, url: str) -> dict[str, object]:
    headers = {"Prediction-Key": stage.prod.prediction_key, "Content-Type": "application/octet-stream"}
    answer = requests.post(url, headers=headers, data=PNG, timeout=10)
    assert answer.status_code == 200, answer.text
    content: dict[str, object] = answer.json()
    return content


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_replace_ends_with_one_holder_whatever_the_services_rule_for_taken_names(stage: Stage, rule: str) -> None:
    stage.behaviour.taken_rename = rule  # type: ignore[assignment] # one of the switch's words
    stage.behaviour.taken_import_name = "refuse"
    old = stage.promoted()

    new = stage.promoted(run_id="9000000002", if_exists="replace")

    assert new.name == NAME
    assert old.name.startswith(f"{NAME} (replaced ")


def test_sync_of_an_unchanged_source_outputs_the_existing_copy_and_imports_nothing(stage: Stage) -> None:
    first = stage.run(if_exists="sync")
    stage.runner.run_id = "9000000002"
    before = len(stage.emulator.log)

    second = stage.run(if_exists="sync")

    assert first.outputs["status"] == "promoted"
    assert second.outputs["status"] == "unchanged"
    assert second.exit_code == 0
    for name in ("project-id", "project-name", "iteration-id", "image-count", "tag-count", "source-project-id"):
        assert second.outputs[name] == first.outputs[name]
    assert {entry.method for entry in stage.emulator.log[before:]} == {"GET"}
    assert "ExportProject" not in {entry.operation for entry in stage.emulator.log[before:]}


def test_sync_publishes_the_existing_copy_where_that_is_still_missing(stage: Stage) -> None:
    first = stage.run(if_exists="sync")
    stage.runner.run_id = "9000000002"

    second = stage.run(if_exists="sync", **stage.publishing())

    assert second.outputs["status"] == "promoted"
    assert second.outputs["publish-name"] == "shelf"
    assert stage.copy(first).published[0].id == second.outputs["iteration-id"]
    assert len(stage.log(operation="ImportProject")) == 1


def test_sync_gates_the_existing_copy_too(stage: Stage) -> None:
    stage.run(if_exists="sync")
    stage.runner.run_id = "9000000002"
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.2})

    result = stage.run(if_exists="sync", min_precision="0.9")

    assert result.outputs["status"] == "gated"
    assert result.exit_code == 1


def test_sync_of_a_changed_source_behaves_as_replace(stage: Stage) -> None:
    old = stage.promoted(if_exists="sync")
    stage.emulator.add_images(stage.dev, stage.source.id, 2, tag="Tea")

    new = stage.promoted(run_id="9000000002", if_exists="sync")

    assert new.id != old.id
    assert new.name == NAME
    assert old.name.startswith(f"{NAME} (replaced ")


def test_sync_does_not_trust_a_copy_that_a_human_changed(stage: Stage) -> None:
    old = stage.promoted(if_exists="sync")
    stage.emulator.add_images(stage.prod, old.id, 1)

    new = stage.promoted(run_id="9000000002", if_exists="sync")

    assert new.id != old.id


def test_a_clone_of_the_marked_copy_is_nobodys_copy(stage: Stage) -> None:
    stage.promoted(if_exists="sync")
    clone = stage.emulator.clone(stage.prod, stage.copies()[0].id, NAME)
    stage.emulator.delete(stage.prod, stage.copies()[0].id)

    new = stage.promoted(run_id="9000000002", if_exists="sync", keep_previous="1")

    assert {project.id for project in stage.copies()} == {clone.id, new.id}


def test_keep_previous_keeps_the_newest_and_never_what_is_not_ours(stage: Stage) -> None:
    human = stage.emulator.add_project(stage.prod, f"{NAME} (replaced 20260101-000000)")
    options = {"if_exists": "replace", **stage.publishing()}
    copies = [stage.promoted(run_id=f"900000000{n}", keep_previous="2", **options).id for n in range(3)]
    assert {project.id for project in stage.copies()} == {human.id, *copies}

    copies.append(stage.promoted(run_id="9000000004", keep_previous="1", **options).id)

    assert {project.id for project in stage.copies()} == {human.id, *copies[2:]}


def test_a_new_run_with_new_names_the_newest_earlier_copy_as_the_previous_one(stage: Stage) -> None:
    first = stage.promoted()
    stage.runner.run_id = "9000000002"

    result = stage.run()

    assert result.outputs["previous-project-id"] == first.id
    assert result.outputs["project-name"] == f"{NAME} (1)"


def test_an_older_copy_that_cannot_be_deleted_is_a_warning(stage: Stage) -> None:
    for number in (1, 2):
        stage.promoted(run_id=f"900000000{number}", if_exists="replace")
    stage.fail("code:BadRequestInvalid", "DeleteProject", times=0)

    stage.runner.run_id = "9000000003"
    result = stage.run(if_exists="replace", keep_previous="1")

    assert result.outputs["status"] == "promoted"
    (warning,) = result.messages("warning")
    assert warning.startswith("An earlier copy could not be deleted: ")


def test_delete_source_moves_a_published_project(stage: Stage) -> None:
    stage.emulator.publish(stage.dev, stage.source.id, "live")

    result = stage.run(delete_source="true", iteration="published")

    assert result.outputs["status"] == "promoted"
    assert stage.source.id not in stage.dev.projects
    assert stage.copy(result).content.tagged == 10
    assert stage.emulator.log[-1].operation == "DeleteProject"


def test_a_finished_move_may_be_re_run(stage: Stage) -> None:
    first = stage.run(delete_source="true")
    stage.runner.attempt = 2

    second = stage.run(delete_source="true")

    assert second.outputs["status"] == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert second.annotations == []


def test_a_source_that_changes_after_it_was_copied_is_kept_and_the_run_says_so(stage: Stage) -> None:
    stage.emulator.faults.add(Fault("hang", "UpdateProject", skip=1))
    with stage.start(delete_source="true") as step:
        stage.wait_for_fault(step)
        step.kill()
        stage.check_secrets(step.wait())
    # A change that no comparison of contents would find.
    stage.emulator.describe(stage.dev, stage.source.id, "Somebody works on it.")
    stage.runner.attempt = 2

    result = stage.run(delete_source="true")

    (error,) = result.messages("error")
    assert error.startswith("The copy is finished, but the source was kept: ")
    assert stage.source.id in stage.dev.projects
    assert stage.copy(result).name == NAME


def test_a_source_that_cannot_be_deleted_fails_the_move_with_the_copy_finished(stage: Stage) -> None:
    stage.fail("code:ForbiddenUserInsufficientCapability", "DeleteProject", times=0)

    result = stage.run(delete_source="true")

    assert result.outputs["status"] == "failed"
    assert stage.copy(result).name == NAME
    assert "The source key or identity may not do this" in result.messages("error")[0]


def test_replacing_the_source_itself_on_one_resource_is_refused_before_an_export(stage: Stage) -> None:
    for policy in ("replace", "sync"):
        result = stage.run(
            target_endpoint=stage.endpoint(stage.dev), target_key=stage.dev.training_key_2, if_exists=policy
        )
        assert "Source and target are the same project" in result.messages("error")[0]
    assert {entry.method for entry in stage.emulator.log} == {"GET"}
    assert stage.log(operation="ExportProject") == []


def test_a_copy_within_one_resource_gets_a_number(stage: Stage) -> None:
    result = stage.run(target_endpoint=stage.endpoint(stage.dev), target_key=stage.dev.training_key)

    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert stage.source.name == NAME
