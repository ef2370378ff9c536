"""The backup action with `dry-run`."""

from __future__ import annotations

from emulator import Fault, NewImage
from tests.support.backups import COMPACT, FOREVER, Stage


class TestAPlan:
    def test_writes_nothing_and_tells_how_much_is_to_come(self, stage: Stage) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})

        result = stage.run(dry_run="true")

        assert (result.status, result.exit_code) == ("planned", 0)
        assert list(stage.workspace.iterdir()) == []
        (row,) = result.report["projects"]
        assert (row["images"], row["missing"], row["status"]) == (300, 300, "planned")
        assert row["bytes"] > 0
        assert "300 images; about 300 to download, about" in result.log
        assert len([entry for entry in stage.emulator.log if entry.resource == "blobs"]) <= 16

    def test_goes_on_where_the_storage_tells_no_size(self, stage: Stage) -> None:
        """It is an estimate: a storage that answers no question about a size fails no plan."""
        stage.classifier()
        stage.emulator.faults.add(Fault("503", resource="blobs", times=FOREVER))

        result = stage.run(dry_run="true")

        assert result.status == "planned", result.log
        assert "of unknown size" in result.log

    def test_counts_what_is_here(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        stage.emulator.put_images(stage.resource, found.id, [NewImage()] * 3)

        (row,) = stage.run(dry_run="true").report["projects"]

        assert (row["images"], row["missing"]) == (15, 3)

    def test_asks_for_no_export(self, stage: Stage) -> None:
        stage.classifier(domain_id=COMPACT)

        stage.run(dry_run="true", models="onnx", iterations="all")

        assert not [entry for entry in stage.emulator.log if entry.method != "GET" and entry.resource == "dev"]
