"""What of a project is read to compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.rules.comparison import Thresholds
from cvaction.steps.reading import read_contents, read_performance
from tests.support.samples import contents, iteration, performance, project, tag

if TYPE_CHECKING:
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Performance, Tag


class _Client:
    """The operations that a proof reads with. `tagged`: what each look at the number of tagged images gives."""

    def __init__(self, *tagged: int, tags: tuple[Tag, ...] = (), error: CustomVisionError | None = None) -> None:
        self._tagged, self._tags = list(tagged), tags
        self._error = error

    def tagged_image_count(self, project_id: str) -> int:
        return self._tagged.pop(0)

    def untagged_image_count(self, project_id: str) -> int:
        return 2

    def get_tags(self, project_id: str) -> tuple[Tag, ...]:
        return self._tags

    def get_iterations(self, project_id: str) -> tuple[Iteration, ...]:
        return (iteration(),)

    def get_performance(self, project_id: str, iteration_id: str, threshold: float, overlap: float) -> Performance:
        if self._error:
            raise self._error
        return performance(threshold, overlap)


def client(*tagged: int, tags: tuple[Tag, ...] = (), error: CustomVisionError | None = None) -> Any:
    return cast("TrainingClient", _Client(*tagged, tags=tags, error=error))


class TestReading:
    def test_gives_all_that_is_compared(self) -> None:
        found = read_contents(client(10, tags=(tag(image_count=10),)), project())

        assert found == contents(tags=(tag(image_count=10),))
        assert (found.images, found.completed()) == (12, (iteration(),))

    @pytest.mark.parametrize(("cut", "tags"), [(1, (5, 7)), (6, (5, 7)), (13, (5, 7)), (1, ())])
    def test_reads_a_count_that_the_tags_contradict_once_more(self, cut: int, tags: tuple[int, ...]) -> None:
        reader = client(cut, 12, tags=tuple(tag(image_count=count) for count in tags))

        assert read_contents(reader, project()).tagged == 12

    def test_takes_it_as_it_is_the_second_time(self) -> None:
        assert read_contents(client(1, 1, tags=(tag(image_count=7),)), project()).tagged == 1

    @pytest.mark.parametrize("count", [7, 9, 12])
    def test_takes_any_count_that_the_tags_allow_at_once(self, count: int) -> None:
        assert read_contents(client(count, tags=(tag(image_count=5), tag(image_count=7))), project()).tagged == count

    def test_gives_metrics_at_the_thresholds(self) -> None:
        found = read_performance(client(), "p", iteration(), Thresholds(0.5, 0.3))

        assert found is not None
        assert (found.overall.precision, found.overall.recall) == (0.5, 0.3)

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "NotFoundIterationPerformance"), (404, ""), (400, "BadRequestIterationIsNotTrained")]
    )
    def test_gives_no_metrics_where_there_are_none(self, status: int, code: str) -> None:
        error = CustomVisionError(Kind.REFUSED, "no", status=status, code=code)

        assert read_performance(client(error=error), "p", iteration(), Thresholds(0.5, 0.3)) is None

    @pytest.mark.parametrize("status", [400, 401, 503])
    def test_does_not_take_another_failure_for_absent_metrics(self, status: int) -> None:
        error = CustomVisionError(Kind.REFUSED, "no", status=status)

        with pytest.raises(CustomVisionError):
            read_performance(client(error=error), "p", iteration(), Thresholds(0.5, 0.3))
