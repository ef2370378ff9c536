"""The tests of a restore can fail: with any one of its rules taken out, a case is red. Here is which case it is.

No redirect is followed: that has no case, for the reason that test_backup_rules.py gives. tests/unit/customvision/test_wire.py
has it (`test_do_not_follow_a_redirect`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive.checking import Verdict
from cvaction.commands.restore import comparing, uploading
from cvaction.rules.restored_mark import RestoredMark
from cvaction.steps import leftovers
from cvaction.steps.committing import Committed
from tests.sweep.restore_cases import (
    UPLOAD,
    Disturbed,
    Refused,
    a_domain_that_is_not_offered,
    a_tampered_backup,
    another_state_of_the_backup,
    doubled_boxes,
    labelled,
    leftovers_of_earlier_runs,
    pictures_that_are_there_twice,
    refused_images_that_are_skipped,
)
from tests.sweep.taking_out import EMPTY, NOTHING, take_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RESTORE = "cvaction.commands.restore"


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


# What is put in the place of a rule


def _with_a_source(self: Any, *, short: bool = False) -> str:
    line: str = _LINE(self, short=short)
    return line.replace(" work=", f" source={self.restored}/unknown work=", 1)


def _not_marked(editor: Any, project: Any, *_: Any) -> Committed:
    return Committed(project, editor.client.get_projects(), -1)


def _all_are_there(batch: Any, answers: Any) -> Any:
    return [(item, replace(answer, status="OK") if answer else answer) for item, answer in _PAIRED(batch, answers)]


def _sent_again(run: Any, project: Any) -> Any:
    from cvaction.customvision.errors import CustomVisionError  # noqa: PLC0415
    from cvaction.customvision.project_writer import ProjectWriter  # noqa: PLC0415

    try:
        return ProjectWriter(run.client).train(project.id)
    except CustomVisionError:
        return ProjectWriter(run.client).train(project.id)


def _skips_none(*args: Any, skip: bool) -> Any:
    del skip
    return _UPLOADER(*args, skip=False)


def _lacks(**nothing: Any) -> Any:
    def lacking(rows: Any, image: Any, tags: Any) -> Any:
        return replace(_LACKING(rows, image, tags), **nothing)

    return lacking


_LINE, _PAIRED, _LACKING = RestoredMark.line, uploading.paired, comparing.lacking
_UPLOADER = uploading.Uploader
WHOLE = Verdict()


@dataclass(frozen=True)
class Rule:
    """A promise, what takes it out, and the case that notices."""

    promise: str
    broken: dict[str, Any]
    case: Callable[[Path], None]


CREATE, TRAIN = "CreateProject", "TrainProject"
TRAINED = (("train", "true"),)
RULES = (
    Rule("a tampered backup makes nothing", {f"{RESTORE}.backup.verify": lambda *_a, **_o: WHOLE}, a_tampered_backup),
    Rule("a re-run finds its own work", {f"{RESTORE}.story.find_own": EMPTY}, Disturbed((UPLOAD, 0), "kill-after")),
    Rule("an unfinished one is completed", {f"{RESTORE}.story.adopt": NOTHING}, Disturbed((UPLOAD, 0), "kill-after")),
    Rule(
        "after a lost answer its project is looked for",
        {f"{RESTORE}.creating.look_again": EMPTY},
        Disturbed((CREATE, 0), "reset-after"),
    ),
    Rule(
        "twins are looked for",
        {f"{RESTORE}.story.remove_twins": NOTHING},
        Disturbed((CREATE, 0), "kill-after", lag=9.0),
    ),
    Rule(
        "until it is finished it has its own name",
        {"cvaction.rules.names.Identity.own_name": lambda _self, wanted, _made_of: wanted},
        Disturbed((CREATE, 0), "kill-after"),
    ),
    Rule(
        "of another state of the backup it is made anew",
        {f"{RESTORE}.creating.made_of": lambda _: "0000"},
        another_state_of_the_backup,
    ),
    Rule(
        "its mark has no source",
        {"cvaction.rules.restored_mark.RestoredMark.line": _with_a_source},
        Disturbed((UPLOAD, 0), "503"),
    ),
    Rule(
        "the mark comes before the name",
        {f"{RESTORE}.story.commit": _not_marked},
        Disturbed(("UpdateProject", 0), "kill-after"),
    ),
    Rule(
        "a domain that is not offered stops it",
        {f"{RESTORE}.story._check_target": NOTHING},
        a_domain_that_is_not_offered,
    ),
    Rule(
        "one picture twice is told before",
        {f"{RESTORE}.backup.find_twins": lambda *_: {}},
        pictures_that_are_there_twice,
    ),
    Rule(
        "a request has 64 images",
        # without the halves, which also heal a request that is too large
        {f"{RESTORE}.batches.IMAGES": 65, f"{RESTORE}.uploading.IMAGE_REFUSED": frozenset()},
        Disturbed((UPLOAD, 0), "503", lambda: labelled(40)),
    ),
    Rule("a request has 20 tags", {f"{RESTORE}.batches.BATCH_TAGS": 30}, Disturbed((UPLOAD, 0), "503")),
    Rule(
        "a request that is too large is halved",
        {f"{RESTORE}.uploading.TOO_LARGE": frozenset()},
        Disturbed((UPLOAD, 0), "429", behaviour=(("batch_bytes", 4000),)),
    ),
    Rule(
        "a tag whose answer was lost is there",
        {
            f"{RESTORE}.tagging.TAG_NAME_TAKEN": frozenset(),
            "cvaction.customvision.project_writer.TAG_NAME_TAKEN": frozenset(),
        },
        Disturbed(("CreateTag", 3), "reset-after", attempts=1),
    ),
    Rule(
        "each image's own status counts",
        {f"{RESTORE}.uploading.paired": _all_are_there},
        Refused(("ErrorStorage",) * 10, "restored", "200"),
    ),
    Rule(
        "what may pass is sent again",
        {f"{RESTORE}.uploading._PASSING": frozenset()},
        Refused(("ErrorStorage",), "restored"),
    ),
    Rule(
        "what is refused for good fails it",
        {f"{RESTORE}.uploading.Uploader._refuse": NOTHING},
        Refused(("ErrorImageFormat",), "failed"),
    ),
    Rule(
        "with `skip-refused` the others are restored",
        {f"{RESTORE}.story.Uploader": _skips_none},
        refused_images_that_are_skipped,
    ),
    Rule(
        "with `skip-refused` what is left out is named",
        {f"{RESTORE}.uploading.Uploader._refuse": NOTHING},
        refused_images_that_are_skipped,
    ),
    Rule(
        "a duplicate is there",
        {"cvaction.customvision.image_models.Created.there": property(lambda self: self.status == "OK")},
        Disturbed((UPLOAD, 0), "kill-after"),
    ),
    Rule("missing tags are added", {f"{RESTORE}.completing.lacking": _lacks(tags=())}, Disturbed((UPLOAD, 0), "503")),
    Rule(
        "missing regions are added",
        {f"{RESTORE}.completing.lacking": _lacks(regions=())},
        Disturbed((UPLOAD, 0), "503"),
    ),
    Rule(
        "missing metadata is added",
        {f"{RESTORE}.completing.lacking": _lacks(metadata={})},
        Disturbed((UPLOAD, 0), "503"),
    ),
    Rule("doubled regions are deleted", {f"{RESTORE}.completing.lacking": _lacks(doubled=())}, doubled_boxes),
    Rule(
        "a training is never sent twice",
        {f"{RESTORE}.training._begin": _sent_again},
        Disturbed((TRAIN, 0), "reset-after", labelled, TRAINED, attempts=1),
    ),
    Rule(
        "a re-run looks for the training",
        {f"{RESTORE}.training._begun": NOTHING},
        Disturbed((TRAIN, 0), "kill-after", labelled, TRAINED),
    ),
    Rule("dead leftovers go", {f"{RESTORE}.story.remove_dead": NOTHING}, leftovers_of_earlier_runs),
    Rule(
        "young leftovers stay",
        {"cvaction.steps.leftovers.DEAD_AFTER": leftovers.DEAD_AFTER * 0},
        leftovers_of_earlier_runs,
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=[rule.promise for rule in RULES])
def test_a_restores_case_is_red_without(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    rule.case(tmp_path / "with")
    for target, broken in rule.broken.items():
        take_out(monkeypatch, target, broken)
    with pytest.raises((AssertionError, ValueError)) as caught:
        rule.case(tmp_path / "without")
    assert "A fault in this action" not in str(caught.value), "what is in its place crashes"
