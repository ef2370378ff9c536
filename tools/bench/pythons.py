"""Pythons with only the packages of the image, or with only the vendor's SDK. They have byte code as in the image.

They have the image's version if this machine has one, because the time of a start depends on the version.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from runner_double.double import REPOSITORY
from tools.container.standin import find_python

if TYPE_CHECKING:
    from pathlib import Path

SDK = "azure-cognitiveservices-vision-customvision"


def base_python() -> tuple[str, str]:
    """The command and the version of the Python that is measured with."""
    found = find_python()
    return (
        (str(found.prefix / "bin" / "python3"), found.version) if found else (sys.executable, platform.python_version())
    )


def action_python(folder: Path) -> Path:
    """A Python with the packages of requirements.txt and the action, installed as in the image."""
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    site = _new(folder, [distribution(name) for name in re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)])
    shutil.rmtree(site / "tests", ignore_errors=True)
    shutil.copytree(REPOSITORY / "cvaction", site / "cvaction", ignore=shutil.ignore_patterns("__pycache__"))
    _compile(folder, site)
    return folder / "bin" / "python"


def sdk_python(folder: Path) -> Path:
    """A Python with the vendor's SDK and what it needs."""
    _compile(folder, _new(folder, list(_closure(SDK, {}).values())))
    return folder / "bin" / "python"


def _closure(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    if name not in found:
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for another version of Python
            return found
        for requirement in found[name].requires or ():
            if (match := re.match(r"[\w.-]+", requirement)) and "extra ==" not in requirement:
                _closure(re.sub(r"[-_.]+", "-", match[0]).lower(), found)
    return found


def _new(folder: Path, distributions: list[Distribution]) -> Path:
    subprocess.run([base_python()[0], "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = (folder / "lib").glob("python3.*/site-packages")
    for one in distributions:
        for file in one.files or ():
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(one.locate_file(file)), target)
    return site


def _compile(folder: Path, site: Path) -> None:
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash"]
    # The SDK has files for newer Pythons: what does not compile is not imported.
    subprocess.run([str(folder / "bin" / "python"), "-m", "compileall", *options, str(site)], check=False)
