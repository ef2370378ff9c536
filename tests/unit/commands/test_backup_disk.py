"""The backup action and its folder: a disk that fails, and what others have put or left there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.archive.place import Place
from cvaction.archive.store import ProjectStore
from emulator import NewImage
from tests.support.backups import ORIGIN, Stage, files, index, title

if TYPE_CHECKING:
    from pathlib import Path


class TestTheDisk:
    def test_too_small_ends_the_run_early_with_both_numbers(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 2000})
        stage.detector()
        monkeypatch.setattr(ProjectStore, "free", lambda _: 65_000_000)

        result = stage.run()

        assert result.exit_code == 1
        assert "The images do not fit on the disk" in result.log
        assert "has 1,744 more images of about" in result.log
        assert "but only 65 MB are free in custom-vision-backup" in result.log
        assert [row["status"] for row in result.report["projects"]] == ["failed", "not-begun"]

    def test_that_holds_all_already_is_large_enough(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})
        stage.good()
        monkeypatch.setattr(ProjectStore, "free", lambda _: 0)

        assert stage.good().status == "unchanged"

    @pytest.mark.parametrize("method", ["create", "move", "append"])
    def test_that_is_full_is_told(self, stage: Stage, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        stage.classifier()
        stage.good()
        before = files(stage.folder)
        stage.emulator.put_images(stage.resource, next(iter(index(stage.folder))), [NewImage()] * 200)
        stage.emulator.log.clear()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Place, method, full)
        result = stage.run()

        assert title(result) == "The backup cannot be written"
        assert "No space left on device" in result.log
        assert len([entry for entry in stage.emulator.log if entry.resource == "blobs"]) < 30
        kept = files(stage.folder)
        assert {name: kept.get(name) for name in before} == before


class TestTheFolder:
    def test_of_something_else_is_refused(self, stage: Stage) -> None:
        stage.classifier()
        stage.folder.mkdir()
        (stage.folder / "thesis.txt").write_text("mine")

        result = stage.run()

        assert title(result) == "The folder is not a backup"
        assert "`custom-vision-backup` is not a backup" in result.log
        assert "thesis.txt" in result.log
        assert [path.name for path in stage.folder.iterdir()] == ["thesis.txt"]
        assert title(stage.run(dry_run="true")) == "The folder is not a backup"

    def test_of_another_resource_is_refused(self, stage: Stage) -> None:
        stage.classifier()
        stage.good()
        path = stage.folder / "index.json"
        path.write_text(path.read_text().replace(ORIGIN, "https://other.cognitiveservices.azure.com"))

        result = stage.run()

        assert title(result) == "The folder holds the backup of another resource"
        assert "`custom-vision-backup` holds the backup of another resource" in result.log

    @pytest.mark.parametrize("text", ["{", "[]", '{"version": 0, "origin": "x", "projects": []}'])
    def test_with_a_broken_index_is_refused(self, stage: Stage, text: str) -> None:
        stage.classifier()
        stage.good()
        (stage.folder / "index.json").write_text(text)

        result = stage.run()

        assert title(result) == "The earlier backup is damaged"
        assert "`custom-vision-backup/index.json` " in result.log

    @pytest.mark.parametrize("file", ["index.json", "*/manifest.json"])
    def test_of_a_later_version_is_refused(self, stage: Stage, file: str) -> None:
        """The text must not advise to remove a file: nothing is damaged."""
        stage.classifier()
        stage.good()
        (path,) = stage.folder.glob(file)
        path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
        before = files(stage.folder)

        result = stage.run()

        assert title(result) == "The backup was written by a later version of this action"
        assert "emove" not in result.log
        assert files(stage.folder) == before

    def test_that_became_a_link_is_refused(self, stage: Stage, tmp_path: Path) -> None:
        stage.classifier()
        (tmp_path / "elsewhere").mkdir()
        wire = stage.wire({0: lambda _: stage.folder.symlink_to(tmp_path / "elsewhere")})

        result = stage.run(wire)

        assert title(result) == "The folder cannot be used"
        assert "`custom-vision-backup` contains a link" in result.log
        assert list((tmp_path / "elsewhere").iterdir()) == []

    def test_is_made_again_where_a_picture_was_deleted(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        next((stage.folder / f"shelf-{found.id[:8]}" / "images").rglob("*.*")).unlink()

        result = stage.good()

        assert result.outputs["downloaded"] == "1"
