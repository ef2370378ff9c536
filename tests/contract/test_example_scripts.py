"""The scripts of the examples that talk to GitHub, run as the runner runs them against a double of `gh`."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from runner_double.double import REPOSITORY
from tests.support import gh_double
from tests.support.workflows import load, steps
from tests.support.world import new_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Result

PLAN, NIGHTLY = "plan-on-pull-request.yml", "nightly-sync.yml"
HOSTILE = {
    "commands": "a ##[add-mask]a ::error::x",
    "code": "` ```\n~~~\n</code></pre> b",
    "markup": "<img src=x> ![a](https://example.com/x) [y](z) @octocat #1 https://example.com <!-- -->",
    "lines": "one\n\ntwo\r\n# three\u2028- four\x85five",
    "shell": "$(touch /tmp/owned) `id` \"; exit 1; ' \\n",
}


class Rehearsal:
    """A repository with a pull request, and the scripts of the examples."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._world = folder / "world.json"
        self.change(comments=[], issues=[], labels=[])
        programs = folder / "bin"
        programs.mkdir()
        double = shlex.join([sys.executable, "-IS", gh_double.__file__, str(self._world)])
        (programs / "gh").write_text(f'#!/bin/sh\nexec {double} "$@"\n', encoding="utf-8")
        (programs / "gh").chmod(0o755)

    @property
    def world(self) -> dict[str, Any]:
        world: dict[str, Any] = json.loads(self._world.read_text(encoding="utf-8"))
        return world

    def change(self, **values: Any) -> None:
        before = self.world if self._world.exists() else {}
        self._world.write_text(json.dumps({**before, **values}), encoding="utf-8")

    def run(self, example: str, name: str, **given: str) -> str:
        """Run a step, which must pass; returns what it printed."""
        done = self.start(example, name, **given)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self, example: str, name: str, **given: str) -> subprocess.CompletedProcess[str]:
        """Run a step as `bash -e`, which is the runner's default."""
        (step,) = [step for step in steps(load(REPOSITORY / "examples" / example)) if step["name"] == name]
        script = self.folder / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        # Values that are no expression are the example's own.
        fixed = {name: value for name, value in step["env"].items() if "${{" not in value}
        assert set(step["env"]) - set(fixed) - {"GH_TOKEN"} == set(given)
        path = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        env = {"PATH": path, "GITHUB_REPOSITORY": "Octo/Shop", **fixed, **given}
        return subprocess.run(
            [shutil.which("bash") or "bash", "-e", str(script)],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def comment(self, report: str, url: str = "https://github.com/Octo/Shop/actions/runs/1") -> str:
        return self.run(PLAN, "Put the plan into the comment", NUMBER="7", REPORT=report, RUN_URL=url)

    def night(self, name: str, number: int) -> None:
        self.run(NIGHTLY, name, RUN_URL=f"night {number}")


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    lacking = [name for name in ("bash", "jq") if not shutil.which(name)]
    if lacking:
        pytest.skip(f"the scripts of the examples need {', '.join(lacking)}")
    return Rehearsal(tmp_path)


def planned(folder: Path, name: str = "Shelf", **inputs: str) -> Result:
    """A plan of a project of this name."""
    given = {key.replace("_", "-"): value for key, value in inputs.items()}
    world = new_world("allow", {"dry-run": "true", **given}, folder)
    world.emulator.rename(world.dev, world.source, name)
    return world.attempt()[0]


def rendered(comment: str) -> list[tuple[str, str]]:
    """The blocks of a comment that hold text: kind and content."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(comment)
    return [(token.type, token.content) for token in tokens if token.content]


def test_a_plan_is_one_comment_that_the_next_push_updates(rehearsal: Rehearsal, tmp_path: Path) -> None:
    human = {"id": 1, "user": {"login": "octocat"}, "body": "Looks good."}
    ghost = {"id": 2, "user": None, "body": None}
    bot = {"id": 3, "user": gh_double.BOT, "body": "Coverage: 90 %"}
    rehearsal.change(comments=[human, ghost, bot])
    first = planned(tmp_path, min_recall="0.1")
    second = planned(tmp_path, min_recall="0.999")
    assert (first.status, second.status) == ("planned", "gated")

    rehearsal.comment(first.outputs["report"])
    (before,) = rehearsal.world["comments"][3:]
    rehearsal.comment(second.outputs["report"])

    assert rehearsal.world["comments"][:3] == [human, ghost, bot]
    (after,) = rehearsal.world["comments"][3:]
    assert before["id"] == after["id"]
    assert "    Status: planned\n    Gate min-recall: recall 0.9" in before["body"]
    assert "passed\n    1. Export 'Shelf'" in before["body"]
    assert "    Status: gated\n    Failure: The model missed a gate\n    Gate min-recall: recall 0.9" in after["body"]
    assert ", at least 0.999, missed\n    1. Stop before the export" in after["body"]


def test_a_comment_of_somebody_else_with_the_same_marker_is_left_alone(rehearsal: Rehearsal, tmp_path: Path) -> None:
    report = planned(tmp_path).outputs["report"]
    rehearsal.comment(report)
    (ours,) = rehearsal.world["comments"]
    theirs = {"id": 1, "user": {"login": "octocat"}, "body": ours["body"]}
    quoted = {"id": 2, "user": gh_double.BOT, "body": f"> {ours['body']}"}
    rehearsal.change(comments=[theirs, quoted, ours])

    rehearsal.comment(report, "https://github.com/Octo/Shop/actions/runs/2")

    assert rehearsal.world["comments"][:2] == [theirs, quoted]
    assert "runs/2" in rehearsal.world["comments"][2]["body"]
    assert len(rehearsal.world["comments"]) == 3


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_code_in_the_comment_and_nothing_in_the_log(
    rehearsal: Rehearsal, tmp_path: Path, name: str
) -> None:
    result = planned(tmp_path, name, target_project_name="Shelf")
    report = result.report
    # What the action has made harmless already may come as it is, too: the script does not rely on it.
    raw = {**report, "plan": [*report["plan"], name], "warnings": [name], "error": {"title": name}}

    for given in (result.outputs["report"], json.dumps(raw)):
        assert rehearsal.comment(given) == ""
        (comment,) = rehearsal.world["comments"]
        marker, heading, code = rendered(comment["body"])
        assert marker[0] == "html_block"
        assert re.fullmatch(r"<!-- [\w :.]+ -->\n", marker[1])
        assert heading == (
            "inline",
            "**Plan of the promotion** ([run](https://github.com/Octo/Shop/actions/runs/1))",
        )
        assert code[0] == "code_block"
        assert code[1].startswith("Status: planned\n")


@pytest.mark.parametrize(
    "report", ['{"plan": ["##[add-mask]a \\ud83d"], "gates": [', "::error::x", '{"plan": "##[error]"}']
)
def test_a_report_that_cannot_be_read_is_not_printed(rehearsal: Rehearsal, report: str) -> None:
    done = rehearsal.start(PLAN, "Put the plan into the comment", NUMBER="7", REPORT=report, RUN_URL="https://x")

    assert done.returncode != 0
    assert "##[" not in done.stdout
    assert "::" not in done.stdout
    assert rehearsal.world["comments"] == []


def test_a_long_plan_is_cut_to_what_a_comment_may_hold(rehearsal: Rehearsal, tmp_path: Path) -> None:
    report = {**planned(tmp_path).report, "plan": ["x" * 200] * 400}

    rehearsal.comment(json.dumps(report))

    (comment,) = rehearsal.world["comments"]
    assert 60_000 < len(comment["body"]) < 65_536
    assert comment["body"].endswith("\n    … (cut: the run has all of it)\n")


def test_failed_nights_share_one_issue_and_a_good_night_closes_it(rehearsal: Rehearsal) -> None:
    failed, good = "Open the issue, or comment on the open one", "Close the issue"

    for number, name in enumerate([good, failed, failed, good, good, failed], start=1):
        rehearsal.night(name, number)

    issues = rehearsal.world["issues"]
    assert [issue["open"] for issue in issues] == [False, True]
    told = [[re.findall(r"night \d", text) for text in issue["texts"]] for issue in issues]
    assert told == [[["night 2"], ["night 3"], ["night 4"]], [["night 6"]]]
    assert len(rehearsal.world["labels"]) == 1
