"""The double of the runner, with a real container: PID 1, root, mounts and translated paths."""

from __future__ import annotations

import itertools
import os
import subprocess
from typing import TYPE_CHECKING

from runner_double.double import RunnerDouble, RunningStep

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from tools.container.engine import Engine

ROOT = "/github"
_numbers = itertools.count(1)


class ContainerRunner(RunnerDouble):
    """Starts the image as ContainerActionHandler.cs does (runner 2.336)."""

    def __init__(self, folder: Path, engine: Engine, image: str) -> None:
        super().__init__(folder)
        self.engine = engine
        self.image = image
        self.options: tuple[str, ...] = ()
        self.container = ""

    def start(
        self,
        inputs: Mapping[str, str],
        *,
        env: Mapping[str, str] | None = None,
        without: Collection[str] = (),
    ) -> RunningStep:
        """Start a step; `options` are added to the engine's."""
        self._steps += 1
        self.container = f"cvaction-test-{os.getpid()}-{next(_numbers)}"
        files = self._make_files()
        environ = {name: self._inside(value) for name, value in (env or {}).items()}
        environ |= self._inputs(inputs)
        environ |= {name: self._inside(value) for name, value in self._runner_variables().items()}
        environ |= {name: self._inside(str(path)) for name, path in files.items()}
        environ = {name: value for name, value in environ.items() if name not in without}
        command = self.engine.run(
            *("--name", self.container, "--label", "cvaction-test", "--workdir", f"{ROOT}/workspace"),
            *(option for name, value in environ.items() for option in ("--env", f"{name}={value}")),
            *(option for name in self._mounts() for option in ("--volume", f"{self.folder / name}:{ROOT}/{name}")),
            *self.options,
            self.image,
            *self.args,
        )
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
        )
        return RunningStep(process, files, debugging=self.debugging)

    def kill(self) -> None:
        """Kill the container that was started last, as a lost runner does."""
        self.engine("kill", "--signal", "KILL", self.container)

    def inside(self, *command: str) -> str:
        """Run a command beside the action, in its container."""
        return self.engine("exec", self.container, *command)

    @staticmethod
    def _mounts() -> tuple[str, ...]:
        return ("workspace", "home", "file_commands")

    def _inside(self, value: str) -> str:
        return value.replace(str(self.folder), ROOT)
