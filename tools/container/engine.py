"""Builds and runs images: with Docker if its engine answers, else with podman."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HOW_TO_INSTALL = (
    "Neither Docker's engine nor podman is here. On Debian:\n"
    "  apt-get install -y --no-install-recommends buildah podman crun runc mmdebstrap netavark"
)
_PROBE_SECONDS = 30
_OUTPUT_LINES = 60


class EngineError(Exception):
    """Something that the test needs is missing. The text says what."""


@dataclass(frozen=True)
class Engine:
    """A container engine's command line."""

    name: str
    command: tuple[str, ...]
    run_options: tuple[str, ...] = ()

    @property
    def has_base(self) -> bool:
        """Whether the engine can pull the base image that the Dockerfile names. If not, a stand-in is made."""
        return self.name == "docker"

    def __call__(self, *arguments: str) -> str:
        """Run a subcommand, and return what it printed."""
        return output_of([*self.command, *arguments])

    def run(self, *arguments: str) -> list[str]:
        """The command that runs a container. The caller starts it."""
        return [*self.command, "run", "--rm", "--network", "host", *self.run_options, *arguments]

    def layers(self, image: str) -> list[str]:
        """The digests of an image's layers, lowest first."""
        layers: list[str] = json.loads(self("image", "inspect", "--format", "{{json .RootFS.Layers}}", image))
        return layers

    def remove(self, image: str) -> None:
        """Remove an image, if it is there."""
        subprocess.run([*self.command, "rmi", "--force", image], check=False, capture_output=True)


def find_engine() -> Engine:
    """Docker if it answers, else podman. If there is neither, an error that says how to install one."""
    if _answers(["docker", "info"]):
        return Engine("docker", ("docker",))
    if shutil.which("podman") is None:
        raise EngineError(HOW_TO_INSTALL)
    # crun does not start on machines with both generations of cgroups; runc does.
    runtime = ("--runtime", "runc") if shutil.which("runc") else ()
    # The defaults are more than a nested container may have.
    limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096")
    return Engine("podman", ("podman", "--log-level", "error", *runtime), limits)


def _answers(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=_PROBE_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def output_of(command: Sequence[str]) -> str:
    """Run a command and return its output. An error shows the end of the output."""
    try:
        done = subprocess.run(
            command, check=False, text=True, errors="replace", stdin=subprocess.DEVNULL, capture_output=True
        )
    except FileNotFoundError:
        raise EngineError(f"{command[0]} is not installed") from None
    if done.returncode:
        told = "\n".join((done.stdout + done.stderr).splitlines()[-_OUTPUT_LINES:])
        raise EngineError(f"{' '.join(command[:4])} … ended with {done.returncode}:\n{told}")
    return done.stdout
