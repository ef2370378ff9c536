"""RUNNER_DEBUG=1: a line for each request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.stage import Stage

LINE = re.compile(
    r"(source|target): (GET|POST|PATCH|DELETE) (/customvision/v3\.3/training/[\w/-]+) (\d{3}|no answer) \d+ ms( [0-9a-f-]{36})?"
)


def test_each_request_has_a_line_with_method_path_status_time_and_request_id(stage: Stage) -> None:
    stage.runner.debugging = True
    stage.fail("503", "GetTags")
    stage.fail("reset-before", "GetProjects")

    result = stage.run(**stage.publishing())

    found = [LINE.fullmatch(line) for line in result.debug]
    assert all(found), result.debug
    lines = [match.groups() for match in found if match]
    assert [(method, path, status) for _, method, path, status, _ in lines] == [
        (entry.method, entry.path, str(entry.status) if entry.status else "no answer") for entry in stage.emulator.log
    ]
    assert all(request_id for *_, status, request_id in lines if status != "no answer")
    assert "?" not in "".join(result.debug)


def test_without_it_there_is_no_such_line(stage: Stage) -> None:
    assert stage.run(dry_run="true").debug == []
