"""A folder below the workspace: what is taken, and that no link leads out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

from cvaction.failures.errors import InputError
from cvaction.inputs.fields import given, optional, read, trusted
from cvaction.inputs.folders import find_folder, folder, folder_there
from cvaction.inputs.reader import texts
from tests.support.samples import context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    (root / "there" / "deep").mkdir(parents=True)
    (root / "file").write_bytes(b"x")
    (tmp_path / "outside").mkdir()
    return root


@pytest.mark.parametrize(
    "value", ["new", "new/deep", "there", "there/deep", "./there//deep/", "ne w", ".hidden", "..."]
)
def test_a_folder_below_the_workspace_is_taken(workspace: Path, value: str) -> None:
    assert find_folder(value, str(workspace)) == workspace / value


@pytest.mark.parametrize("below", ["new", "there/deep"])
def test_it_may_be_told_from_the_root(workspace: Path, below: str) -> None:
    assert find_folder(str(workspace / below), str(workspace)) == workspace / below


def test_a_workspace_that_is_a_link_is_followed(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(workspace)
    link = tmp_path / "link"
    for value in ("there", str(link / "there"), str(workspace / "there")):
        assert find_folder(value, str(link)) == workspace / "there"


def test_without_a_workspace_it_is_below_the_current_folder(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace)
    assert find_folder("there", "") == workspace / "there"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("..", "without `..`"),
        ("there/../there", "without `..`"),
        ("../outside", "without `..`"),
        ("/", "below the workspace"),
        ("/etc", "below the workspace"),
        (".", "not the workspace itself"),
        ("./", "not the workspace itself"),
        ("file", "is not a folder"),
        ("file/below", "is not a folder"),
        ("new/" + "x" * 256, "more than 255 bytes"),
        ("\u00e9" * 128, "more than 255 bytes"),
        ("x/" * 3000, "cannot be followed"),
        ("a\nb", "line break"),
        ("a\x00b", "control character"),
    ],
)
def test_anything_else_is_refused_with_the_reason(workspace: Path, value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        find_folder(value, str(workspace))


@pytest.mark.parametrize("target", ["../outside", "../not-there", "/etc", "../outside/new"])
@pytest.mark.parametrize("below", ["", "/new", "/new/deep"])
def test_a_link_that_leads_out_is_refused(workspace: Path, target: str, below: str) -> None:
    (workspace / "link").symlink_to(target)
    with pytest.raises(ValueError, match="leads out of the workspace through a link"):
        find_folder(f"link{below}", str(workspace))


def test_a_link_to_the_workspace_itself_is_refused(workspace: Path) -> None:
    (workspace / "link").symlink_to(".")
    with pytest.raises(ValueError, match="not the workspace itself"):
        find_folder("link", str(workspace))


def test_a_link_within_the_workspace_is_followed(workspace: Path) -> None:
    (workspace / "link").symlink_to("there")
    assert find_folder("link/deep", str(workspace)) == workspace / "there" / "deep"
    assert find_folder("link/new", str(workspace)) == workspace / "there" / "new"


def test_links_in_a_circle_are_refused(workspace: Path) -> None:
    (workspace / "one").symlink_to("other")
    (workspace / "other").symlink_to("one")
    for value in ("one", "one/below"):
        with pytest.raises(ValueError, match=r"cannot be followed|is not a folder"):
            find_folder(value, str(workspace))


def test_a_neighbour_whose_name_begins_alike_is_outside(workspace: Path) -> None:
    (workspace.parent / "workspace2").mkdir()
    with pytest.raises(ValueError, match="below the workspace"):
        find_folder(f"{workspace}2", str(workspace))
    (workspace / "link").symlink_to("../workspace2")
    with pytest.raises(ValueError, match="leads out"):
        find_folder("link", str(workspace))


@dataclass(frozen=True, kw_only=True)
class Folders:
    path: Path = given(folder, "backup")
    other: Path | None = optional(folder_there)
    trusted_endpoints: frozenset[str] = trusted()


def test_a_folder_is_read_below_the_runs_workspace(workspace: Path) -> None:
    run = context(GITHUB_WORKSPACE=str(workspace))
    assert read(Folders, texts({}), run).path == workspace / "backup"
    assert read(Folders, texts({"INPUT_PATH": "new", "INPUT_OTHER": "there"}), run) == Folders(
        path=workspace / "new", other=workspace / "there"
    )


@pytest.mark.parametrize("value", ["new", "there/new"])
def test_a_folder_that_must_be_there_is_asked_for(workspace: Path, value: str) -> None:
    with pytest.raises(InputError) as caught:
        read(Folders, texts({"INPUT_OTHER": value}), context(GITHUB_WORKSPACE=str(workspace)))
    assert caught.value.problems == (
        "other: names a folder that is not in the workspace (is there a checkout or a download before this step?)",
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@hypothesis.given(
    st.text(max_size=12) | st.lists(st.sampled_from(["..", ".", "a", "there", "out", "file", "", "~"])).map("/".join)
)
@example("\ud800")
@example("\udcff")
def test_whatever_is_given_lies_below_or_is_refused(workspace: Path, value: str) -> None:
    if not (workspace / "out").is_symlink():
        (workspace / "out").symlink_to("..")
    try:
        found = find_folder(value, str(workspace))
    except ValueError:
        return
    assert found.is_relative_to(workspace)
    assert found != workspace
