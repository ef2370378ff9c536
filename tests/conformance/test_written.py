"""What the probe writes: facts.json, and a runner's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from conformance.record import Finding
from conformance.table import markdown
from emulator import Fault
from tests.support.probing import ProbeWorld

if TYPE_CHECKING:
    from pathlib import Path


def test_the_summary_has_the_table(tmp_path: Path) -> None:
    world, summary = ProbeWorld(tmp_path), tmp_path / "summary.md"

    world.probe("--only", "names-case", GITHUB_STEP_SUMMARY=str(summary))

    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# The probe\n\n| fact | seen | assumed so far | what it means |\n| --- |")
    assert "| names-case | other | other | They are two names. |" in text


def test_the_summary_shows_what_is_replaced(tmp_path: Path) -> None:
    """`<id>` outside of code is an HTML element, which a page does not show."""
    world, summary = ProbeWorld(tmp_path), tmp_path / "summary.md"
    found = Finding("wrong-key", "new", None, {"what": "an answer", "message": "key <id> *at* <host> | ![x](//y)"})

    assert "`an answer: key <id> *at* <host> `&#124;` ![x](//y)` |" in markdown([found])

    world.emulator.faults.add(Fault("401", skip=12, times=3))
    world.probe("--only", "names-case", GITHUB_STEP_SUMMARY=str(summary))
    assert "<" not in re.sub(r"`[^`]*`", "", summary.read_text(encoding="utf-8"))


@pytest.mark.parametrize("output", ["", "no/such/facts.json"])
def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path, output: str) -> None:
    world = ProbeWorld(tmp_path)

    assert world.probe(PROBE_OUTPUT=str(tmp_path / output)) == 2

    assert "PROBE_OUTPUT: " in world.log
    assert world.emulator.log == []


def test_a_file_that_cannot_be_written_loses_no_answer(tmp_path: Path) -> None:
    world, output, summary = ProbeWorld(tmp_path), tmp_path / "facts.json", tmp_path / "summary.md"
    output.symlink_to("/dev/full")

    assert world.probe("--only", "names-case", GITHUB_STEP_SUMMARY=str(summary)) == 1

    assert "could not be written" in world.log
    assert "They are two names." in world.log
    assert "They are two names." in summary.read_text(encoding="utf-8")
    assert world.left() == []


def test_a_summary_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    assert world.probe("--only", "names-case", GITHUB_STEP_SUMMARY=str(tmp_path)) == 1

    assert "The summary could not be written" in world.log
    assert world.finding("names-case").state == "seen"
