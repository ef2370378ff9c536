"""The container's arguments: a command that the image does not have, or more than a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runner_double.double import RunnerDouble

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("arguments", [("prune",), ("",), ("list", "all"), ("list", ""), ("LIST",)])
def test_a_command_that_is_not_there_is_told_and_sets_the_status(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    runner = RunnerDouble(tmp_path, action="list", args=arguments)

    result = runner.run({"endpoint": "https://westeurope.api.cognitive.microsoft.com", "key": "0" * 32})

    assert result.exit_code == 1
    assert result.outputs == {"status": "failed"}
    assert [note.title for note in result.annotations] == ["The action has no such command"]
    assert "What to do: " in result.annotations[0].message


def test_a_command_that_is_not_there_is_told_where_no_output_can_be_set(tmp_path: Path) -> None:
    runner = RunnerDouble(tmp_path, args=("prune",))

    result = runner.run({}, without=("GITHUB_OUTPUT",))

    assert result.exit_code == 1
    assert [note.title for note in result.annotations] == ["The action has no such command"]
