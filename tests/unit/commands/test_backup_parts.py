"""The parts of the backup action one by one: inputs, contents, pages, models, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.archive.formats import FORMATS
from cvaction.archive.formats.writing import _writers
from cvaction.commands.backup import inputs as declared
from cvaction.commands.backup.contents import Contents, performances
from cvaction.commands.backup.inputs import Model, models, prefix, read_inputs
from cvaction.commands.backup.listing import Lister
from cvaction.commands.backup.models import find
from cvaction.commands.backup.outputs import amount
from cvaction.commands.backup.progress import Progress
from cvaction.commands.backup.service import Service
from cvaction.customvision.image_models import Domain, Image, ModelExport
from cvaction.customvision.image_reader import PAGE
from cvaction.failures.errors import InputError
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.samples import context
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GIVEN = {"endpoint": "https://dev.cognitiveservices.azure.com", "key": "0123456789abcdef0123456789abcdef"}


def read(workspace: Path, **given: str) -> Any:
    values = {**GIVEN, **{name.replace("_", "-"): value for name, value in given.items()}}
    return read_inputs(lambda name: values.get(name, ""), context(GITHUB_WORKSPACE=str(workspace)))


class _AllAtOnce:
    """A service that ignores `skip`: every page is the whole list."""

    def __init__(self) -> None:
        self.asked = 0

    def performances(self, _project_id: str, _iteration_id: str, _skip: int) -> tuple[dict[str, str], ...]:
        self.asked += 1
        assert self.asked < 9, "the list has no end"
        return ({"id": "1"}, {"id": "2"})


def test_a_list_that_is_always_the_same_page_has_an_end() -> None:
    found = performances(cast("Any", _AllAtOnce()), "p", [{"id": "i"}, {"id": "j"}])

    assert [(iteration, row["id"]) for iteration, row in found] == [("i", "1"), ("i", "2"), ("j", "1"), ("j", "2")]


class TestInputs:
    def test_know_the_formats_that_the_archive_writes(self) -> None:
        assert declared.FORMATS == FORMATS == tuple(_writers())

    def test_have_the_documented_defaults(self, tmp_path: Path) -> None:
        inputs = read(tmp_path)

        assert (inputs.path, inputs.formats, inputs.options) == (
            tmp_path / "custom-vision-backup",
            ("coco",),
            {"coco": {}},
        )
        assert (inputs.models, inputs.iterations, inputs.images, inputs.parallel) == ((), "published", True, 8)

    @pytest.mark.parametrize(
        ("text", "model"),
        [
            ("onnx", Model("ONNX")),
            ("ONNX-ONNX12", Model("ONNX", "ONNX12")),
            ("onnx-onnx10", Model("ONNX", "ONNX10")),
            ("tensorflow", Model("TensorFlow")),
            ("tensorflow-lite", Model("TensorFlow", "TensorFlowLite")),
            ("TensorFlow-TensorFlowNormal", Model("TensorFlow", "TensorFlowNormal")),
            ("docker-linux", Model("DockerFile", "Linux")),
            ("DockerFile-ARM", Model("DockerFile", "ARM")),
            ("coreml", Model("CoreML")),
            ("VAIDK", Model("VAIDK")),
        ],
    )
    def test_name_models_in_words_or_as_the_wire_does(self, text: str, model: Model) -> None:
        assert models(f"{text}\n\n{text}") == (model,)

    @given(st.text())
    def test_are_models_or_an_error_that_lists_them(self, text: str) -> None:
        try:
            assert all(model.platform for model in models(text))
        except ValueError as error:
            assert "tensorflow-lite" in str(error)  # noqa: PT017 - either may come

    def test_refuse_a_prefix_that_is_no_url(self) -> None:
        assert prefix("azureml://x/paths/y///") == "azureml://x/paths/y"
        for text in ("paths/y", "azureml://x y", 'azureml://"', "AZUREML"):
            with pytest.raises(ValueError, match="must be the URL"):
                prefix(text)

    def test_need_a_prefix_with_automl_and_take_one_without(self, tmp_path: Path) -> None:
        assert read(tmp_path, formats="automl", automl_prefix="azureml://x").options == {
            "automl": {"prefix": "azureml://x"}
        }
        with pytest.raises(InputError, match="automl-prefix: is required with automl"):
            read(tmp_path, formats="automl,coco")
        assert read(tmp_path, automl_prefix="azureml://x").options == {"coco": {}}


def contents(settings: Any = None, iterations: Sequence[dict[str, Any]] = ()) -> Contents:
    return Contents({"id": "p", "settings": settings}, (), iterations)


class TestContents:
    @pytest.mark.parametrize(
        ("domain", "classification", "boxed", "kind"),
        [
            ("ObjectDetection", None, False, "detection"),
            ("Classification", "Multiclass", False, "multiclass"),
            ("Classification", "Multilabel", False, "multilabel"),
            ("Classification", None, False, "multilabel"),
            ("", "Multiclass", False, "multiclass"),
            ("", "Multiclass", True, "detection"),
            ("", None, False, "detection"),
        ],
    )
    def test_tell_the_kind_of_labels(self, domain: str, classification: str | None, *, boxed: bool, kind: str) -> None:
        found = Domain("d", "General", domain, exportable=False, enabled=True) if domain else None

        assert contents({"classificationType": classification}).kind(found, boxed=boxed) == kind

    @pytest.mark.parametrize("settings", [None, [], "x", {"domainId": None}])
    def test_bear_settings_that_are_none(self, settings: object) -> None:
        assert contents(settings).domain_id == ""
        assert contents(settings).domain(None) == {"id": ""}

    def test_choose_iterations(self) -> None:
        def iteration(name: str, **fields: Any) -> dict[str, Any]:
            return {"id": name, "status": "Completed", "trainedAt": f"2026-01-0{name}", **fields}

        found = contents(
            iterations=[
                iteration("3"),
                iteration("1", publishName="live"),
                iteration("2"),
                {"id": "4", "status": "Training"},
                iteration("5", status="Failed"),
                iteration("6", trainedAt=None),
            ]
        )

        assert [one["id"] for one in found.chosen("all")] == ["1", "2", "3"]
        assert [one["id"] for one in found.chosen("latest")] == ["3"]
        assert [one["id"] for one in found.chosen("published")] == ["1"]
        assert contents().chosen("latest") == []


class Pages:
    """A service that has `there` images, and gives at most `most` at a time."""

    def __init__(self, there: int, most: int) -> None:
        self.there, self.most, self.asked = there, most, 0

    def page(self, _project_id: str, skip: int) -> Sequence[Image]:
        self.asked += 1
        numbers = range(skip, min(skip + self.most, self.there))
        return [Image(f"{number}", "", 1, 1, (), (), {}, Secret("")) for number in numbers]


def listed(there: int, most: int, total: int) -> tuple[list[int], int]:
    """What is listed of so many images where the count tells `total`."""
    pages = Pages(there, most)
    with ThreadedClock() as clock:
        service = Service(Any, Any, cast("Any", pages), Any, None, clock)  # type: ignore[arg-type] # only the pages are read
        lister = Lister("p", "n", Any, service, Any)  # type: ignore[arg-type] # the same
        found = {int(image.id) for page in lister._pages(total) for image in page}
    return sorted(found), pages.asked


class TestPages:
    @settings(deadline=None, max_examples=40)
    @given(st.integers(0, 1200), st.integers(0, 1200))
    def test_are_whole_whatever_the_count_says(self, there: int, total: int) -> None:
        assert listed(there, PAGE, total)[0] == list(range(there))

    @settings(deadline=None, max_examples=40)
    @given(st.integers(0, 700), st.integers(20, PAGE))
    def test_that_are_short_are_filled_up(self, there: int, most: int) -> None:
        assert listed(there, most, there)[0] == list(range(there))

    @pytest.mark.parametrize(("there", "asked"), [(0, 1), (1, 1), (255, 1), (256, 2), (257, 2), (1000, 4)])
    def test_take_no_request_too_many(self, there: int, asked: int) -> None:
        assert listed(there, PAGE, there)[1] == asked


class TestModels:
    def export(self, platform: str, flavor: str = "") -> ModelExport:
        return ModelExport(platform, flavor, "Done", Secret("x"), outdated=False)

    def test_are_found_by_platform_and_flavour(self) -> None:
        exports = [self.export("ONNX", "ONNX10"), self.export("ONNX", "ONNX12"), self.export("CoreML")]

        assert find(exports, Model("ONNX", "ONNX12")) is exports[1]
        assert find(exports, Model("CoreML")) is exports[2]
        assert find(exports, Model("ONNX")) is None, "two could be meant"
        assert find(exports[1:], Model("ONNX")) is exports[1]
        assert find(exports, Model("CoreML", "x")) is None
        assert find([], Model("ONNX")) is None


class TestAmounts:
    @pytest.mark.parametrize(
        ("size", "text"),
        [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (94_747, "94.7 kB"),
            (999_600, "1 MB"),
            (41e6, "41 MB"),
            (2.5e9, "2.5 GB"),
            (3e15, "3,000 TB"),
        ],
    )
    def test_are_told_in_three_digits(self, size: float, text: str) -> None:
        assert amount(size) == text


class TestProgress:
    def test_tells_images_speed_and_what_is_left(self) -> None:
        clock, told = FakeClock(), list[str]()
        progress = Progress(clock, told.append)
        progress.say_now()
        progress.project("'Shelf'", 100)
        for _ in range(10):
            progress.here()
            progress.fetched()
            progress.heard(1_000_000)
        clock.advance(10)
        progress.say_now()
        progress.doing("listing again")
        clock.advance(10)
        progress.say_now()

        assert told == [
            "'Shelf': 20 of 100 images, 1 MB/s, about 1 min 20 s left",
            "'Shelf': 20 of 100 images, about 2 min 40 s left, listing again",
        ]
