"""Runs the scripts of release.yml job by job, as the runner runs them, against doubles of `gh` and `docker`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner_double.double import REPOSITORY
from tests.support import release_doubles
from tests.support.documents import FOLDERS, dockerfile, path_of
from tests.support.workflows import jobs, workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "1.2.3"
TAG = f"v{VERSION}"
IMAGE = "ghcr.io/octo/release"
UP_TO_TRY = ("agree", "build", "image", "attest", "try")
MAKES = "git/(blobs|trees|refs|commits --input)"  # the calls that make something in the repository
SHELL = (shutil.which("bash") or "bash", "--noprofile", "--norc", "-eo", "pipefail")  # as `shell: bash`
NEEDED = ("bash", "git", "jq", "awk", "sed", "sha256sum")
CHANGELOG = f"""# Changelog

## [Unreleased]

- Not yet.

## [{VERSION}] - 2026-11-24

- What is new.

## [1.2.2] - 2026-01-01

- Old.

[{VERSION}]: https://example.com
"""


@dataclass
class Ended:
    """What a job came to: the exit code of its first failing script, or 0, and all that it printed."""

    code: int
    log: str

    @property
    def errors(self) -> list[str]:
        """The texts of its annotations."""
        return re.findall(r"^::error title=[\w ,]+::(.+)$", self.log, re.MULTILINE)


class Rehearsal:
    """A repository with its registry at the moment of a dispatch. Its `world` may be changed before each job."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder
        self.jobs = jobs(workflow("release.yml"))
        self.main = folder / "main"
        self._make_repository()
        self.sha = self.git("rev-parse", "HEAD")
        self._world = folder / "world.json"
        self._world.write_text(json.dumps(self._new_world()), encoding="utf-8")
        self._make_programs()
        self.context = {"github.token": "a token", "inputs.version": VERSION, "inputs.leave-draft": "false"}
        self.context |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        self.skipped: list[str] = []  # the names of the steps whose `if:` was false

    def _make_repository(self) -> None:
        self.main.mkdir()
        for name in ("Dockerfile", ".github/workflows"):
            copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
            copy(REPOSITORY / name, self.main / name)
        for folder, name in FOLDERS.items():
            # At a release's commit, and in a copy that has its own image, it names one.
            image = f"  image: {dockerfile(folder)}"
            action = re.sub(r"^  image: .*$", image, path_of(folder).read_text(encoding="utf-8"), flags=re.MULTILINE)
            (self.main / name).parent.mkdir(exist_ok=True)
            (self.main / name).write_text(action, encoding="utf-8")
        project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
        project = re.sub(r'^version = ".*"$', f'version = "{VERSION}"', project, flags=re.MULTILINE)
        for name, text in (("pyproject.toml", project), ("CHANGELOG.md", CHANGELOG)):
            (self.main / name).write_text(text, encoding="utf-8")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def commit(self) -> None:
        """What stands in the folder is main now, and what is dispatched."""
        self.git("add", "--all")
        self.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--message=x")
        self.sha = self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        # The surroundings may be a git hook's, or a user's with hooks of their own.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        # Always the same time, so that the commit is always the same.
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-11-24T00:00:00Z")
        env = {**clean, **dates, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=self.main, env=env, capture_output=True, text=True, check=True
        ).stdout.strip()

    def _new_world(self) -> dict[str, Any]:
        lists: dict[str, Any] = {name: [] for name in ("answers", "calls", "overwritten")}
        tables: dict[str, Any] = {name: {} for name in ("images", "tags", "commits")}
        return {
            **lists,
            **tables,
            "base": ["amd64", "arm64", "s390x"],
            "attested": False,
            "release": None,
            "immutable": True,
            "green": 1,
            "workflows": self.git("rev-parse", "HEAD:.github/workflows"),
        }

    def _make_programs(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        doubles = shlex.join([sys.executable, "-IS", release_doubles.__file__, str(self._world)])
        for name in ("gh", "docker"):
            (programs / name).write_text(f'#!/bin/sh\nexec {doubles} {name} "$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)

    @property
    def world(self) -> dict[str, Any]:
        """A copy: what the doubles saw and changed."""
        world: dict[str, Any] = json.loads(self._world.read_text(encoding="utf-8"))
        return world

    def change(self, **values: Any) -> None:
        self._world.write_text(json.dumps({**self.world, **values}), encoding="utf-8")

    def resume(self, earlier: Rehearsal) -> None:
        """Stand where another rehearsal of the same commit stands."""
        assert self.sha == earlier.sha
        self.context, self.skipped = dict(earlier.context), list(earlier.skipped)
        self.change(**earlier.world)

    def refuse(self, pattern: str, error: str) -> None:
        """Let the calls that match end with this error; an empty pattern ends that again."""
        self.change(answers=[[pattern, error]] if pattern else [])

    def make_image(self, sha: str = "", *, parts_only: bool = False) -> None:
        """Put into the registry what an earlier run has pushed."""
        parts = {
            f"{IMAGE}:{TAG}-{sha or self.sha}-{architecture}": {
                "labels": {"org.opencontainers.image.revision": sha or self.sha},
                "platform": f"linux/{architecture}",
            }
            for architecture in ("amd64", "arm64")
        }
        index = {"manifests": [release_doubles.manifest_of(part) for part in parts.values()]}
        self.change(images=parts if parts_only else {**parts, f"{IMAGE}:{TAG}": index})

    # The runner

    def run(self, name: str) -> Ended:
        """Run a job's scripts, once for each leg of its matrix, until one fails; its outputs are known to later jobs."""
        job = self.jobs[name]
        legs = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
        log = ""
        for leg in legs:
            self.context |= {f"matrix.{key}": value for key, value in leg.items()}
            ended = self._run_leg(job)
            log += ended.log
            if ended.code:
                return Ended(ended.code, log)
        for key, value in job.get("outputs", {}).items():
            self.context[f"needs.{name}.outputs.{key}"] = self.evaluate(value)
        return Ended(0, log)

    def _run_leg(self, job: dict[str, Any]) -> Ended:
        checkout = self.folder / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        if any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"]):
            shutil.copytree(self.main, checkout)
        else:
            checkout.mkdir()
        log, code = "", 0
        for step in job["steps"]:
            condition = step.get("if", "")
            if condition.startswith("steps.") and not self._holds(condition):
                self.skipped.append(step["name"])
            elif "run" in step and (code == 0 or condition == "always()"):
                done = self._run_step(step, checkout)
                log += done.stdout
                code = code or done.returncode
        return Ended(code, log)

    def _run_step(self, step: dict[str, Any], checkout: Path) -> subprocess.CompletedProcess[str]:
        script, output = self.folder / "script.sh", self.folder / "output"
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("", encoding="utf-8")
        env = {
            "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "Octo/Release",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": self.sha,
            **{name: self.evaluate(value) for name, value in step.get("env", {}).items()},
            **{key.removeprefix("env."): value for key, value in self.context.items() if key.startswith("env.")},
        }
        done = subprocess.run(
            [*SHELL, str(script)],
            cwd=checkout,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.context[f"steps.{step['id']}.outputs.{name}"] = value
        return done

    def evaluate(self, text: str) -> str:
        """A value of `env:` or `outputs:`. What is not known is a KeyError: it would be empty on a runner."""
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: self._value(found.group(1)), text)

    def _value(self, expression: str) -> str:
        if found := re.fullmatch(r"format\('(.+?)', (.+)\)", expression):
            return found.group(1).format(*(self._value(part) for part in found.group(2).split(", ")))
        return self.context[expression]

    def _holds(self, condition: str) -> bool:
        name, wanted = re.fullmatch(r"(\S+) != '(.*)'", condition).groups()  # type: ignore[union-attr] # or it is red
        return self.context[name] != wanted


def missing() -> Iterator[str]:
    """The programs that a rehearsal needs and that are not here."""
    for name in NEEDED:
        if not shutil.which(name):
            yield name
    if sys.platform != "linux":
        yield "GNU's sed"


# What the tests say of it


def passes(rehearsal: Rehearsal, *names: str) -> str:
    log = ""
    for name in names:
        ended = rehearsal.run(name)
        assert ended.code == 0, f"{name}: {ended.log}"
        log += ended.log
    return log


def stops(rehearsal: Rehearsal, name: str, *words: str) -> None:
    ended = rehearsal.run(name)
    assert ended.code != 0, ended.log
    (error,) = ended.errors or [f"no annotation in {ended.log}"]
    for word in words:
        assert word in error


def calls(rehearsal: Rehearsal, pattern: str) -> list[str]:
    return [call for call in rehearsal.world["calls"] if re.search(pattern, call)]


def pushes(rehearsal: Rehearsal) -> list[str]:
    return [found for call in calls(rehearsal, "^docker buildx") for found in re.findall(r"--tag (\S+)", call)]
