"""What the types forbid: mypy is run on lines that must not pass."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

FORBIDDEN = """
from cvaction.customvision.models import Project
from cvaction.job import Job
from cvaction.steps.reading import read_contents

def step(job: Job, project: Project) -> None:
    read_contents(job.source, project)
    job.source.delete_project(project.id)  # forbidden
    job.source.unpublish_iteration(project.id, project.id)  # forbidden
    job.source.update_project(project, name="x", description="")  # forbidden
    job.source.publish_iteration(project.id, project.id, "x", "y")  # forbidden
"""


def test_a_step_that_reads_the_source_cannot_change_it(tmp_path: Path) -> None:
    file = tmp_path / "violations.py"
    file.write_text(FORBIDDEN, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(file)]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
    refused = {int(line) for line in re.findall(r':(\d+): error: "ReadingClient" has no attribute', said)}
    forbidden = {number for number, line in enumerate(FORBIDDEN.splitlines(), 1) if "# forbidden" in line}
    assert refused == forbidden, said
    assert f"Found {len(forbidden)} errors" in said, said


def test_one_module_alone_may_delete_a_source() -> None:
    having = [
        path.relative_to(REPOSITORY).as_posix()
        for path in sorted((REPOSITORY / "cvaction").rglob("*.py"))
        if "source_to_delete" in path.read_text(encoding="utf-8")
    ]
    assert having == ["cvaction/job.py", "cvaction/steps/finishing.py"]
