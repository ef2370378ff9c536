from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.customvision import image_schemas
from cvaction.customvision.errors import MalformedError
from cvaction.customvision.image_models import Image
from cvaction.secret import Secret
from tests.support.image_samples import (
    IMAGE_ID,
    wire_image,
    wire_region,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
from tests.support.workspace import IMAGE


class TestAnImage:
    def test_is_read_with_its_numbers_and_times_as_sent(self) -> None:
        found = image_schemas.image(wire_image())

        assert found == IMAGE
        assert isinstance(found.regions[0].height, int)

    @pytest.mark.parametrize("left_out", [{}, {"tags": None, "regions": None, "metadata": None}])
    def test_may_come_without_labels_and_metadata(self, left_out: Mapping[str, Any]) -> None:
        found = image_schemas.image({"id": IMAGE_ID.upper(), "width": True, "height": 0, "new": {"x": 1}, **left_out})

        assert found == Image(IMAGE_ID, "", None, None, (), (), {}, Secret(""))

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"id": "../../etc"}, "the field 'id' is no UUID"),
            ({"id": None}, "the field 'id' is null"),
            ({"tags": [{"tagId": "x"}]}, "the field 'tagId' is no UUID"),
            ({"tags": {}}, "the field 'tags' is an object"),
            ({"regions": [wire_region(left="0")]}, "the field 'left' is a text"),
            ({"regions": [wire_region(left=True)]}, "the field 'left' is a boolean"),
            ({"regions": [wire_region(left=float("nan"))]}, "the field 'left' is no number"),
            ({"metadata": {"a": 1}}, "a value of 'metadata' is a number"),
        ],
    )
    def test_is_refused_where_it_is_none(self, changes: Mapping[str, Any], reason: str) -> None:
        with pytest.raises(MalformedError, match=reason):
            image_schemas.image(wire_image(**changes))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
        )
    )
    def test_of_any_json_is_an_image_or_malformed(self, data: object) -> None:
        for parse in (image_schemas.image, image_schemas.created, image_schemas.labelled, image_schemas.model_export):
            for value in (data, wire_image(tags=data), wire_image(metadata=data), {"images": data}):
                try:
                    parse(value)
                except MalformedError:
                    continue

    def test_hides_its_address(self) -> None:
        assert "sig" not in repr(image_schemas.image(wire_image()))
