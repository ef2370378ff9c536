"""The probe as a process, against the emulator over HTTP: `make probe`, its file, and an emulator that behaves so."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from emulator import Behaviour, Emulator, Server
from emulator.host.options import behaviour, parser
from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60
FACTS = {
    "wrong-key": "401 gateway 401",
    "no-content-length": "411 html",
    "double-slash": "accepted",
    "create-taken-name": "refuse",
    "names-case": "same",
    "name-blanks": "strip",
    "import-taken-name": "refuse",
    "originals-kept": "no",
}


def emulator() -> Emulator:
    settings = Behaviour(taken_import_name="refuse", names_ignore_case=True, name_blanks="strip", rewrites_uploads=True)
    settings.import_seconds = 0.2
    made = Emulator(behaviour=settings)
    for name in ("dev", "prod"):
        made.add_project(made.add_resource(name), "A stranger's")
    return made


def environment(folder: Path, server: Server, made: Emulator) -> dict[str, str]:
    found = {
        name: value for name, value in os.environ.items() if not name.startswith(("PROBE_", "GITHUB_", "ACTIONS_"))
    }
    for side, name in (("SOURCE", "dev"), ("TARGET", "prod")):
        found[f"PROBE_{side}_ENDPOINT"] = server.endpoint(name)
        found[f"PROBE_{side}_KEY"] = made.resources[name].training_key
    return {**found, "PROBE_OUTPUT": str(folder / "facts.json"), "PROBE_JOURNAL": str(folder / "journal")}


def names(made: Emulator) -> list[str]:
    return [project.name for resource in made.resources.values() for project in resource.projects.values()]


def test_make_probe_reads_an_emulator_over_http(tmp_path: Path) -> None:
    """The recipe of the Makefile; `make` itself would renew the environment that this test runs in."""
    recipe = re.search(
        r"^probe:.*\n\t@?\$\(PY\) (.+)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert recipe
    options = " ".join(["--yes", "--pace", "200", *(f"--only {fact}" for fact in FACTS)])
    command = recipe.group(1).replace("$(PROBE_OPTIONS)", options).split()
    made = emulator()
    with Server(made) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", *command],
            cwd=REPOSITORY,
            env=environment(tmp_path, server, made),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    told = json.loads((tmp_path / "facts.json").read_text(encoding="utf-8"))
    assert {name: told["facts"][name].get("value") for name in FACTS} == FACTS, done.stdout
    assert names(made) == ["A stranger's", "A stranger's"]
    assert not (tmp_path / "journal").exists()
    seen = behaviour(parser().parse_args(["--facts", str(tmp_path / "facts.json")]))
    assert (seen.taken_create_name, seen.names_ignore_case, seen.rewrites_uploads) == ("refuse", True, True)


def test_a_cancelled_probe_deletes_what_it_made(tmp_path: Path) -> None:
    made = emulator()
    made.behaviour.import_seconds = 3600.0
    with (
        Server(made) as server,
        subprocess.Popen(
            [sys.executable, "-m", "conformance", "--yes", "--pace", "100", "--only", "import-estimate"],
            cwd=REPOSITORY,
            env=environment(tmp_path, server, made),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while len(names(made)) < 4:  # the scratch project, and its copy
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()

    assert process.returncode == 128 + signal.SIGINT, output
    assert "Cancelled: deleting what this probe has made." in output
    assert names(made) == ["A stranger's", "A stranger's"]


def test_a_damaged_file_of_facts_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text('{"schema": 1, "facts": {"nonsense": {}}}', encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "emulator", "--facts", str(tmp_path / "facts.json")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("cannot behave as seen: ")
    assert "there is no fact 'nonsense'" in done.stderr
    assert done.stderr.count("\n") == 1
