"""Surroundings that a careless action would trip over: a checkout and a HOME that somebody else has filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODULES = ("requests", "urllib3", "certifi", "cvaction", "actions_toolkit", "json", "sitecustomize", "usercustomize")
_EVIL = "import os\nos.write(1, b'EVIL CODE RAN: ' + __name__.encode() + b'\\n')\nraise SystemExit(66)\n"

TRACE = "EVIL CODE RAN"  # in the log if any of the modules was imported


def plant_evil_modules(folder: Path) -> None:
    """Put modules into a folder that tell of themselves, and end the process, when they are imported."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODULES:
        (folder / f"{name}.py").write_text(_EVIL, encoding="utf-8")


def plant_netrc(home: Path, *hosts: str) -> None:
    """Credentials for the hosts in HOME, which all container actions of a job share."""
    text = "".join(f"machine {host} login evil password from-netrc\n" for host in hosts)
    path = home / ".netrc"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def hostile_environment(folder: Path) -> dict[str, str]:
    """A workflow's `env:` with a nonsense PATH and Python's variables turned against us."""
    plant_evil_modules(folder)
    return {
        "PATH": "utter-nonsense",
        "PYTHONPATH": str(folder),
        "PYTHONSTARTUP": str(folder / "requests.py"),
        "PYTHONUSERBASE": str(folder),
        "PYTHONHOME": str(folder),
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONWARNINGS": "error",
        "LC_ALL": "nonsense",
        "TMPDIR": str(folder / "absent"),
    }
