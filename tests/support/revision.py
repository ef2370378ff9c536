"""Which commit a figure was measured on."""

from __future__ import annotations

import subprocess

from runner_double.double import REPOSITORY

_WRITTEN = (":!README.md", ":!bench")  # what the measurements themselves write


def revision() -> str:
    """The commit's short hash, `… with changes` where the tree differs from it; an empty text outside a checkout."""
    commit = _git("rev-parse", "--short=10", "HEAD")
    changed = commit and _git("status", "--porcelain", "--", ".", *_WRITTEN)
    return f"{commit} with changes" if changed else commit


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
