"""A run whose result nobody would be told: found before anything is asked for, and before it is changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.entrypoints import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner_double.step_result import StepResult
    from tests.e2e.stage import Stage


def run(stage: Stage, folder: Path, output: Path | str, **inputs: str) -> StepResult:
    """Run with another file for the outputs than the runner's."""
    stage.runner.entrypoint = prepared(folder / "entry", f"import os\nos.environ['GITHUB_OUTPUT'] = {str(output)!r}\n")
    result = stage.runner.run(stage.inputs(**inputs))
    stage.check_secrets(result)
    return result


def absent(folder: Path) -> Path:
    return folder / "absent" / "output"


def removed(folder: Path) -> Path:
    return folder / "output"


def a_folder(folder: Path) -> Path:
    return folder


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "output"


def read_only(folder: Path) -> Path:
    path = folder / "output"
    path.touch()
    path.chmod(0o400)
    return path if os.geteuid() else Path("/proc/version")  # root may write to the former


def full(_folder: Path) -> Path:
    return Path("/dev/full")


def nobody_reads(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to(folder / "circle")
    return folder / "circle"


PLACES = {
    absent: "No such file or directory",
    removed: "No such file or directory",
    a_folder: "Is a directory",
    below_a_file: "Not a directory",
    read_only: "Permission denied" if os.geteuid() else "Input/output error",
    full: "No space left on device",
    nobody_reads: "No such device or address",
    a_circle: "Too many levels of symbolic links",
}


@pytest.mark.parametrize(("place", "reason"), PLACES.items(), ids=[place.__name__ for place in PLACES])
def test_a_file_that_cannot_be_written_ends_the_run_before_any_request(
    stage: Stage, tmp_path: Path, place: Callable[[Path], Path], reason: str
) -> None:
    path = place(tmp_path)

    result = run(stage, tmp_path, path, if_exists="replace")

    (error,) = result.messages("error")
    assert error.startswith("The runner's files cannot be written: ")
    assert f"GITHUB_OUTPUT names {path}, which cannot be written: {reason}." in error
    assert "No request was made" in error
    assert "docs/self-hosted.md" in error
    assert result.exit_code == 1
    assert stage.emulator.log == []


def test_is_not_made_by_looking_whether_it_can_be_written(stage: Stage, tmp_path: Path) -> None:
    run(stage, tmp_path, tmp_path / "output")

    assert not (tmp_path / "output").exists()


def test_what_other_steps_have_written_stays_as_it_is(stage: Stage, tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.write_text("earlier=1\n", encoding="utf-8")

    run(stage, tmp_path, output, min_precision="1")

    text = output.read_text(encoding="utf-8")
    assert text.startswith("earlier=1\nproject-id<<")
    assert "\n\n" not in text.replace("\n\nghadelimiter", "\nghadelimiter")  # but for outputs that are empty


def test_is_told_together_with_the_inputs_that_are_wrong(stage: Stage, tmp_path: Path) -> None:
    result = run(stage, tmp_path, absent(tmp_path), min_precision="2", if_exists="perhaps")

    (error,) = result.messages("error")
    assert error.startswith("The inputs are wrong: ")
    for part in ("2 problems", "min-precision: ", "if-exists: ", "GITHUB_OUTPUT names "):
        assert part in error
    assert stage.emulator.log == []


def test_that_nobody_names_is_no_fault(stage: Stage, tmp_path: Path) -> None:
    result = run(stage, tmp_path, "")

    assert "output status=promoted" in result.log
    assert result.exit_code == 0


def test_a_device_takes_the_outputs_too(stage: Stage, tmp_path: Path) -> None:
    result = run(stage, tmp_path, "/dev/null")

    assert "Result: promoted" in result.log
    assert result.exit_code == 0


def test_a_summary_that_cannot_be_written_fails_nothing_and_is_told(stage: Stage, tmp_path: Path) -> None:
    summary = f"import os\nos.environ['GITHUB_STEP_SUMMARY'] = {str(tmp_path / 'absent' / 'summary')!r}\n"
    stage.runner.entrypoint = prepared(tmp_path / "entry", summary)

    result = stage.runner.run(stage.inputs())

    assert result.outputs["status"] == "promoted"
    assert result.exit_code == 0
    assert "The summary could not be written (GITHUB_STEP_SUMMARY): " in result.log
    assert "No such file or directory" in result.log
