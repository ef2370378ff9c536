"""The image under test: its build, and what it adds to its base."""

from __future__ import annotations

import json
import os
import re
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from runner_double.double import REPOSITORY
from tools.container import package_index, standin
from tools.container.engine import EngineError

if TYPE_CHECKING:
    from tools.container.engine import Engine


@dataclass(frozen=True)
class Image:
    """A built image. `added`: the files of the layers above its base, by their path."""

    name: str
    config: dict[str, Any]
    added: dict[str, bytes]
    links: dict[str, str]

    @property
    def megabytes(self) -> float:
        """What the image adds to its base, unpacked."""
        return sum(map(len, self.added.values())) / 1e6


def base_name() -> str:
    """The base image that the Dockerfile names. It names only one."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    names = [name for name in re.findall(r"^FROM (\S+)", text, re.MULTILINE) if name != "base"]
    if len(names) != 1:
        raise EngineError(f"The Dockerfile should name one base image, and names {names}")
    name: str = names[0]
    return name


def build(engine: Engine) -> Image:
    """Build the Dockerfile as it is, without a cache, and read the image. The caller removes the image."""
    name = f"localhost/cvaction-container-test:{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="cvaction-image-") as temporary:
        folder = Path(temporary)
        if engine.has_base:
            base = base_name()
            engine("pull", "--quiet", base)
            base_layers = engine.layers(base)
            engine("build", "--no-cache", "--quiet", "--tag", name, str(REPOSITORY))
        else:
            base = f"localhost/cvaction-base-standin:{os.getpid()}"
            try:
                engine("import", "--quiet", str(standin.archive()), base)
                base_layers = engine.layers(base)
                # The first FROM is what --from replaces. One layer a stage leaves nothing behind.
                options = ["--isolation", "chroot", "--network", "host", "--layers=false", "--force-rm", "--from", base]
                engine("build", *options, *package_index.mounts(folder), "--tag", name, str(REPOSITORY))
            finally:
                engine.remove(base)
        layers = engine.layers(name)
        if layers[: len(base_layers)] != base_layers:
            raise EngineError("The image's lower layers are not those of its base.")
        saved = folder / "image.tar"
        engine("save", "--output", str(saved), name)
        return _read(name, saved, len(base_layers))


def _read(name: str, saved: Path, in_base: int) -> Image:
    added: dict[str, bytes] = {}
    links: dict[str, str] = {}
    with tarfile.open(saved) as whole:
        manifest = json.load(_member(whole, "manifest.json"))[0]
        config = json.load(_member(whole, manifest["Config"]))["config"]
        for layer in manifest["Layers"][in_base:]:
            with tarfile.open(fileobj=_member(whole, layer)) as files:
                for entry in files:
                    path = "/" + entry.name.removeprefix("./").lstrip("/")
                    if entry.isfile():
                        added[path] = _member(files, entry).read()
                    elif not entry.isdir():
                        links[path] = entry.linkname
    return Image(name, config, added, links)


def _member(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member)
    if stream is None:
        raise EngineError(f"{member} in the saved image is no file.")
    return stream
