"""A double of the runner: starts entrypoint.py as a container action is started, and reads what it prints.

Only a container has PID 1, root and translated paths, so they are missing here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import yaml

from runner_double.file_commands import FILES
from runner_double.log_commands import StepLog
from runner_double.step_result import StepResult, read_result

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Self

REPOSITORY = Path(__file__).resolve().parents[1]
ENTRYPOINT = REPOSITORY / "entrypoint.py"

# ProcessInvoker.cs and JobDispatcher.cs: a cancelled step gets SIGINT, then SIGTERM, then it is killed.
SIGINT_GRACE = 7.5
SIGTERM_GRACE = 2.5


@dataclass
class RunnerDouble:
    """One runner with a workspace. Each `run` is a step. A re-run keeps the identity of the run."""

    folder: Path
    repository: str = "octo/release"
    repository_id: str = "1296269"
    run_id: str = "9000000001"
    attempt: int = 1
    sha: str = "0123456789abcdef0123456789abcdef01234567"
    event: str = "push"
    actor: str = "octocat"
    entrypoint: Path = ENTRYPOINT
    action: str = "."  # the folder of the action.yml, from the entrypoint's own
    args: tuple[str, ...] = ()  # its `runs.args`
    python: str = sys.executable
    debugging: bool = False
    strict: bool = True  # an input that action.yml does not declare is a mistake in the test
    _steps: int = 0
    _declared: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = self.folder / "workspace"
        self.home = self.folder / "home"
        for folder in (self.workspace, self.home):
            folder.mkdir(parents=True, exist_ok=True)

    def run(
        self,
        inputs: Mapping[str, str],
        *,
        env: Mapping[str, str] | None = None,
        without: Collection[str] = (),
        timeout: float = 60,
    ) -> StepResult:
        """Run the action to its end."""
        return self.start(inputs, env=env, without=without).wait(timeout)

    def start(
        self,
        inputs: Mapping[str, str],
        *,
        env: Mapping[str, str] | None = None,
        without: Collection[str] = (),
    ) -> RunningStep:
        """Start the action and return at once.

        `env` is the workflow's own `env:`, which may be hostile; the runner's variables win over it.
        `without` names variables that are taken away at the end, as if there were no runner.
        """
        self._steps += 1
        files = self._make_files()
        environ = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin", **(env or {})}
        environ |= self._inputs(inputs)
        environ |= self._runner_variables()
        environ |= {name: str(path) for name, path in files.items()}
        for name in without:
            environ.pop(name, None)
        # Not the runner's: lets the subprocess be measured.
        environ |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS")}
        process = subprocess.Popen(
            [self.python, "-Iu", str(self.entrypoint), *self.args],
            env=environ,
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )
        return RunningStep(process, files, debugging=self.debugging)

    def _make_files(self) -> dict[str, Path]:
        folder = self.folder / "file_commands"
        folder.mkdir(exist_ok=True)
        files = {name: folder / f"{name.lower()}_{self._steps}" for name in FILES}
        for path in files.values():
            path.touch()
        return files

    def _inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every declared input is set: to the given value, or else to action.yml's default, or else to an empty text."""
        if self.action not in self._declared:
            action = yaml.safe_load((self.entrypoint.parent / self.action / "action.yml").read_text(encoding="utf-8"))
            self._declared[self.action] = {name: spec.get("default", "") for name, spec in action["inputs"].items()}
        declared = self._declared[self.action]
        if self.strict and (unknown := set(given) - set(declared)):
            raise ValueError(f"action.yml declares no input of the name {', '.join(sorted(unknown))}")
        values = {**declared, **given}
        # Handler.cs: blanks become underscores, dashes stay.
        return {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in values.items()}

    def _runner_variables(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": self.actor,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_REPOSITORY_ID": self.repository_id,
            "GITHUB_RUN_ATTEMPT": str(self.attempt),
            "GITHUB_RUN_ID": self.run_id,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": self.sha,
            "GITHUB_WORKSPACE": str(self.workspace),
            **({"RUNNER_DEBUG": "1"} if self.debugging else {}),
        }


class RunningStep:
    """A running step. Call `wait` in the end, or use the step in a `with`."""

    def __init__(self, process: subprocess.Popen[bytes], files: dict[str, Path], *, debugging: bool) -> None:
        self.process = process
        self._files = files
        self._debugging = debugging
        self._started = time.monotonic()
        self._raw = bytearray()
        self._news = threading.Condition()
        self._result: StepResult | None = None
        assert process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._result is None:
            self.kill()
            self.wait()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                with self._news:
                    self._raw += chunk
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Return as soon as the process has printed this text, unmasked; fail if it ends or takes too long."""
        wanted = text.encode()
        with self._news:
            self._news.wait_for(lambda: wanted in self._raw or not self._reader.is_alive(), timeout)
            if wanted not in self._raw:
                raise AssertionError(f"never printed: {text!r}\n{self._raw.decode(errors='replace')}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End the process at once, as a lost runner does."""
        self.process.kill()

    def cancel(self) -> StepResult:
        """Cancel the step as the runner does."""
        for number, grace in ((signal.SIGINT, SIGINT_GRACE), (signal.SIGTERM, SIGTERM_GRACE)):
            self.send(number)
            try:
                return self.wait(grace)
            except subprocess.TimeoutExpired:
                continue
        self.kill()
        return self.wait()

    def wait(self, timeout: float = 60) -> StepResult:
        """Wait for the end of the process, and return the result. Raises subprocess.TimeoutExpired."""
        if self._result is None:
            code = self.process.wait(timeout)
            seconds = time.monotonic() - self._started
            self._reader.join(timeout)
            self._result = read_result(
                exit_code=128 - code if code < 0 else code,
                seconds=seconds,
                raw=bytes(self._raw),
                # A step may delete its own files. For the runner they are then empty.
                files={name: p.read_bytes() if p.exists() else b"" for name, p in self._files.items()},
                log=StepLog(debugging=self._debugging),
            )
        return self._result
