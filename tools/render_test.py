"""`python -m tools.render_test`: shows the summary of every outcome in a headless browser, as GitHub would, and checks it.

Installs what it needs: the packages of tests/render/package-lock.json, and on Debian as root a browser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "render"
OUT = FOLDER / "out"
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")


def browser() -> str | None:
    """A browser that is there, or that can be installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    apt = shutil.which("apt-get")
    if found or apt is None or os.geteuid() != 0:
        return found
    print("Installing chromium …", flush=True)
    quiet = ("-qq", "-y", "--no-install-recommends")
    subprocess.run((apt, "update", "-qq"), check=True)
    subprocess.run((apt, "install", *quiet, "chromium", "fonts-dejavu-core", "fonts-noto-color-emoji"), check=True)
    return shutil.which("chromium")


def main() -> int:
    """Render every sample; returns the exit code."""
    npm, node, executable = shutil.which("npm"), shutil.which("node"), browser()
    if npm is None or node is None or executable is None:
        print("Node.js with npm (18 or newer) and Chromium or Chrome are needed: install them, then try again.")
        return 1
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run((npm, "ci", "--silent"), cwd=FOLDER, check=True)
    subprocess.run((sys.executable, "-m", "tests.render.samples", str(OUT)), cwd=FOLDER.parents[1], check=True)
    done = subprocess.run(
        (node, "render.mjs", executable, str(OUT / "samples.json"), str(OUT)), cwd=FOLDER, check=False
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
