"""The inputs of the backup action."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cvaction.inputs.fields import defaults_of, flag, given, optional, read, resource, secrets_of, trusted
from cvaction.inputs.folders import folder
from cvaction.inputs.parsers import boolean, choice, choices, integer, lines
from cvaction.rules.patterns import EVERYTHING, Pattern, read_patterns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.github.context import RunContext
    from cvaction.inputs.reader import Reader
    from cvaction.inputs.sides import Side

# As in archive/formats: loading the archive here would delay the first request. A test compares the two.
FORMATS = ("coco", "yolo", "automl", "folders")
# OpenAPI of v3.3: the platforms of ExportIteration, each with its flavours.
_FLAVORS = {
    "CoreML": (),
    "DockerFile": ("Linux", "Windows", "ARM"),
    "ONNX": ("ONNX10", "ONNX12"),
    "TensorFlow": ("TensorFlowNormal", "TensorFlowLite"),
    "VAIDK": (),
}
_WORDS = {"docker": "DockerFile", "normal": "TensorFlowNormal", "lite": "TensorFlowLite"}
_PREFIX = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\"\\]{1,1000}")


class Model(NamedTuple):
    """A model to back up. An empty `flavor` means the platform's default."""

    platform: str
    flavor: str = ""

    @property
    def name(self) -> str:
        """The name of the model's file, without the ending."""
        return f"{self.platform}-{self.flavor}" if self.flavor else self.platform


def models(value: str) -> tuple[Model, ...]:
    """Platforms, one per line, each with a flavour after a dash or without one. Raises ValueError."""
    return tuple(dict.fromkeys(map(_model, lines(value))))


def _model(line: str) -> Model:
    platform, _, flavor = (_WORDS.get(part, part) for part in line.lower().partition("-"))
    known = {name.lower(): name for name in _FLAVORS}.get(platform.lower(), "")
    flavors = {name.lower(): name for name in _FLAVORS.get(known, ())}
    if not known or (flavor and flavor.lower() not in flavors):
        words = [name.lower() for name in _FLAVORS]
        words += [f"{name.lower()}-{one.lower()}" for name, ones in _FLAVORS.items() for one in ones]
        msg = f"each line must be one of {', '.join(words)}, or docker-linux, tensorflow-lite and the like"
        raise ValueError(msg)
    return Model(known, flavors.get(flavor.lower(), ""))


def prefix(value: str) -> str:
    """The URL of the backup's folder for Azure Machine Learning, such as azureml://…/paths/backup. Raises ValueError."""
    if not _PREFIX.fullmatch(value):
        msg = "must be the URL of the folder that the backup is uploaded to, such as azureml://…/datastores/NAME/paths/backup"
        raise ValueError(msg)
    return value.rstrip("/")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked. `path` is absolute, below the workspace, and has no link in it."""

    side: Side = resource("")
    projects: tuple[Pattern, ...] = given(read_patterns, EVERYTHING)
    path: Path = given(folder, "custom-vision-backup")
    formats: tuple[str, ...] = given(choices(*FORMATS, nothing="none"), "coco")
    automl_prefix: str = optional(prefix, "")
    models: tuple[Model, ...] = optional(models, ())
    iterations: str = given(choice("published", "latest", "all"), "published")
    images: bool = given(boolean, "true")
    prune: bool = flag()
    parallel: int = given(integer(1, 32), "8")
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """The formats besides the backup's own one, each with its options."""
        return {name: {"prefix": self.automl_prefix} if name == "automl" else {} for name in self.formats}


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def _automl(reader: Reader) -> None:
    """Check that automl has its prefix. A prefix without automl is no mistake: `formats` may be a variable."""
    wanted = "automl" in reader.effective("formats").replace(",", " ").split()
    if wanted and not reader.raw("automl-prefix"):
        reader.wrong("automl-prefix", "is required with automl in `formats`")


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    return read(Inputs, get, context, _automl)
