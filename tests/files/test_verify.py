"""A backup is verified offline: whatever is changed, missing or contradicts itself is told."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import AbsentError, verify
from cvaction.clock import Cancelled
from cvaction.commands.verify import DAMAGED, MISUSED, USAGE, WHOLE, run
from cvaction.github.runner import Runner
from cvaction.main import use
from runner_double.double import ENTRYPOINT
from tests.support.archives import FOLDER, Sample, back_up, checked, classified, detected, folder_of
from tests.support.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ALL: dict[str, dict[str, str]] = {"coco": {}, "yolo": {}, "automl": {"prefix": "azureml://x"}, "folders": {}}


def problems(workspace: Path, **options: bool) -> str:
    verdict = checked(workspace, **options)
    assert verdict.count == len(verdict.problems)
    return "\n".join(text.replace(str(workspace / FOLDER), "") for text in verdict.problems)


def whole(workspace: Path) -> tuple[Sample, Path]:
    sample = detected()
    back_up(workspace, sample, formats=ALL, performance=[(sample.id, sample.images[0])])
    assert checked(workspace).whole
    return sample, folder_of(workspace, sample)


def every_file(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_any_changed_byte_of_any_file_is_found(workspace: Path) -> None:
    _, folder = whole(workspace)
    for path in every_file(folder):
        data = path.read_bytes()
        if not data:
            continue
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert not checked(workspace).whole, path
        path.write_bytes(data)
    assert checked(workspace).whole


def test_any_missing_and_any_cut_file_is_found(workspace: Path) -> None:
    _, folder = whole(workspace)
    for path in every_file(folder):
        data = path.read_bytes()
        hidden = path.with_suffix(".hidden")
        path.rename(hidden)
        assert not checked(workspace).whole, path
        path.write_bytes(data[:-1] if data else b"x")
        assert not checked(workspace).whole, path
        path.unlink()
        hidden.rename(path)
    assert checked(workspace).whole


def rewritten(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change a file, and let the manifest and the index vouch for the change."""
    path = folder / name
    if name.endswith(".jsonl"):
        lines = change([json.loads(line) for line in path.read_bytes().splitlines()])
        data = b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)
    else:
        data = json.dumps(change(json.loads(path.read_bytes()))).encode()
    path.write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if name != "manifest.json":
        manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    text = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(text)
    index = json.loads((folder.parent / "index.json").read_bytes())
    index["projects"][0]["manifest"] = hashlib.sha256(text).hexdigest()
    (folder.parent / "index.json").write_text(json.dumps(index), encoding="utf-8")


def changed(*path: Any, to: Any) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        item = value
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = to
        return value

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("images.jsonl", lambda rows: rows[:-1], "has the wrong number of images: 28 instead of 27"),
        ("images.jsonl", lambda rows: [rows[1], rows[0], *rows[2:]], "out of order or twice"),
        ("images.jsonl", lambda rows: [rows[0], *rows], "out of order or twice"),
        ("images.jsonl", changed(0, "tags", 0, "tagId", to=Sample(seed=8).id), r"which tags\.json does not have"),
        ("images.jsonl", changed(0, "file", to="images/../../etc/passwd"), "not the path of that image"),
        ("images.jsonl", changed(0, "file", to=None), "names 1 image that has no picture, of 28"),
        ("images.jsonl", changed(0, "bytes", to=7), r"bytes instead of 7"),
        ("images.jsonl", changed(0, "id", to="no"), "not a UUID"),
        ("images.jsonl", lambda _: ["no"], "not an object"),
        ("tags.json", lambda tags: tags[:2], "has the wrong number of tags: 3 instead of 2"),
        ("tags.json", lambda _: {}, r"tags\.json` is not as it was written"),
        ("project.json", changed("id", to=Sample(seed=8).id), "about another project"),
        ("iterations.json", lambda _: [{}], "has the wrong number of iterations: 0 instead of 1"),
        ("manifest.json", changed("counts", "regions", to=7), "has the wrong number of regions: 7 instead of"),
        ("manifest.json", changed("files", to={}), r"does not list images\.jsonl"),
        ("manifest.json", changed("project", "kind", to="segmentation"), "the kind 'segmentation'"),
        ("manifest.json", changed("version", to=2), "written by a later version"),
        (
            "manifest.json",
            changed("files", "../../secret", to={"sha256": "0" * 64, "bytes": 1}),
            "not as it was written",
        ),
        ("files.jsonl", lambda lines: [{"file": "coco/x.json"}, *lines[1:]], "has a line that is not"),
        ("files.jsonl", changed(0, "file", to="../x"), "not a path inside a backup"),
    ],
)
def test_a_backup_that_contradicts_itself_is_told(
    workspace: Path, name: str, change: Callable[[Any], Any], message: str
) -> None:
    _, folder = whole(workspace)
    rewritten(folder, name, change)
    assert re.search(message, problems(workspace)), problems(workspace)


