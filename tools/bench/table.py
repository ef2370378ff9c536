"""The result for people: the README's table, and the comparison with the run before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = re.compile(r"(?s)(<!-- bench -->\n).*?(<!-- /bench -->)")
_LABELS = {"action": "this action", "sdk": "the vendor's SDK", "curl": "curl", "import-requests": "`import requests`"}


def markdown(result: dict[str, Any]) -> str:
    """All of it."""
    parts = (_promotions, _start, _notice, _mirror, _rest)
    return "\n".join(line for part in parts for line in ("", *part(result)))[1:] + "\n"


def _promotions(result: dict[str, Any]) -> Iterator[str]:
    yield "A whole promotion. curl and the SDK make the two documented calls and look for the end once a second. "
    yield "They check nothing: neither what is copied, nor whether the copy is whole."
    yield ""
    yield "| import | program | seconds beyond the import | requests | peak memory |"
    yield "|---|---|---|---|---|"
    for seconds, programs in result["promotions"].items():
        for name, one in programs.items():
            yield (
                f"| {seconds} s | {_LABELS[name]} | {one['beyond']:.1f} s | {one['requests']:.0f} "
                f"| {one['peak_mb']:.0f} MB |"
            )


def _start(result: dict[str, Any]) -> Iterator[str]:
    yield '| from the process\'s start | median | against a whole `python -Iu -c "import requests"` |'
    yield "|---|---|---|"
    for name, one in result["start"].items():
        what = "all of " + _LABELS[name] if name == "import-requests" else f"to the first request of {_LABELS[name]}"
        yield f"| {what} | {one['seconds'] * 1000:.0f} ms | {one['ratio']:.2f} |"


def _notice(result: dict[str, Any]) -> Iterator[str]:
    yield "| an import of | is noticed after | the limit | requests until then |"
    yield "|---|---|---|---|"
    for seconds, one in result["notice"].items():
        yield f"| {int(seconds):,} s | {one['late']:.1f} s | {one['limit']:.0f} s | {one['polls']} |"


def _mirror(result: dict[str, Any]) -> Iterator[str]:
    if not (told := result.get("mirror")):
        return
    same, copies, loops = told["unchanged"], told["copies"], told["loops"]
    more = same["peak_mb"] - same["peak_mb_of_one"]
    yield f"| a mirror of {same['projects']} projects | seconds | requests | of the pace | peak memory |"
    yield "|---|---|---|---|---|"
    yield (
        f"| all up to date | {same['seconds']:.0f} s | {same['requests_per_project']:.1f} a project and {same['listings']} "
        f"listings | {same['share']:.0%} | {same['peak_mb']:.0f} MB, {more:.1f} MB more than for one |"
    )
    yield (
        f"| all new, imports of {copies['import']:.0f} s, {copies['parallel']} at a time | {copies['seconds']:.0f} s, "
        f"{copies['ratio']:.2f} of the least possible {copies['floor']:.0f} s | {copies['requests']:,} | "
        f"{copies['share']:.0%} | {copies['peak_mb']:.0f} MB |"
    )
    yield ""
    yield (
        f"One after the other, computed from single ones: the promote action {loops['action']:,} s, the vendor's SDK made to "
        f"wait {loops['sdk']:,} s."
    )


def _rest(result: dict[str, Any]) -> Iterator[str]:
    yield "| a project of | requests | seconds | peak memory |"
    yield "|---|---|---|---|"
    for size, one in result["scale"].items():
        images, tags = re.findall(r"\d+", size)
        yield (
            f"| {int(images):,} images, {tags} tags | {one['requests']:.0f} | {one['seconds']:.1f} s "
            f"| {one['peak_mb']:.0f} MB |"
        )
    if result["image"]:
        yield ""
        yield f"The image adds {result['image']['added_mb']:.1f} MB to its base."
        if start := result["image"].get("start"):
            own, base = start["action"], start["import-requests"]
            yield (
                f"In a new container the first request is sent after {own['seconds'] * 1000:.0f} ms, "
                f"{own['ratio']:.2f} of a whole `import requests` there ({base['seconds'] * 1000:.0f} ms). The table above is "
                "of a plain virtual environment; the image has the standard library compiled, without docstrings."
            )
    yield ""
    commit = f" on commit {result['commit']}" if result.get("commit") else ""
    where = "against the emulator on one machine; the wait on a simulated clock"
    yield f"Medians{commit}, Python {result['python']}, {where}."


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
