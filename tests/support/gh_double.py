"""A double of `gh` for the scripts of the examples: `python gh_double.py WORLD.json ARGUMENT…`.

The world is a repository's comments, issues and labels. What is written is written by the workflow's own token.
Like the real one it answers page by page, and prints what it has made unless it is told to be silent.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

World = dict[str, Any]
BOT = {"login": "github-actions[bot]"}
PAGE = 2  # comments a page: a few need several


class Refused(Exception):  # noqa: N818 - it is an answer
    """The program says this on stderr and ends with 1."""


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments else ""


def gh(world: World, arguments: list[str]) -> str:
    match arguments:
        case ["api", *options]:
            return _api(world, options)
        case ["label", "create", name, *options]:
            if name in world["labels"] and "--force" not in options:
                raise Refused(f'label with name "{name}" already exists')
            world["labels"] = [*(label for label in world["labels"] if label != name), name]
            return ""
        case ["issue", verb, *options]:
            return _issue(world, verb, options)
    raise Refused(f"gh: no such command: {arguments}")


def _api(world: World, options: list[str]) -> str:
    (path,) = [word for word in options if word.startswith("repos/Octo/Shop/")]
    call, method = path.removeprefix("repos/Octo/Shop/"), option(options, "--method")
    comments = world["comments"]
    if not method and call == "issues/7/comments?per_page=100":
        pages = [comments[at : at + PAGE] for at in range(0, len(comments), PAGE)] or [[]]
        return "".join(json.dumps(page) for page in (pages if "--paginate" in options else pages[:1]))
    if option(options, "--input") != "-":
        raise Refused("gh: Problems parsing JSON (HTTP 400)")
    body = json.load(sys.stdin)["body"]
    match method, call.rpartition("/"):
        case "POST", ("issues/7", _, "comments"):
            made = {"id": 100 + len(comments), "user": BOT, "body": body}
            comments.append(made)
        case "PATCH", ("issues/comments", _, number):
            (made,) = [comment for comment in comments if str(comment["id"]) == number]
            made["body"] = body
        case _:
            raise Refused("gh: Not Found (HTTP 404)")
    return "" if "--silent" in options else json.dumps(made)


def _issue(world: World, verb: str, options: list[str]) -> str:
    if option(options, "--repo") != "Octo/Shop":
        raise Refused("failed to run git: fatal: not a git repository")
    label = option(options, "--label")
    if verb == "list":
        found = [issue for issue in world["issues"] if issue["open"] and issue["label"] == label]
        rows = [{"number": issue["number"]} for issue in reversed(found)][: int(option(options, "--limit") or 30)]
        return json.dumps(rows)
    if verb == "create":
        if label not in world["labels"]:
            raise Refused(f"could not add label: '{label}' not found")
        made = {"number": len(world["issues"]) + 1, "open": True, "label": label, "texts": [option(options, "--body")]}
        world["issues"].append(made)
        return ""
    (issue,) = [issue for issue in world["issues"] if str(issue["number"]) == options[0]]
    issue["texts"].append(option(options, "--body") or option(options, "--comment"))
    issue["open"] = issue["open"] and verb != "close"
    return ""


def main(file: Path, arguments: list[str]) -> int:
    world = json.loads(file.read_text(encoding="utf-8"))
    try:
        text = gh(world, arguments)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    if query := option(arguments, "--jq"):
        command = ["jq", "--raw-output", query]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    sys.stdout.write(text)
    file.write_text(json.dumps(world), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
