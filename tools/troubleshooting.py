"""`python -m tools.troubleshooting`: writes docs/troubleshooting.md from the texts in the code. `--check` only compares."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.customvision.errors import Kind
from cvaction.failures.errors import RunCancelledError
from cvaction.failures.explanations import EXPLANATIONS, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.failures.wording import Texts

PAGE = Path(__file__).resolve().parents[1] / "docs" / "troubleshooting.md"
COMMAND = "python -m tools.troubleshooting"
BOTH = "source/target"  # what `{side}` becomes on the page

# The rows of the table that are no code of the service: when each of them is shown.
WHEN = {
    "401": "status 401",
    "AuthenticationTypeDisabled": "status 401 or 403, with the code `AuthenticationTypeDisabled` or with words about keys",
    "PermissionDenied": "a token, and status 401 or 403 with the code `PermissionDenied` or with words about a data action",
    "token": "a token, and any other status 401",
    "subdomain": "a token, and status 400 with words about a custom subdomain",
    "firewall": "status 401 or 403, with words about a firewall, a virtual network or a private endpoint",
    "403": "any other status 403",
    "404": "any other status 404",
    "409": "any other status 409",
    "410": "status 410",
    "411": "status 411",
    "429": "status 429, again and again",
    "400": "any other status that begins with 4",
    Kind.SERVER.value: "status 408 or one that begins with 5",
    Kind.UNREADABLE.value: "a success whose body is not what the service sends",
    Kind.REDIRECT.value: "any status that begins with 3",
    Kind.DNS.value: "no answer: the name was not resolved",
    Kind.CONNECT.value: "no answer: no connection",
    Kind.TLS.value: "no answer: no trust in the certificate",
    Kind.CA_BUNDLE.value: "no request was sent: `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE` names no bundle",
    Kind.SOCKS.value: "no request was sent: the proxy is a SOCKS proxy",
    Kind.PROXY.value: "no answer: the proxy failed",
    Kind.TIMEOUT.value: "no complete answer in time",
    Kind.RESET.value: "no complete answer: the connection broke",
    Kind.FILE.value: "a downloaded image or model could not be written",
}

WARNINGS = {
    "A copy was not removed": "A copy that this run wanted to remove has got its name or mark from another job of the same "
    "run meanwhile. Give the workflow a `concurrency:` group, or each job inputs of its own.",
    "A project is left out": "A pattern selects a project that is importing, or whose import failed, or that cannot be exported "
    "now. A later run includes it once it is ready. If it never will be, leave it out with a line `!NAME` in `projects`.",
    "A leftover could not be deleted": "An unfinished import of an earlier run is still there. The next run tries again.",
    "A leftover on the target": "An unfinished import, or a proved copy without its name, that this run may not touch. "
    "Delete it by hand if no other workflow still works on it: it takes one of the resource's project slots.",
    "Another run's unfinished restore is on the resource": "It takes one project of the resource's limit. Its run may still be at "
    "work, or may be re-run. The first run after 24 h removes it.",
    "Images were refused and left out": "The service refuses these images for good, and `skip-refused` is `true`. The report names "
    "them.",
    "The backup holds pictures twice": "A project keeps each picture once. The restored image gets the labels of all of them, or, "
    "if one image cannot have them together, those of the oldest labelled image.",
    "The project was restored from another state of the backup": "The backup was made again between two attempts of a run. The "
    "project that the earlier attempt restored was left as it is. To restore the present backup, start a new run.",
    "The trained iteration has no metrics": "The service trained the restored project and has no metrics of the iteration. The "
    "iteration was published if the inputs ask for it.",
    "The service took several images for one": "The backup has these pictures as different files, and the service keeps them once. "
    "The restored image gets the labels of all of them, or, if one image cannot have them together, those of the oldest "
    "labelled image.",
    "The restored project has more than the backup": "Somebody added images or labels during the restore. They were left. Delete "
    "them at customvision.ai if they are not wanted.",
    "This run has restored twice": "Two jobs of one run with equal inputs ran at the same time. Delete one of the projects by hand, "
    "and give the workflow a `concurrency:` group.",
    "A format cannot hold a project": "One of the other `formats` of a backup does not fit the project: YOLO holds boxes, folders one "
    "tag per image. The backup itself is complete. Remove the format from `formats` if you do not want the warning.",
    "A model cannot be exported": "`models` names a model that the service cannot export: only iterations of compact domains have "
    "exports, each for some platforms. Remove the line from `models`, or train on a compact domain.",
    "A pattern matches nothing": "A line of `projects` is a glob that no project's name fits. Look "
    "for a typing mistake; case matters.",
    "Another copy of this run is on the target": "Two jobs of one run with equal inputs worked at the same time, and each made a "
    "copy. Give them one `concurrency:` group, and delete the copy that nothing uses.",
    "Another run's unfinished import is on the target": "It holds a project slot. Its run may still be running, or may be "
    "re-run. A later run of the same work removes it once it is older than 24 h. Delete it by hand if its run will not be re-run.",
    "This run's copy was rolled back": "This is a re-run, and the rollback action has taken the copy out of use since. "
    "It is output in spite of that. To promote again, start a new run.",
    "This state of the source was rolled back": "A rollback has taken a copy of the source as it is now out of use, and a "
    "promotion brings the same model back. Train a better iteration, choose another with `iteration`, or set `max-regression`.",
    "The target may have no room": "A plan found that the target has 100 projects, the usual limit. Only the import shows "
    "whether the quota was raised. If it was not, delete projects that are no longer needed.",
    "A newer copy has the name": "A copy that was made later has the name. This run's copy has a dated name. "
    "Two runs worked at the same time: give the workflow a `concurrency:` group.",
    "An earlier copy could not be deleted": "The service refused to delete a copy that `keep-previous` does not keep. "
    "The next run tries again.",
    "Another finished copy of this run": "Two finished copies of one run exist. One was output. "
    "Delete the other one by hand if nothing uses it.",
    "A missed gate is overridden": "`gate-override` is set. The reason and the missed gates are in the report.",
    "The copy differs in something that is not proved": "An untrained iteration, a setting that does not matter to the "
    "proof, the region count, or something that the service does not send for the source. Compare both projects at customvision.ai.",
    "The copy's wanted name is not known any more": "This is a re-run, the source was deleted in between, and `target-project-name` "
    "is empty. "
    "Look at the copy's name at customvision.ai, and rename it if needed.",
    "The matrix is too large": "The list action has selected more projects than the number of jobs that GitHub makes of one matrix. "
    "Select fewer with `projects`, in several workflows.",
    "The name was taken meanwhile": "With `if-exists: fail` the name was free, and somebody took it during the import or the "
    "restore. The copy or the restored project has a numbered name.",
    "The report is cut": "The mirror action: the output `report` would be larger than 512 KiB, so it leaves out some projects. The "
    "outputs `projects` and the counts have all. Mirror fewer projects at a time if you need each report.",
    "The service takes the name for another project's": "With `if-exists: fail` no project had exactly the name, but for "
    "this service another name is the same: it differs only in case, in blanks or in the form of a letter. The copy or the "
    "restored project has a numbered name. Rename one of the two at customvision.ai, or leave them as they are.",
    "The source has changed since it was copied": "The copy holds an older state. Start a new run for the new state.",
    "The source is gone": "This is a re-run, and the source was deleted in between. The copy is finished in spite of that.",
}

INTRODUCTION = f"""\
<!-- Written by `{COMMAND}` from the texts in cvaction (its errors and explanations). -->

