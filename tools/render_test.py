"""`make render-test`: shows the summary of every outcome in a headless browser, as GitHub would, and checks it.

Installs what it needs: the packages of tests/render/package-lock.json, and as root on Debian Chromium, Node.js and fonts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from runner_double.double import REPOSITORY

FOLDER = REPOSITORY / "tests" / "render"
OUT = FOLDER / "out"
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
OLDEST_NODE = 18


def main() -> int:
    """Render every sample, and return the exit code."""
    if missing := _missing():
        _install(missing)
        missing = _missing()
    browser, npm, node = _browser(), shutil.which("npm"), shutil.which("node")
    if missing or not (browser and npm and node):
        names = " ".join(missing)
        print(
            f"A browser and Node.js {OLDEST_NODE} or newer with npm are needed; missing here: {names}.\n"
            f"Install them (on Debian: apt-get install {names}), or run this as root on Debian, which installs them.\n"
            "0 passed, 1 failed"
        )
        return 1
    if not _install_packages(npm):
        print("npm could not install the packages of tests/render/package-lock.json, see above.\n0 passed, 1 failed")
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    subprocess.run((sys.executable, "-m", "tests.render.samples", str(OUT)), cwd=REPOSITORY, check=True)
    samples = str(OUT / "samples.json")
    return subprocess.run((node, "render.mjs", browser, samples, str(OUT)), cwd=FOLDER, check=False).returncode


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _missing() -> list[str]:
    """What is missing, by the names of Debian's packages."""
    return [
        *([] if _browser() else ["chromium"]),
        *([] if _node_is_new_enough() else ["nodejs"]),
        *([] if shutil.which("npm") else ["npm"]),
    ]


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    version = subprocess.run((node, "--version"), capture_output=True, text=True, check=False).stdout
    return version.startswith("v") and int(version[1:].partition(".")[0]) >= OLDEST_NODE


def _install(packages: list[str]) -> None:
    """Install the system's own packages, if that is allowed. The caller checks the result."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    # Without the fonts some signs are boxes in the screenshots, but nothing fails.
    wanted = (*packages, "fonts-dejavu-core", "fonts-noto-color-emoji")
    print(f"Installing {', '.join(wanted)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run((apt, "update", "-qq"), env=quiet, check=False)
    install = (apt, "install", "-qq", "-y", "--no-install-recommends", *wanted)
    subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=False)


def _install_packages(npm: str) -> bool:
    """Install the packages of the lock, unless the same ones are installed already."""
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return True
    if subprocess.run((npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"), cwd=FOLDER, check=False).returncode:
        return False
    installed.write_bytes(lock.read_bytes())
    return True


if __name__ == "__main__":
    sys.exit(main())
