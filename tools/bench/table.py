"""The result for people: the README's table, and the comparison with the run before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = re.compile(r"(?s)(<!-- bench -->\n).*?(<!-- /bench -->)")
_LABELS = {"action": "this action", "sdk": "the vendor's SDK", "curl": "curl", "import-requests": "`import requests`"}


def markdown(result: dict[str, Any]) -> str:
    """All of it."""
    tables = {
        "promotions": _promotions,
        "start": _start,
        "notice": _notice,
        "mirror": _mirror,
        "backup": _backup,
        "scale": _scale,
        "image": _image,
        "measured": _measured,
    }
    there = [tuple(table(result[part])) for part, table in tables.items() if result.get(part)]
    return "\n".join(line for lines in there for line in ("", *lines))[1:] + "\n"


def _promotions(told: dict[str, Any]) -> Iterator[str]:
    yield "A whole promotion. curl and the SDK make the two documented calls, and ask once a second whether the import has ended."
    yield "They do not check what is copied, or whether the copy is complete."
    yield ""
    yield "| import | program | seconds beyond the import | requests | peak memory |"
    yield "|---|---|---|---|---|"
    for seconds, programs in told.items():
        for name, one in programs.items():
            yield (
                f"| {seconds} s | {_LABELS[name]} | {one['beyond']:.1f} s | {one['requests']:.0f} "
                f"| {one['peak_mb']:.0f} MB |"
            )


def _start(told: dict[str, Any]) -> Iterator[str]:
    yield '| time from the start of the process | median | compared with all of `python -Iu -c "import requests"` |'
    yield "|---|---|---|"
    for name, one in told.items():
        what = "all of " + _LABELS[name] if name == "import-requests" else f"to the first request of {_LABELS[name]}"
        yield f"| {what} | {one['seconds'] * 1000:.0f} ms | {one['ratio']:.2f} |"


def _notice(told: dict[str, Any]) -> Iterator[str]:
    yield "| an import of | its end is noticed after | limit | requests until then |"
    yield "|---|---|---|---|"
    for seconds, one in told.items():
        yield f"| {int(seconds):,} s | {one['late']:.1f} s | {one['limit']:.0f} s | {one['polls']} |"


def _mirror(told: dict[str, Any]) -> Iterator[str]:
    same, copies, loops = told["unchanged"], told["copies"], told["loops"]
    more = same["peak_mb"] - same["peak_mb_of_one"]
    yield f"| a mirror of {same['projects']} projects | seconds | requests | share of the request limit | peak memory |"
    yield "|---|---|---|---|---|"
    yield (
        f"| all up to date | {same['seconds']:.0f} s | {same['requests_per_project']:.1f} for each project, and {same['listings']} "
        f"listings | {same['share']:.0%} | {same['peak_mb']:.0f} MB, {more:.1f} MB more than for one |"
    )
    yield (
        f"| all new, imports of {copies['import']:.0f} s, {copies['parallel']} at a time | {copies['seconds']:.0f} s, "
        f"{copies['ratio']:.2f} times the shortest possible time of {copies['floor']:.0f} s | {copies['requests']:,} | "
        f"{copies['share']:.0%} | {copies['peak_mb']:.0f} MB |"
    )
    yield ""
    yield (
        f"One project after the other, computed from single runs: {loops['action']:,} s with the promote action, "
        f"{loops['sdk']:,} s with the vendor's SDK and a wait for each import."
    )


def _backup(told: dict[str, Any]) -> Iterator[str]:
    yield "| a backup of | seconds | requests | share of the request limit | peak memory |"
    yield "|---|---|---|---|---|"
    for images, one in told["labels"].items():
        # Ten requests may be sent at once: a shorter run has no share.
        share = f"{one['share']:.0%}" if one["seconds"] > 1 else "less than a second"
        yield (
            f"| the labels of {int(images):,} images | {one['seconds']:.1f} s | {one['requests']:,} "
            f"| {share} | {one['peak_mb']:.0f} MB |"
        )
    again, pictures = told["again"], told["pictures"]
    yield ""
    head = f"{pictures['images']:,} images of about 20 kB"
    yield f"| {head} | the backup's downloads | `curl --parallel` | ratio | the whole run | peak memory |"
    yield "|---|---|---|---|---|---|"
    at_once = pictures["parallel"]
    for parallel, one in at_once.items():
        yield (
            f"| {parallel} at a time | {one['taking']:.1f} s | {one['curl']:.1f} s "
            f"| {one['ratio']:.2f} ({one['lowest']:.2f} to {one['highest']:.2f}) | {one['seconds']:.1f} s "
            f"| {one['peak_mb']:.0f} MB |"
        )
    yield ""
    yield (
        "Labels were measured once. In each round of the downloads, curl came after the action. The table has the medians of "
        f"{counted(at_once['8']['rounds'], 'round')}, the lowest and the highest ratio, and the highest memory. Downloads "
        "are measured from the first request to the storage to the last one. The whole run also lists the project twice, "
        "at the pace of the service. curl gets the addresses, and checks nothing. The backup checks, hashes and syncs each "
        "image. Both download the images from the emulator on the same machine. "
        f"A second run after no change: {again['downloads']} downloads, {again['touched']} changed files, "
        f"{again['requests']} requests, {again['seconds']:.1f} s. {_cvsutils(pictures.get('cvsutils'))}"
    )


def _cvsutils(told: dict[str, Any] | None) -> str:
    if told is None:
        return "There are no figures of `cvsutils`, because it was not available where this was measured."
    end = " It then ended with an error." if told["code"] else ""
    return (
        f"`cvsutils`, one image at a time, took {told['taking']:.1f} s for the same downloads, and "
        f"{told['peak_mb']:.0f} MB of memory.{end}"
    )


def _scale(told: dict[str, Any]) -> Iterator[str]:
    yield "| a project of | requests | seconds | peak memory |"
    yield "|---|---|---|---|"
    for size, one in told.items():
        images, tags = re.findall(r"\d+", size)
        yield (
            f"| {int(images):,} images, {tags} tags | {one['requests']:.0f} | {one['seconds']:.1f} s "
            f"| {one['peak_mb']:.0f} MB |"
        )


def _image(told: dict[str, Any]) -> Iterator[str]:
    yield f"The image adds {told['added_mb']:.1f} MB to its base."
    if start := told.get("start"):
        own, base = start["action"], start["import-requests"]
        yield (
            f"In a new container the first request is sent after {own['seconds'] * 1000:.0f} ms. That is {own['ratio']:.2f} "
            f"times all of `import requests` in a new container ({base['seconds'] * 1000:.0f} ms). The table above was "
            "measured in a plain virtual environment. The image has the standard library compiled, without docstrings."
        )


def _measured(told: dict[str, Any]) -> Iterator[str]:
    """What each part was measured on: one commit, or several."""
    on: dict[str, list[str]] = {}
    for part, one in told.items():
        commit = f"commit {one['commit']}, " if one["commit"] else ""
        on.setdefault(f"{commit}Python {one['python']}", []).append(part)
    where = "; ".join(which if len(on) == 1 else f"{which} ({', '.join(parts)})" for which, parts in on.items())
    yield (
        f"The figures are medians, measured on {where}, against the emulator on one machine. How late the end of an import is "
        "noticed was measured on a simulated clock."
    )


def write(path: Path, result: dict[str, Any]) -> bool:
    """Put the table into its place in a document. Returns False if there is no such place."""
    text = path.read_text(encoding="utf-8")
    table = markdown(result)
    new, found = _BLOCK.subn(lambda match: f"{match[1]}{table}{match[2]}", text, count=1)
    if found and new != text:
        path.write_text(new, encoding="utf-8")
    return bool(found)


def comparison(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Each number that both runs have, and by how much it changed."""
    old, new = dict(_numbers(before)), dict(_numbers(now))
    for name, value in new.items():
        if name in old:
            change = f"{value / old[name] - 1:+.0%}" if old[name] else "from 0"
            yield f"{name:50} {old[name]:10g} → {value:10g}  {change if value != old[name] else 'the same'}"


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _numbers(one, f"{name} / {key}" if name else key)
    elif isinstance(value, int | float):
        yield name, value
