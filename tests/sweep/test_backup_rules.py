"""The tests of a backup can fail: with any one of its rules taken out, a case is red. Here is which case it is.

One promise has no case: no redirect is followed. These cases have no sockets, and what follows a redirect is the HTTP
library. tests/unit/customvision/test_blobs.py (`test_follows_no_redirect`) has it for a download, and test_wire.py beside
it (`test_do_not_follow_a_redirect`) for a request to the service, also a restore's.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import layout, pictures, staging
from cvaction.archive.errors import PictureError
from emulator import Fault
from tests.support.archives import FOLDER, Sample, back_up, checked
from tests.sweep.backup_cases import (
    Faulty,
    a_disk_that_is_too_small,
    a_kill_among_the_downloads,
    a_kill_and_the_image_is_gone,
    a_kill_at_every_change_of_a_file,
    a_model_in_trouble,
    a_model_that_is_cut,
    a_picture_without_its_end,
    a_project_that_never_rests,
    a_smaller_picture,
    addresses_that_are_paths,
    every_picture_is_on_the_disk,
    files_on_a_strange_host,
    nothing_has_changed,
    small,
    the_storage_refuses_a_key,
)
from tests.sweep.folder_cases import (
    a_folder_of_somebody_else,
    a_gone_project_that_is_not_selected,
    a_listing_that_hides_a_project,
    a_listing_that_hides_an_image,
    a_project_that_fails_beside_one_that_is_gone,
    files_of_another_owner,
    images_that_the_source_still_has,
    names_that_are_harmful,
)
from tests.sweep.taking_out import EMPTY, NOTHING, take_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.archive.manifest import FileFact


@dataclass(frozen=True)
class Tampered:
    """A backup whose file is not as it was; the manifest and the index may vouch for it."""

    name: str
    old: bytes
    new: bytes
    vouched: bool = False

    def __call__(self, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
        back_up(folder, small())
        (place,) = (path for path in (folder / FOLDER).iterdir() if path.is_dir())
        path = place / self.name
        data = path.read_bytes()
        assert self.old in data
        data = data.replace(self.old, self.new)
        path.write_bytes(data)
        if self.vouched:
            manifest = json.loads((place / "manifest.json").read_bytes())
            if self.name != "manifest.json":
                manifest["files"][self.name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            text = json.dumps(manifest).encode()
            (place / "manifest.json").write_bytes(text)
            listed = json.loads((place.parent / "index.json").read_bytes())
            listed["projects"][0]["manifest"] = hashlib.sha256(text).hexdigest()
            (place.parent / "index.json").write_text(json.dumps(listed), encoding="utf-8")
        assert not checked(folder).whole


def without_pixels(folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(folder, small(), pixels=False)
    assert checked(folder, pixels=False).whole
    assert not checked(folder).whole


# What is put in the place of a rule


def _in_place(self: Any, path: str, chunks: Any) -> FileFact:
    """Not beside the old file."""
    fact = _WRITE(self, path, chunks)
    with self._place.read(f"{staging.NEW}/{path}") as file:
        self._place.write(path, file.read())
    return fact


def _manifest_first(self: Any, manifest: bytes, formats: Any) -> None:
    self._place.write(layout.MANIFEST, manifest)
    _COMMIT(self, manifest, formats)


def _any_measures(_row: Any, file: Any) -> Any:
    return pictures.inspect(file)


def _any_whole_letter(char: str) -> bool:
    return unicodedata.category(char) != "Cs"  # half of a pair is no name to Python either


def _jpeg_only_begins(file: Any) -> Any:
    try:
        return _INSPECT(file)
    except PictureError:
        return pictures.Picture("jpg", 40, 30)


_WRITE, _COMMIT, _INSPECT = staging.Staging.write, staging.Staging.commit, pictures.inspect
TAG = str(small().tags[0]["id"])
BEHIND = (("relative_uris", 0.0),)


@dataclass(frozen=True)
class Rule:
    """A promise, what takes it out, and the case that notices."""

    promise: str
    broken: dict[str, Any]
    case: Callable[[Path, pytest.MonkeyPatch], None]


ARCHIVE, BACKUP = "cvaction.archive", "cvaction.commands.backup"
RULES = (
    Rule("an address may be a path", {f"{BACKUP}.fetching.relative": lambda _: False}, addresses_that_are_paths),
    Rule("a strange host is not asked", {"cvaction.customvision.blobs.check_host": NOTHING}, files_on_a_strange_host),
    Rule(
        "the storage gets no key",
        {"cvaction.customvision.blobs._HEADERS": {"Accept-Encoding": "identity", "Training-Key": "k"}},
        the_storage_refuses_a_key,
    ),
    Rule(
        "a stale address is fetched anew",
        {f"{BACKUP}.downloads.Downloads.complete": lambda *_: True},
        Faulty(Fault("expired-sas", operation="GetImages"), BEHIND),
    ),
    Rule(
        "the storage in trouble is asked again",
        {"cvaction.customvision.blobs.pause_after": NOTHING},
        a_model_in_trouble,
    ),
    Rule(
        "a file has the length that is told",
        {"cvaction.customvision.streaming._length": NOTHING, f"{ARCHIVE}.store.is_model": lambda *_: True},
        a_model_that_is_cut,
    ),
    Rule(
        "a picture ends as its format does",
        {f"{ARCHIVE}.pictures.inspect": _jpeg_only_begins},
        a_picture_without_its_end,
    ),
    Rule("a picture has the API's measures", {f"{ARCHIVE}.store.picture_of": _any_measures}, a_smaller_picture),
    Rule(
        "a file is synced before it is renamed",
        {f"{ARCHIVE}.incoming.Incoming.sync": NOTHING},
        every_picture_is_on_the_disk,
    ),
    Rule(
        "what came in before a kill is not fetched again",
        {f"{ARCHIVE}.journal.Journal.noted": EMPTY, f"{ARCHIVE}.strays.Strays.find": NOTHING},
        a_kill_among_the_downloads,
    ),
    Rule(
        "what a kill left half is removed",
        {f"{ARCHIVE}.store.ProjectStore._sweep": NOTHING},
        a_kill_and_the_image_is_gone,
    ),
    Rule(
        "a project is listed until two listings agree",
        {f"{BACKUP}.listing.differences": EMPTY},
        Faulty(Fault("then-delete", operation="GetImages", skip=3), images=520),
    ),
    Rule("listings that never agree fail it", {f"{BACKUP}.listing.differences": EMPTY}, a_project_that_never_rests),
    Rule("new lists are staged", {f"{ARCHIVE}.staging.Staging.write": _in_place}, a_kill_at_every_change_of_a_file),
    Rule(
        "the manifest is the last",
        {f"{ARCHIVE}.staging.Staging.commit": _manifest_first},
        a_kill_at_every_change_of_a_file,
    ),
    Rule(
        "a begun commit is finished",
        {f"{ARCHIVE}.staging.interrupted": lambda _: False},
        a_kill_at_every_change_of_a_file,
    ),
    Rule("the index is announced", {f"{ARCHIVE}.root.Archive._announce": NOTHING}, a_kill_at_every_change_of_a_file),
    Rule("free space is looked at", {f"{BACKUP}.listing.Lister._check_space": NOTHING}, a_disk_that_is_too_small),
    Rule(
        "what has not changed is not written", {f"{ARCHIVE}.drafting.Draft.has": lambda *_: False}, nothing_has_changed
    ),
    Rule(
        "a gone project is asked for by its id",
        {f"{BACKUP}.pruning.is_gone": lambda *_: True},
        a_listing_that_hides_a_project,
    ),
    Rule(
        "only what is selected is pruned",
        {f"{BACKUP}.pruning.select": lambda _patterns, absent: type("All", (), {"projects": absent})},
        a_gone_project_that_is_not_selected,
    ),
    Rule(
        "only pictures of no image are pruned",
        {f"{ARCHIVE}.store.Ids.__contains__": lambda *_: False},
        images_that_the_source_still_has,
    ),
    Rule(
        "nothing is pruned before every project is saved",
        {f"{BACKUP}.outputs.Account.kept": property(lambda self: self.rows)},
        a_project_that_fails_beside_one_that_is_gone,
    ),
    Rule(
        "nothing is pruned after a listing that lacks counted images",
        {f"{BACKUP}.project.ProjectBackup._compare": NOTHING},
        a_listing_that_hides_an_image,
    ),
    Rule(
        "a name has only harmless characters", {f"{ARCHIVE}.layout._plain": _any_whole_letter}, names_that_are_harmful
    ),
    Rule(
        "a name begins and ends with none that has a meaning",
        {f"{ARCHIVE}.layout._trimmed": lambda name, _room: name},
        names_that_are_harmful,
    ),
    Rule("a name is no device's", {f"{ARCHIVE}.layout._RESERVED": re.compile("(?!)")}, names_that_are_harmful),
    Rule("two names differ in more than case", {f"{ARCHIVE}.layout.folded": lambda name: name}, names_that_are_harmful),
    Rule(
        "a file belongs to the workspace's owner",
        {"cvaction.archive.owner.Owner.of": NOTHING},
        files_of_another_owner,
    ),
    Rule("nobody else's folder is used", {f"{ARCHIVE}.root._index": lambda *_: None}, a_folder_of_somebody_else),
    Rule(
        "every sha256 is verified",
        {f"{ARCHIVE}.checking._Checking.file": NOTHING},
        Tampered("tags.json", b"Tea", b"Tee"),
    ),
    Rule(
        "every count is verified",
        {f"{ARCHIVE}.checking._Checking.compare_count": NOTHING},
        Tampered("manifest.json", b'"regions": 0', b'"regions": 7', vouched=True),
    ),
    Rule(
        "every label's tag is verified",
        {f"{ARCHIVE}.checking._images": NOTHING},
        Tampered("tags.json", TAG.encode(), Sample(seed=8).id.encode(), vouched=True),
    ),
    Rule("a backup without pixels is told", {f"{ARCHIVE}.checking._images": NOTHING}, without_pixels),
)


@pytest.mark.parametrize("rule", RULES, ids=[rule.promise for rule in RULES])
def test_a_backups_case_is_red_without(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    with monkeypatch.context() as patch:
        rule.case(tmp_path / "with", patch)
    for target, broken in rule.broken.items():
        take_out(monkeypatch, target, broken)
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught, monkeypatch.context() as patch:
        rule.case(tmp_path / "without", patch)
    assert "A fault in this action" not in str(caught.value), "what is in its place crashes"
