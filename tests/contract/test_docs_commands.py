"""The commands of the pages run, or are listed with a reason."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import yaml

from emulator.host.options import parser
from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.pages import DOCS, MARKDOWN, PYTHON, each_file, environment, fences, inline, name_of, run_shown


def commands(path: Path) -> list[str]:
    """The commands of the `sh` blocks, one line each, without comments."""
    found = []
    for block in fences(path, "sh", "bash", "shell", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(re.sub(r"(^|\s)#.*", "", line).split())
            if command:
                found.append(command)
    return found


# Commands


def targets_of_ci() -> set[str]:
    """The make targets that CI runs, with what they ask for."""
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    steps = re.findall(r"^steps=\((.*)\)$", script, re.MULTILINE)
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    run = {*" ".join(steps).split(), *re.findall(r"run: make ([\w-]+)$", workflow, re.MULTILINE)}
    needed = dict(re.findall(r"^([\w-]+):([\w ./-]*)##", makefile(), re.MULTILINE))
    assert run <= set(needed)
    return run | {name for target in run for name in needed[target].split()}


def makefile() -> str:
    return (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def not_run() -> dict[str, str]:
    """The commands that are listed as not run, with the reason."""
    rows = [line.split("|") for line in (DOCS / "commands-not-run.md").read_text(encoding="utf-8").splitlines()]
    return {cells[1].strip().strip("`"): cells[2].strip() for cells in rows if len(cells) == 4 and "`" in cells[1]}


def run_here() -> set[str]:
    """The commands that the tests below run."""
    return {
        "make demo",
        f"{PYTHON} -m emulator --help",
        f"{PYTHON} -m tools.troubleshooting",
        f"{PYTHON} -m conformance.page",
        *(command for command in commands(DOCS / "rehearsing.md") if "--port" in command or "entrypoint.py" in command),
    }


@each_file
def test_every_command_is_run_or_listed_with_a_reason(path: Path) -> None:
    covered = run_here() | set(not_run()) | {f"make {target}" for target in targets_of_ci()}

    assert not [command for command in commands(path) if command not in covered]


def test_no_command_is_listed_that_is_not_shown_or_that_is_run() -> None:
    listed = not_run()
    shown = {command for path in MARKDOWN for command in commands(path)}
    made = {f"make {target}" for target in re.findall(r"^([\w-]+):.*##", makefile(), re.MULTILINE)}

    assert listed
    assert all(listed.values())
    assert not set(listed) - shown - made
    assert not set(listed) & (run_here() | {f"make {target}" for target in targets_of_ci()})


def test_every_make_target_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", makefile(), re.MULTILINE))

    for path in MARKDOWN:
        for token in inline(path):
            if token.type == "code_inline" and (found := re.match(r"make ([\w-]+)$", token.content)):
                assert found.group(1) in targets, f"{name_of(path)}: {token.content}"


@pytest.mark.slow
def test_make_demo_works() -> None:
    """Its recipe; `make` itself would renew the environment that this test runs in."""
    recipe = re.search(r"^demo:.*\n\t@?\$\(PY\) (.+)$", makefile(), re.MULTILINE)
    assert recipe

    done = run_shown(f"{PYTHON} {recipe.group(1)}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Result: promoted" in done.stdout
    assert "Result: incomplete" in done.stdout


def test_the_emulator_tells_its_options() -> None:
    done = run_shown(f"{PYTHON} -m emulator --help")

    assert done.returncode == 0, done.stderr
    assert "--import-outcome" in done.stdout


@pytest.mark.parametrize("number", [0, 1], ids=["keys", "keyless"])
def test_the_rehearsal_by_hand_works(tmp_path: Path, number: int) -> None:
    shown = [c for c in commands(DOCS / "rehearsing.md") if "--port" in c or "entrypoint.py" in c]
    assert len(shown) == 4
    start, promote = shown[2 * number : 2 * number + 2]
    described = tmp_path / "emulator.json"
    ports = re.findall(r"http://127\.0\.0\.1:(\d+)", promote)
    assert f"--port {ports[0]}" in start
    assert [int(port) - int(ports[0]) for port in ports] == list(range(len(ports)))
    words = shlex.split(start.replace(f"--port {ports[0]}", "--port 0"))
    with subprocess.Popen(
        [sys.executable, *words[1:], "--json", str(described)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        try:
            deadline = time.monotonic() + 20
            while not described.exists():
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            told = yaml.safe_load(described.read_text(encoding="utf-8"))
            origins = [told["resources"][name]["endpoint"] for name in ("development", "production")]
            if "identity" in told:
                asked = [told["identity"]["trusted_endpoints"], *told["identity"]["environment"].values()]
                origins += [found for text in asked for found in re.findall(r"http://127\.0\.0\.1:\d+", text)]
            for port, origin in zip(ports, origins, strict=True):
                promote = promote.replace(f"http://127.0.0.1:{port}", origin)

            done = run_shown(promote)
        finally:
            process.terminate()
    assert done.returncode == 0, done.stdout
    assert "Result: promoted" in done.stdout


def test_the_options_of_the_rehearsals_are_options() -> None:
    options = [
        token.content
        for token in inline(DOCS / "rehearsing.md")
        if token.type == "code_inline" and token.content.startswith("--") and token.content != "--seed"
    ]

    assert options
    for option in options:
        parser().parse_args(shlex.split(option))
