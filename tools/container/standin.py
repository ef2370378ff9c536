"""A stand-in for the base image, if no registry can be reached: Debian, and a CPython under /usr/local.

What else is in the real base image does not matter: the checks look at the layers above it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.container.engine import EngineError, output_of

SUITE = "bookworm"
PACKAGES = (
    "ca-certificates",
    "libssl3",
    "libffi8",
    "libsqlite3-0",
    "zlib1g",
    "libbz2-1.0",
    "liblzma5",
    "libreadline8",
    "libexpat1",
)
MINOR = "3.13"  # the base image's
_RECIPE = "1"  # one more when the steps below change
_LEFT_OUT = ("test", "__pycache__", "config-3*", "idlelib", "tkinter", "turtledemo", "lib2to3", "site-packages")
_PROVE = "import ssl, sqlite3, bz2, lzma, ctypes, readline, pyexpat, pip, sys; assert sys.prefix == '/usr/local'"
_NO_PYTHON = f"no CPython {MINOR} that can be copied was found: the stand-in gets Debian's own Python, an older one"


@dataclass(frozen=True)
class Python:
    """A CPython whose folder can be copied elsewhere."""

    version: str
    prefix: Path


def archive() -> Path:
    """The stand-in as a tar file, from the cache if possible."""
    if os.geteuid() != 0:
        raise EngineError("Without Docker the base image's stand-in has to be made, which needs root.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cvaction"
    python = find_python()
    try:
        return _cached(cache, python)
    except EngineError as error:
        if python is None:
            raise
        print(f"CPython {python.version} does not run in the stand-in ({error}); trying Debian's own.", flush=True)
        return _cached(cache, None)


def _cached(cache: Path, python: Python | None) -> Path:
    version = python.version if python else "debian"
    key = hashlib.sha256(repr((_RECIPE, SUITE, PACKAGES, version)).encode()).hexdigest()[:12]
    path = cache / f"base-standin-{version}-{key}.tar"
    if not path.exists():
        print(f"Making the stand-in for the base image (Python: {version}) …", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="standin-", dir=cache) as name:
            root, half = Path(name) / "root", Path(name) / "half.tar"
            _fill(root, python)
            output_of(["tar", "-C", str(root), "-cf", str(half), "."])
            half.rename(path)
    return path


def find_python() -> Python | None:
    """A CPython of the base image's minor version: on the PATH, this one, or one of pyenv's."""
    found = {python for command in _candidates() if (python := _tried(command))}
    if not found:
        print(f"Note: {_NO_PYTHON}.", flush=True)
    return max(found, key=lambda python: [int(part) for part in python.version.split(".")], default=None)


def _candidates() -> list[str]:
    commands = [f"python{MINOR}", sys.executable]
    if pyenv := shutil.which("pyenv"):
        versions = [name for name in output_of([pyenv, "versions", "--bare"]).split() if name.startswith(f"{MINOR}.")]
        commands += [f"{output_of([pyenv, 'prefix', version]).strip()}/bin/python3" for version in versions]
    return commands


def _tried(command: str) -> Python | None:
    code = "import platform, sys; print(platform.python_version(), sys.base_prefix)"
    try:
        done = subprocess.run([command, "-Ic", code], check=False, text=True, capture_output=True)
    except OSError:
        return None
    version, _, prefix = done.stdout.strip().partition(" ")
    usable = version.startswith(f"{MINOR}.") and version.removeprefix(f"{MINOR}.").isdigit()
    # A distribution's Python is spread over /usr and cannot be copied.
    return Python(version, Path(prefix)) if usable and prefix != "/usr" else None


def _fill(root: Path, python: Python | None) -> None:
    packages = PACKAGES if python else (*PACKAGES, "python3-venv")
    output_of(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(root)])
    local = root / "usr" / "local"
    if python is None:
        # A virtual environment has none of Debian's own ways of installing.
        output_of(["chroot", str(root), "/usr/bin/python3", "-m", "venv", "/usr/local"])
    else:
        _copy(python, local)
    output_of(["chroot", str(root), "ldconfig"])
    output_of(["chroot", str(root), "/usr/local/bin/python3", "-Ic", _PROVE])


def _copy(python: Python, local: Path) -> None:
    shutil.copytree(python.prefix / "bin", local / "bin", symlinks=True, dirs_exist_ok=True)
    left_out = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(python.prefix / "lib", local / "lib", symlinks=True, dirs_exist_ok=True, ignore=left_out)
    packages = Path("lib") / f"python{MINOR}" / "site-packages"
    for path in (python.prefix / packages).glob("pip*"):
        shutil.copytree(path, local / packages / path.name)
    (local / "bin" / "python").unlink(missing_ok=True)
    (local / "bin" / "python").symlink_to("python3")
    for script in (local / "bin").glob("pip*"):
        _, _, rest = script.read_text(encoding="utf-8").partition("\n")
        script.write_text(f"#!/usr/local/bin/python3\n{rest}", encoding="utf-8")
