"""Names that the service does not take are told before an image is sent, and leave nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.commands.restore.trying import trials
from cvaction.rules.names import Identity, importing
from tests.support.archives import Sample, classified
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

OWN = Identity("01234567", "abcdef", repeatable=True)
REFUSED = "The service refuses the name of the project to restore"


def own_name(wanted: str) -> str:
    return OWN.own_name(wanted, "9999")


def operations(target: Target) -> list[str]:
    return [entry.operation for entry in target.emulator.log]


@pytest.mark.parametrize("wanted", ["Shelf", "Shelf classifier of the north 2", "n" * 50])
def test_a_short_and_plain_name_needs_no_try(wanted: str) -> None:
    assert not list(trials(own_name, wanted))


@pytest.mark.parametrize(
    "wanted",
    ["n" * 51, "n" * 200, "A name of many words & 'signs' (north)", "Größe: 10 € " * 9, '"&#%/\\?<>|*:;,.~^`' * 2],
)
def test_tries_have_the_length_and_every_character(wanted: str) -> None:
    names = [own_name(wanted), *trials(own_name, wanted)]
    assert len(names) > 1
    assert set(wanted) - set("".join(names)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")
    assert max(map(len, names)) == max(len(wanted), 50)
    for name in names:
        found = importing(name)
        assert found
        assert (found.work, found.run) == OWN.pair, "a kill leaves it as this run's own"


@pytest.mark.parametrize("cut", ["refuse", "cut"])
@pytest.mark.parametrize("length", [51, 64, 90])
def test_a_name_too_long_sends_no_image(tmp_path: Path, cut: str, length: int) -> None:
    target = Target.of(tmp_path, classified(), max_name_length=length - 1, long_name=cut)

    result, _ = target.run(project_name="n" * length)

    assert result.report["error"]["title"] == REFUSED, result.log
    assert result.outputs["project-id"] == ""
    assert not target.made()
    assert "CreateImagesFromFiles" not in operations(target)
    target.emulator.behaviour.max_name_length = length
    result, _ = target.run(run_id="901", project_name="n" * length)
    assert (result.status, result.outputs["project-name"]) == ("restored", "n" * length)


def test_a_character_refused_far_behind_sends_no_image(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified(), refused_characters="#")

    result, _ = target.run(project_name="A shelf in the north #1")

    assert result.report["error"]["title"] == REFUSED, result.log
    assert not target.made()
    assert "CreateImagesFromFiles" not in operations(target)


def test_a_name_that_is_tried_is_given_at_the_end(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    name = "A shelf & its “goods” in the north, as of the year 2026, No. #1"

    result, _ = target.run(project_name=name)

    assert (result.status, result.outputs["project-name"]) == ("restored", name), result.log
    first = operations(target).index("CreateImagesFromFiles")
    assert "UpdateProject" in operations(target)[:first]
    assert target.content(target.restored()) == target.wanted()


@pytest.mark.parametrize("kind", ["kill-before", "kill-after"])
def test_a_kill_in_the_tries_is_gone_on_with(tmp_path: Path, kind: str) -> None:
    name = "A shelf & its “goods” in the north, as of the year 2026, No. #1"
    before = Target.of(tmp_path, classified())
    rehearsal = before.copy()
    rehearsal.run(project_name=name)
    asked = operations(rehearsal)
    for at in [number for number, operation in enumerate(asked) if operation == "UpdateProject"]:
        target = before.copy()
        first, _ = target.run({at: kind}, project_name=name)
        assert first.exit_code is None
        result, _ = target.run(number=2, project_name=name)
        assert (result.status, target.restored().name) == ("restored", name), result.log


def doubled() -> Sample:
    sample = Sample("multilabel", name="Shelf")
    for name in ("Tea", "tea", "Coffee"):
        sample.image([sample.tag(name)])
    return sample


def test_tags_that_differ_only_in_case_are_told(tmp_path: Path) -> None:
    target = Target.of(tmp_path, doubled(), names_ignore_case=True)

    plan, _ = target.run(dry_run="true")
    result, _ = target.run()

    assert "The tags 'Tea' and 'tea' differ only in case" in plan.log
    assert result.report["error"]["title"] == "The service takes two tags of the backup for one"
    assert "The service refuses the tag 'tea', because it has the tag 'Tea'." in result.log
    assert not target.made()
    assert "CreateImagesFromFiles" not in operations(target)


def test_they_come_back_where_the_service_tells_them_apart(tmp_path: Path) -> None:
    target = Target.of(tmp_path, doubled())
    result, _ = target.run()
    assert result.status == "restored", result.log
    assert target.content(target.restored()) == target.wanted()
