"""A restore that stops before it makes anything, or only tells what it would make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.archives import classified
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.restore_runs import many_tags, run

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def nothing_made(target: Target) -> bool:
    return not target.made() and not [entry for entry in target.emulator.log if entry.method != "GET"]


def test_a_plan_tells_calls_megabytes_and_minutes(tmp_path: Path) -> None:
    target = Target.of(tmp_path, many_tags())
    result = run(target, dry_run="true", train="true")
    assert result.status == "planned"
    text = "\n".join(result.report["plan"])
    assert "Make 25 tags." in text
    assert re.search(r"Upload 10 images .* MB in 1 request\.", text)
    assert "the labels that do not fit into a request with their images: 1 request." in text
    assert "metadata of the images: 3 requests" in text
    assert re.search(r"about \d+ calls, \d+\.\d MB and 1 minute, without the training", text)
    assert "ids and dates" in text
    assert nothing_made(target)


@pytest.mark.parametrize("name", ["tags.json", "images.jsonl", "project.json"])
def test_a_tampered_backup_makes_nothing(tmp_path: Path, name: str) -> None:
    target = Target.of(tmp_path, classified())
    data = (tmp_path / target.path / name).read_bytes()
    target.tamper(name, data.replace(b"Tea", b"Toa").replace(b"Shelf", b"Shalf"))
    result = run(target)
    assert result.report["error"]["title"] == "The backup is damaged or incomplete"
    assert f"- {name} has been changed" in result.log
    assert not target.emulator.log, "nothing was even asked"


def test_a_backup_by_a_later_version_is_not_called_damaged(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    data = (tmp_path / target.path / "manifest.json").read_bytes()
    target.tamper("manifest.json", data.replace(b'"version": 1', b'"version": 2'))
    result = run(target)
    assert result.report["error"]["title"] == "The backup was written by a later version of this action"
    assert "`manifest.json` was written by a later version" in result.log
    assert "`uses:`" in result.log
    assert not target.emulator.log, "nothing was even asked"


def test_a_backup_without_pixels_is_refused(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    for path in (tmp_path / target.path / "images").glob("*/*"):
        path.unlink()
    result = run(target)
    assert result.report["error"]["title"] == "The backup is damaged or incomplete"
    assert nothing_made(target)


def test_the_folder_of_all_projects_is_not_one(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    name = target.path.rpartition("/")[2]
    target.path = target.path.rpartition("/")[0]
    result = run(target)
    assert result.report["error"]["title"] == "There is no backup of a project at `path`"
    assert f"- {name}" in result.log
    assert nothing_made(target)


def test_a_domain_that_is_not_offered_is_told_with_those_that_are(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified(), withdrawn_domains=["ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"])
    result = run(target)
    assert result.report["error"]["title"] == "The project's domain is not offered"
    assert "- Food (c151d5b5-dd07-472a-acc8-15d29dea8518)" in result.log
    assert "Logo" not in result.log, "a classifier's project needs a classifier's domain"
    assert nothing_made(target)


def test_a_taken_name_stops_where_that_is_asked_for(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, project_name="Other", if_exists="fail")
    assert result.report["error"]["title"] == "The name is taken"
    assert nothing_made(target)


@pytest.mark.parametrize("switch", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_without_room_names_the_description_to_shorten(tmp_path: Path, switch: str) -> None:
    """The restored project's: a change of the backed-up project changes no backup, and that project may be gone."""
    target = Target.of(tmp_path, classified())
    setattr(target.emulator.behaviour, switch, 100)
    result = run(target)
    assert result.report["error"]["title"].startswith("The copy could not be marked")
    assert "shorten the description of the project named above" in result.log
    assert "source project" not in result.log
    setattr(target.emulator.behaviour, switch, None)
    again = run(target, number=2)
    assert (again.status, again.outputs["project-id"]) == ("restored", result.outputs["project-id"])
