"""What a developer and CI run: the steps of .ci/run, the linters, the locks, and the folders that the pages name."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY
from tests.support.documents import tables
from tests.support.workflows import jobs, workflow

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
CI_RUN = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
STEPS = ["check", "container-test", "render-test"]
LINTERS = {
    *("$(PY) -m ruff check .", "$(PY) -m ruff format --check .", "$(PY) -m mypy", "$(PY) -m yamllint --strict ."),
    ".venv/bin/zizmor --offline --persona pedantic --quiet .",
    ".venv/bin/hadolint Dockerfile",
}
SCHEMAS = {
    *("vendor.github-actions", "vendor.github-workflows", "vendor.dependabot"),
    *("vendor.github-issue-forms", "vendor.github-issue-config"),
}


def recipe(target: str) -> list[str]:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found, target
    return [line.strip() for line in found.group(1).splitlines()]


def test_ci_here_runs_the_whole_check_the_container_and_the_browser() -> None:
    assert re.findall(r"^steps=\((.*)\)$", CI_RUN, re.MULTILINE) == [" ".join(STEPS)]


def test_ci_on_github_runs_the_same() -> None:
    runs = {
        name: [step["run"] for step in job["steps"] if "make" in step.get("run", "")]
        for name, job in jobs(workflow("ci.yml")).items()
    }
    assert runs == {
        "check": ["make check"],
        "container": ["make container-test"],
        "render": ["make render-test"],
        "action": [],
    }


def test_a_check_is_lint_and_test() -> None:
    assert re.search(r"^check: lint test\b", MAKEFILE, re.MULTILINE)
    assert recipe("test") == [
        "$(PY) -m pytest -n 4 --cov --cov-report=term --ignore tests/sweep",
        "$(PY) -m pytest -n 2 tests/sweep",
    ]


def test_the_whole_sweep_disturbs_the_probe_too() -> None:
    assert recipe("sweep") == ["$(PY) -m tests.sweep --write README.md", "$(PY) -m tests.sweep.probing"]


def test_the_probe_asks_for_nothing_and_takes_its_options_from_the_environment() -> None:
    assert recipe("probe") == ["@$(PY) -m conformance $(PROBE_OPTIONS)"]
    assert " probe " in re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)[0]


def test_every_linter_runs_and_its_verdict_counts() -> None:
    lines = recipe("lint")
    for linter in LINTERS:
        assert [line for line in lines if line == linter or line.startswith(f"{linter} $(wildcard ")], linter
    assert {
        found for line in lines for found in re.findall(r"check_jsonschema --builtin-schema (\S+)", line)
    } == SCHEMAS
    assert not [line for line in lines if line.startswith(("-", "@-")) or "|" in line or ";" in line]


@pytest.mark.parametrize(("name", "text"), [("Dockerfile", DOCKERFILE), ("Makefile", MAKEFILE)])
def test_whatever_is_installed_from_a_lock_is_checked_by_its_hash(name: str, text: str) -> None:
    installs = re.findall(r"pip install(?:[^\n&|]|\\\n)*", text)
    assert installs, f"{name} installs nothing?"
    for install in installs:
        if re.search(r"\s(-r|--requirement)\b", install):
            assert "--require-hashes" in install, install
            assert "--no-deps" in install, install
            assert "--only-binary :all:" in install, install
        else:  # this project alone, and nothing that it asks for
            assert re.search(r"--no-deps --no-build-isolation .* \.$", install.rstrip(" \\")), install


def closing_lines(text: str, folder: Path) -> list[str]:
    """What .ci/run repeats at its end of a log."""
    function = re.search(r"^closing_lines\(\) \{\n.*?^\}$", CI_RUN, re.MULTILINE | re.DOTALL)
    assert function
    (folder / "log").write_text(text, encoding="utf-8")
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("bash is not here")
    command = [bash, "-euo", "pipefail", "-c", f"log=log; {function.group()}\nclosing_lines"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


def test_ci_ends_with_what_each_step_said(tmp_path: Path) -> None:
    wanted = [
        "================== 1508 passed, 2 skipped in 201.35s (0:03:21) ==================",
        "14 passed, 0 failed",
        "0 passed, 1 failed",
        "render-test: 57 passed, 1 failed (screenshots: tests/render/out)",
    ]
    others = ["================ FAILURES ================", "ok     it has passed, none failed (1.0 s)", "passed"]

    assert closing_lines("\n".join([*others, *wanted, *others]), tmp_path) == wanted


def test_the_lines_that_ci_ends_with_are_those_that_the_steps_print() -> None:
    container = (REPOSITORY / "tools" / "container_test.py").read_text(encoding="utf-8")
    browser = (REPOSITORY / "tests" / "render" / "render.mjs").read_text(encoding="utf-8")
    assert 'print(f"{len(CHECKS) - failed} passed, {failed} failed")' in container
    assert "console.log(`render-test: ${passed} passed, ${failed} failed (screenshots: tests/render/out)`)" in browser


def test_the_probe_and_the_emulator_are_never_in_the_image() -> None:
    allowed = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert not [line for line in allowed if re.search(r"conformance|emulator|tests|tools", line)]


# The folders


def folders(page: Path) -> set[str]:
    """What the tables of a page call a folder, from the root."""
    named = [row[0][0] for head, *rows in tables(page) if head[0] == ["folder"] for row in rows]
    beside = {folder.name for folder in page.parent.iterdir() if folder.is_dir()}
    return {
        (page.parent / name if name.split("/")[0] in beside else REPOSITORY / name).relative_to(REPOSITORY).as_posix()
        for name in named
    }


@pytest.mark.parametrize("page", ["docs/contributing.md", "tests/README.md"])
def test_every_folder_that_a_page_lists_is_there_and_every_folder_of_tests_is_listed(page: str) -> None:
    named = folders(REPOSITORY / page)
    tests = {f"tests/{init.parent.name}" for init in (REPOSITORY / "tests").glob("*/__init__.py")}

    assert not [name for name in named if not (REPOSITORY / name).is_dir()]
    assert not tests - named - ({"tests/support"} if page.startswith("docs") else set())