def test_an_index_that_is_changed_or_cut_is_told(workspace: Path) -> None:
    _, folder = whole(workspace)
    path = workspace / FOLDER / "index.json"
    index = json.loads(path.read_bytes())
    path.write_text(json.dumps(index | {"origin": "https://other"}), encoding="utf-8")
    assert "is not the one that index.json names" in problems(workspace)
    index["projects"][0]["folder"] = ".."
    path.write_text(json.dumps(index), encoding="utf-8")
    assert "not as it was written" in problems(workspace)
    path.write_text("[", encoding="utf-8")
    assert "is not JSON" in problems(workspace)
    assert verify(folder).whole, "one project by itself needs no index"


def test_a_damaged_commit_is_named_where_it_is(workspace: Path) -> None:
    _, folder = whole(workspace)
    (folder / ".staging").mkdir()
    (folder / ".staging/manifest.json").write_text("{", encoding="utf-8")
    assert f"{folder.name}/.staging/manifest.json` is not JSON" in problems(workspace)


def test_a_project_whose_folder_is_gone_is_told(workspace: Path) -> None:
    _, folder = whole(workspace)
    folder.rename(workspace / "elsewhere")
    assert "does not exist" in problems(workspace)


def test_a_link_is_not_followed(workspace: Path, tmp_path: Path) -> None:
    _, folder = whole(workspace)
    (folder / "images").rename(tmp_path / "images")
    (folder / "images").symlink_to(tmp_path / "images")
    assert "is a link" in problems(workspace)


def test_without_pixels_it_fails_unless_that_is_said(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample, pixels=False)
    assert (
        problems(workspace)
        == f"/{folder_of(workspace, sample).name}/images.jsonl names 28 images that have no picture, of 28"
    )
    assert checked(workspace, pixels=False).whole


def test_many_problems_are_counted_and_not_all_kept(workspace: Path) -> None:
    sample = Sample()
    tea = sample.tag("Tea")
    for _ in range(130):
        sample.image([tea])
    back_up(workspace, sample)
    for path in workspace.glob("*/*/images/*/*"):
        path.unlink()
    verdict = checked(workspace)
    assert (verdict.count, len(verdict.problems)) == (130, 100)


def test_where_no_backup_is_it_says_so(workspace: Path) -> None:
    for path in (workspace, workspace / "nothing"):
        with pytest.raises(AbsentError):
            verify(path)


# The command


def said(*arguments: str) -> tuple[int, str]:
    lines: list[str] = []
    code = run(arguments, FakeClock(), lines.append)
    return code, "\n".join(lines)


def test_the_command_tells_what_it_read(workspace: Path) -> None:
    whole(workspace)
    code, text = said(str(workspace / FOLDER))
    assert (code, text.split(":")[0]) == (WHOLE, "The backup is complete")
    assert re.fullmatch(r"The backup is complete: 1 project, \d+ files, 0\.\d MB\.", text)


def test_the_command_tells_what_is_wrong_and_what_to_do(workspace: Path) -> None:
    _, folder = whole(workspace)
    (folder / "tags.json").unlink()
    code, text = said(str(folder))
    assert code == DAMAGED
    assert "tags.json is missing" in text
    assert "What to do: " in text


@pytest.mark.parametrize("arguments", [(), ("a", "b"), ("--help",), ("--no-images",), ("/no/such/folder",)])
def test_the_command_tells_how_it_is_used(arguments: tuple[str, ...]) -> None:
    code, text = said(*arguments)
    assert (code, text.endswith(USAGE)) == (MISUSED, True)


@pytest.mark.parametrize("start", [[str(ENTRYPOINT)], ["-m", "cvaction"]], ids=["container", "module"])
def test_it_starts_in_the_container_and_without(workspace: Path, start: list[str]) -> None:
    sample = classified()
    back_up(workspace, sample, pixels=False)
    env = {"PATH": os.environ["PATH"], "INPUT_SOURCE-KEY": "not read"}
    command = [sys.executable, *start, "verify"]
    done = subprocess.run([*command, FOLDER], cwd=workspace, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "names 28 images that have no picture, of 28" in done.stdout
    command.append("--no-images")
    done = subprocess.run([*command, FOLDER], cwd=workspace, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("The backup is complete: ")) == (0, True)


def test_a_cancel_ends_it_and_says_that_nothing_changed(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cancelled(*_args: object) -> int:
        raise Cancelled(signal.SIGTERM)

    monkeypatch.setattr("cvaction.main.TOOLS", {"verify": cancelled})
    assert use(["verify", str(workspace)], Runner({}), FakeClock()) == 143
    assert capsys.readouterr().out == "Cancelled (SIGTERM): nothing was changed.\n"


@pytest.mark.parametrize("of", ["index.json", "manifest.json"])
def test_a_backup_by_a_later_version_is_not_called_damaged(workspace: Path, of: str) -> None:
    _, folder = whole(workspace)
    path = (workspace / FOLDER if of == "index.json" else folder) / of
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 2'))
    said: list[str] = []
    assert run([str(workspace / FOLDER)], FakeClock(), said.append) == DAMAGED
    assert "written by a later version" in said[0]
    assert "as new as the one that wrote the backup" in said[-1]
    assert "damaged or incomplete" not in said[-1]
