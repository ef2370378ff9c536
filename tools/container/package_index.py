"""This machine's pip settings, for a build that otherwise sees nothing of this machine."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.container.engine import output_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTIONS = ("global.", "install.", ":env:.")  # later ones win
_KEYS = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
)
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def mounts(folder: Path) -> list[str]:
    """Options of a build: a pip.conf, written into the folder, and the local paths that it names."""
    settings = _settings()
    path = folder / "pip.conf"
    path.touch(mode=0o600)  # it may hold a password
    lines = [f"{key} = " + "\n    ".join(value.split()) + "\n" for key, value in settings.items()]
    path.write_text("".join(["[global]\n", *lines]), encoding="utf-8")
    options = ["--volume", f"{path}:/etc/pip.conf:ro"]
    for local in sorted(set(_local_paths(settings))):
        options += ["--volume", f"{local}:{local}:ro"]
    return options


def _settings() -> dict[str, str]:
    listed = output_of([sys.executable, "-m", "pip", "config", "list"])
    settings: dict[str, str] = {}
    for section in _SECTIONS:
        for line in listed.splitlines():
            name, equals, value = line.partition("=")
            key = name.removeprefix(section)
            if equals and name.startswith(section) and key in _KEYS:
                settings[key] = str(ast.literal_eval(value))
    bundles = [os.environ[name] for name in _CERTIFICATES if os.environ.get(name)]
    return {"cert": bundles[0], **settings} if bundles else settings


def _local_paths(settings: dict[str, str]) -> Iterator[str]:
    for value in settings.values():
        for word in value.split():
            path = word.removeprefix("file://")
            if path.startswith("/") and Path(path).exists():
                # An index is a folder of links. The files that they lead to are beside the folder.
                yield str(Path(path).parent) if word != path else path
