"""Names of files and folders: harmless, whatever a project or a tag is called."""

from __future__ import annotations

import unicodedata
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cvaction.archive import layout
from cvaction.archive.errors import PathError, WireError
from cvaction.archive.formats.folders import class_folders
from cvaction.archive.formats.source import Tag

ANYTHING = st.text(st.characters(), max_size=200)  # lone surrogates, too
IDS = st.uuids().map(str)


def assert_harmless(name: str) -> None:
    assert name
    assert len(name.encode()) <= layout.NAME_BYTES
    assert not set(name) & set('"<>:|*?\\/')
    assert not [char for char in name if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert name[0] not in ".- "
    assert name[-1] not in ". "
    assert unicodedata.normalize("NFC", name) == name
    assert "##[" not in name, "a later step that prints the name would give the runner a command"


@given(ANYTHING)
@example("..")
@example("a\u202ecod.exe")
@example("NUL")
@example("com1.txt")
@example("   .-.   ")
@example("\ud800")
@example("é" * 80)
@example("e\u0301" * 80)
@example("a ##[add-mask]b ####[[ ##\u202e[")
def test_any_text_becomes_a_harmless_name(text: str) -> None:
    name = layout.harmless(text, "tag")
    assert_harmless(name)
    assert layout.harmless(name, "tag") == name


@given(ANYTHING, IDS)
@example("x" * 300, str(UUID(int=1)))
@example("##[add-mask]a", str(UUID(int=1)))
def test_a_project_has_a_folder_with_8_of_its_id(name: str, project_id: str) -> None:
    folder = layout.project_folder(name, project_id)
    assert_harmless(folder)
    assert folder.endswith(f"-{project_id[:8]}")
    assert layout.parts(folder) == [folder]


@given(st.lists(st.tuples(ANYTHING, IDS), max_size=8, unique_by=lambda pair: pair[1]))
@example([("Tea", str(UUID(int=1))), ("tea", str(UUID(int=2))), ("TEA", str(UUID(int=3)))])
@example([("a/b", str(UUID(int=1))), ("a?b", str(UUID(int=2))), ("a-b-00000000", str(UUID(int=3)))])
@example([("##[add-mask]a", str(UUID(int=1))), ("##-add-mask]a", str(UUID(int=2)))])
@example([("ﬁn", str(UUID(int=1))), ("FIN", str(UUID(int=2)))])
def test_folders_of_tags_are_unique_whatever_the_case(pairs: list[tuple[str, str]]) -> None:
    folders = class_folders([Tag(tag_id, name, "Regular") for name, tag_id in pairs])
    assert len({layout.folded(name) for name in folders.values()}) == len(pairs)
    for name in folders.values():
        assert_harmless(name)


def test_names_stay_readable() -> None:
    project_id = "20643071-8082-4b36-a426-27225f4aa18c"
    assert layout.project_folder("Shelf classifier", project_id) == "shelf-classifier-20643071"
    assert layout.project_folder("Prüfung: Teil 2", project_id) == "prüfung-teil-2-20643071"
    assert layout.project_folder("Shelf", project_id, {"shelf-20643071"}) == f"shelf-{project_id}"
    assert layout.model_folder("Iteration 2", project_id) == "models/Iteration 2-20643071"
    assert layout.harmless("Crème brûlée (large)", "tag") == "Crème brûlée (large)"
    assert layout.picture_path(project_id, "jpg") == f"images/20/{project_id}.jpg"


@given(ANYTHING | st.none() | st.integers())
@example("64b822c5-8082-4b36-a426-27225f4aa18c\n")
@example("../64b822c5-8082-4b36-a426-27225f4aa1")
@example("64b822c5808 24b36a42627225f4aa18c")
def test_an_id_that_is_no_uuid_is_an_error(value: object) -> None:
    with pytest.raises(WireError, match="the id of an image is not a UUID"):
        layout.checked_id(value, "an image")


@given(IDS)
def test_an_id_is_in_lower_case(value: str) -> None:
    assert layout.checked_id(value.upper(), "an image") == value


@pytest.mark.parametrize(
    "path", ["", "/", "/etc/passwd", "a//b", "..", "a/../b", "a/./b", "a/", "a\0b", "a/" * 9 + "a"]
)
def test_a_path_that_could_lead_out_is_none(path: str) -> None:
    with pytest.raises(PathError):
        layout.parts(path)