# Troubleshooting

A failed run has one red annotation. Its title is a heading on this page. A mirror or a backup of several projects also has \
one for each of the first eight failed projects.
The annotation has more than this page: what happened in your run, with names and ids.

*{BOTH}* stands for one of the two sides: the annotation says which.

## First steps

- **Read the annotation to its end.** It says what happened, the likely cause and what to do.
- **Re-run the failed job** when the cause is outside your workflow. A re-run continues with what is there. It makes no second copy.
- **Look at `status`**: `importing` and `cancelled` mean "not finished", not "broken".
- **Turn on debug logging** (*Re-run jobs*, *Enable debug logging*). Each request then has a line with status, time and request id.
- **Quote the request id** when you ask Azure support.
"""


@dataclass(frozen=True)
class Entry:
    """A failure's texts, and when they are shown."""

    shown_for: str
    texts: Texts


def found_by_the_action() -> Iterator[Entry]:
    """The failures that the action itself finds."""
    for kind in catalogue():
        signals = (signal.SIGINT, signal.SIGTERM) if issubclass(kind, RunCancelledError) else (0,)
        code = " or ".join(str(kind.status.exit_code(number)) for number in signals)
        yield Entry(f"status `{kind.status}`, exit code {code}", kind.texts)


def answered_by_the_service() -> Iterator[Entry]:
    """The failures of a request: refused, or without a good answer."""
    for key, texts in EXPLANATIONS.items():
        yield Entry(WHEN.get(key, f"service code `{key}`"), texts.of(BOTH))


def grouped(entries: Iterator[Entry]) -> dict[str, list[Entry]]:
    """The entries by title: one title can have several reasons."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.texts.title, []).append(entry)
    return found


def page() -> str:
    """The complete page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield INTRODUCTION
    yield "## What the action finds\n"
    yield from _sections(grouped(found_by_the_action()))
    yield "## What the service or the network answers\n"
    yield "The status of these is `failed`, the exit code 1. The annotation also has the service's own words, code and request id.\n"
    yield from _sections(grouped(answered_by_the_service()), other_half=grouped(found_by_the_action()))
    yield "## Warnings\n"
    yield "A warning does not fail the run. Each is also in the report and in the job summary.\n"
    yield "| warning | what it means, and what to do |\n|---|---|"
    yield from (f"| {title} | {text} |" for title, text in sorted(WARNINGS.items()))
    yield ""


def _sections(groups: dict[str, list[Entry]], other_half: dict[str, list[Entry]] | None = None) -> Iterator[str]:
    for title, entries in groups.items():
        # A heading must be the only one of its name: links go by it.
        again = " (the service's answer)" if other_half and title in other_half else ""
        yield f"### {title}{again}\n"
        for entry in entries:
            yield f"Shown for: {entry.shown_for}.\n"
            yield f"- **Likely cause**: {entry.texts.cause}\n- **What to do**: {entry.texts.fix}"
            if entry.texts.otherwise:
                inputs = " or ".join(f"`{name}`" for name in entry.texts.needs)
                yield f"- **What to do in an action without {inputs}**: {entry.texts.otherwise}"
            yield ""


def main(arguments: list[str]) -> int:
    """Write the page. With `--check`, only compare, and return 1 if it is not up to date."""
    if "--check" in arguments:
        there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if there == page():
            return 0
        print(f"{PAGE.name} differs from the texts in the code: run `{COMMAND}`.")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
