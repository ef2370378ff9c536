"""Doubles of `gh` and `docker` for the scripts of release.yml: `python release_doubles.py WORLD.json PROGRAM ARGUMENT…`.

The world is a registry, a repository and its releases. Like the real ones they refuse a tag that is there; unlike them,
docker's `create` and `build` only note that they were about to overwrite one. A rule in `answers` wins over the world.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

World = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it is an answer
    """The program says this on stderr and ends with 1."""


def docker(world: World, arguments: list[str]) -> str:
    match arguments:
        case ["login" | "logout", *_]:
            return ""
        case ["buildx", "imagetools", "inspect", *options, name]:
            return _inspect(world, options, name)
        case ["buildx", "imagetools", "create", "--tag", tag, *parts]:
            _push(world, tag, {"manifests": [manifest_of(world["images"][part]) for part in parts]})
            return ""
        case ["buildx", "build", *options] if "--push" in options:
            labels = dict(options[at + 1].split("=", 1) for at, word in enumerate(options) if word == "--label")
            platform = options[options.index("--platform") + 1]
            image = {"labels": labels, "platform": platform}
            _push(world, options[options.index("--tag") + 1], image)
            return ""
    raise Refused(f"docker: no such command: {arguments}")


def _push(world: World, tag: str, image: Any) -> None:
    world["overwritten"] += [tag] if tag in world["images"] else []
    world["images"][tag] = image


def digest_of(image: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(image).encode()).hexdigest()


def manifest_of(image: Any) -> dict[str, Any]:
    system, architecture = image["platform"].split("/")
    return {"digest": digest_of(image), "platform": {"os": system, "architecture": architecture}}


def _inspect(world: World, options: list[str], name: str) -> str:
    repository, _, digest = name.partition("@")
    by_digest = {f"{tag.rpartition(':')[0]}@{digest_of(image)}": image for tag, image in world["images"].items()}
    image = by_digest.get(name) if digest else world["images"].get(name)
    if image is None and digest and repository.startswith("python:"):
        platforms = [{"platform": {"os": "linux", "architecture": name}} for name in world["base"]]
        image = {"manifests": platforms}
    if image is None:
        raise Refused(f"ERROR: {name}: not found")
    match options:
        case []:
            return f"Name: {name}"
        case ["--raw"]:
            return json.dumps(image)  # without a line's end: the digest is of just these bytes
        case ["--format", "{{json .Image}}"]:
            return json.dumps({"config": {"Labels": image["labels"]}})
    raise Refused(f"docker: no such options: {options}")


def gh(world: World, arguments: list[str]) -> str:
    """The answer as JSON, before `--jq`."""
    match arguments:
        case ["release", "view", *_]:
            if world["release"] is None:
                raise Refused("release not found")
            return json.dumps({"isDraft": world["release"] == "draft"})
        case ["release", "create", tag, *options]:
            if world["release"] is not None or tag not in world["tags"] or "--draft" not in options:
                raise Refused("HTTP 422: Validation Failed")
            world["notes"] = Path(options[options.index("--notes-file") + 1]).read_text(encoding="utf-8")
            world["release"] = "draft"
            return ""
        case ["release", "edit", _, *options] if "--draft=false" in options:
            world["release"] = "published"
            return ""
        case ["run", "list", *_]:
            return json.dumps([{"databaseId": 1}] * world["green"])
        case ["attestation", "verify", *_]:
            if not world["attested"]:
                raise Refused("no attestations found")
            return ""
        case ["api", path, *options]:
            return json.dumps(_api(world, path, options))
    raise Refused(f"gh: no such command: {arguments}")


def _api(world: World, path: str, options: list[str]) -> Any:
    call = path.removeprefix("repos/Octo/Release/")
    if "--input" in options:
        return {"sha": _made(world, call, json.load(sys.stdin))}
    if call == "git/refs":
        fields = dict(options[at + 1].split("=", 1) for at, word in enumerate(options) if word == "--field")
        tag = fields["ref"].removeprefix("refs/tags/")
        if tag in world["tags"]:
            raise Refused("gh: Reference already exists (HTTP 422)")
        world["tags"][tag] = fields["sha"]
        return {"object": {"sha": fields["sha"]}}
    return _read(world, call)


def _made(world: World, call: str, sent: Any) -> str:
    match call:
        case "git/blobs":
            content = (sent["content"] + world.get("spoils", "")).encode()
            return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
        case "git/trees":
            world["tree"] = sent
            return "7" * 40
        case "git/commits":
            blobs = {entry["path"]: entry["sha"] for entry in world["tree"]["tree"]}
            world["commits"]["c" * 40] = {**sent, "blobs": blobs}
            return "c" * 40
    raise Refused("gh: Not Found (HTTP 404)")


def _read(world: World, call: str) -> Any:
    kind, _, last = call.rpartition("/")
    commits, tags = world["commits"], world["tags"]
    sha = tags.get(last, last)
    match kind, last:
        case "contents", ".github?ref=main":
            return [{"name": "actions", "sha": "a" * 40}, {"name": "workflows", "sha": world["workflows"]}]
        case _ if (found := re.fullmatch(r"contents/(.+)\?ref=(.+)", call)) and found[1] in commits[found[2]]["blobs"]:
            return {"sha": commits[found[2]]["blobs"][found[1]]}
        case "releases/tags", _ if world["release"] == "published":
            return {"immutable": world["immutable"]}
        case "git/ref/tags", tag if tag in tags:
            return {"object": {"sha": sha}}
        case (("commits" | "git/commits"), _) if sha in commits:
            return {"sha": sha, "parents": [{"sha": parent} for parent in commits[sha]["parents"]]}
    raise Refused("gh: Not Found (HTTP 404)")


def answer(world: World, program: str, arguments: list[str]) -> str:
    call = " ".join([program, *arguments])
    world["calls"].append(call)
    for pattern, error in world["answers"]:
        if re.search(pattern, call):
            raise Refused(error)
    text = (docker if program == "docker" else gh)(world, arguments)
    if "--jq" in arguments:
        command = ["jq", "--raw-output", arguments[arguments.index("--jq") + 1]]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main(file: Path, program: str, arguments: list[str]) -> int:
    world = json.loads(file.read_text(encoding="utf-8"))
    code = 0
    try:
        sys.stdout.write(answer(world, program, arguments))
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        code = 1
    file.write_text(json.dumps(world), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
