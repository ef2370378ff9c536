from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.inputs import parsers
from cvaction.inputs.images import images

if TYPE_CHECKING:
    from collections.abc import Callable

ARM_ID = "/subscriptions/0a/resourceGroups/g-1/providers/Microsoft.CognitiveServices/accounts/pred"
NO_NUMBER = [
    "", "x", "nan", "NaN", "inf", "-inf", "infinity", "1e3", "1E0", "+1", "-1", "-0", "0,5", "0.5.", "1.", "0x1", "1_0", "1/2",
    "\uff11", "\u0661", "\u00b2", "0 5", "0.5\n", "9" * 10, "0." + "1" * 19,
]  # fmt: skip


@pytest.mark.parametrize("value", ["Shelf (1)", "\u68da [x]", "a\u00a0b"])
def test_a_text_is_any_line(value: str) -> None:
    assert parsers.text(value) == value


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\tb", "a\x00b", "a\x1bb", "a\x7fb"])
def test_a_text_holds_no_control_character(value: str) -> None:
    with pytest.raises(ValueError, match="line break or a control character"):
        parsers.text(value)


def test_a_key_is_printable_and_does_not_show() -> None:
    secret = parsers.key("aB3!~")

    assert secret.reveal() == "aB3!~"
    assert "aB3" not in str(secret)


@pytest.mark.parametrize("value", ["my key", "my\nkey", "k\u00e9y", "my\u200bkey", "\ufeffmykey", "", "mykey\x00"])
def test_a_key_that_no_header_could_carry_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValueError, match="no key has") as caught:
        parsers.key(value)

    assert not value or value not in str(caught.value)


def test_a_uuid_is_read_in_lower_case() -> None:
    assert parsers.uuid("64B822C5-8082-4B36-A426-27225F4AA18C") == "64b822c5-8082-4b36-a426-27225f4aa18c"


@pytest.mark.parametrize(
    "value",
    ["", "64b822c580824b36a42627225f4aa18c", "{64b822c5-8082-4b36-a426-27225f4aa18c}", "64b822c5-8082-4b36-a426-27225f4aa18",
     "64b822c5-8082-4b36-a426-27225f4aa18g", "64b822c5-8082-4b36-a426-27225f4aa18c\n", "\uff164b822c5-8082-4b36-a426-27225f4aa18c"],
)  # fmt: skip
def test_what_is_no_uuid_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="must be a UUID such as"):
        parsers.uuid(value)


@pytest.mark.parametrize("value", ["x [importing ", "Shelf [importing 0123abcd-012345]", " [importing me]"])
def test_a_copys_name_does_not_look_like_an_unfinished_one(value: str) -> None:
    with pytest.raises(ValueError, match="marks an unfinished copy"):
        parsers.copy_name(value)


@pytest.mark.parametrize("value", ["importing", "Shelf[importing x]", "[importing 1]", "x [Importing y]"])
def test_a_copys_name_may_be_anything_else(value: str) -> None:
    assert parsers.copy_name(value) == value


def test_a_copys_name_is_a_line_of_text() -> None:
    with pytest.raises(ValueError, match="control character"):
        parsers.copy_name("a\nb")


@pytest.mark.parametrize(("value", "meant"), [("true", True), ("TRUE", True), ("False", False), ("fALSE", False)])
def test_a_boolean_is_true_or_false_in_any_case(value: str, meant: bool) -> None:
    assert parsers.boolean(value) is meant


@pytest.mark.parametrize("value", ["", "yes", "1", "0", "on", "y", "t", "true ", "\uff54rue", "null"])
def test_a_boolean_is_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        parsers.boolean(value)


def test_a_choice_is_spelled_exactly() -> None:
    parse = parsers.choice("new", "fail")

    assert parse("fail") == "fail"
    for value in ("", "New", "news", "new\n"):
        with pytest.raises(ValueError, match="must be one of new, fail"):
            parse(value)


@pytest.mark.parametrize(
    ("value", "number"), [("0", 0.0), ("1", 1.0), ("0.75", 0.75), (".5", 0.5), ("1.000", 1.0), ("00.5", 0.5)]
)
def test_a_fraction_is_a_number_from_0_to_1(value: str, number: float) -> None:
    assert parsers.fraction(value) == number


@pytest.mark.parametrize("value", [*NO_NUMBER, "1.01", "2", "85", "100", "90%"])
def test_a_fraction_is_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="number from 0 to 1"):
        parsers.fraction(value)


@pytest.mark.parametrize(("value", "number"), [("90", 90.0), ("0.5", 0.5), ("999999999", 999999999.0)])
def test_minutes_may_be_fractions(value: str, number: float) -> None:
    assert parsers.minutes(value) == number


@pytest.mark.parametrize("value", [*NO_NUMBER, "0", "0.00", "90m", "1h", "1:30"])
def test_minutes_are_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="number of minutes"):
        parsers.minutes(value)


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("000", 0), ("1", 1), ("007", 7), ("999999", 999999)])
def test_a_count_is_a_whole_number(value: str, number: int) -> None:
    assert parsers.count(value) == number


@pytest.mark.parametrize("value", [*NO_NUMBER, "1.0", "1000000", "all"])
def test_a_count_is_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="whole number, 0 or more"):
        parsers.count(value)


@pytest.mark.parametrize("value", [ARM_ID, ARM_ID.lower(), ARM_ID.replace("resourceGroups", "RESOURCEGROUPS")])
def test_an_arm_id_is_read_in_any_case_and_kept_as_it_is(value: str) -> None:
    assert parsers.arm_id(value) == value


@pytest.mark.parametrize(
    "value",
    ["0123456789abcdef0123456789abcdef", "64b822c5-8082-4b36-a426-27225f4aa18c", "https://pred.cognitiveservices.azure.com/",
     ARM_ID[1:], ARM_ID + "/", ARM_ID + "/x", ARM_ID.removesuffix("pred"), ARM_ID.replace("CognitiveServices", "Storage"),
     ARM_ID + " x", "https://portal.azure.com/#@x/resource" + ARM_ID],
)  # fmt: skip
def test_what_is_no_arm_id_is_refused_with_the_form_and_where_to_find_it(value: str) -> None:
    with pytest.raises(ValueError, match=r"full id, of the form /subscriptions/SUBSCRIPTION/.*Azure portal") as caught:
        parsers.arm_id(value)

    assert value not in str(caught.value)


def test_lines_are_those_that_are_not_blank() -> None:
    assert parsers.lines("\n a \r\n\n\tb\u2028 \n") == ("a", "b")
    assert parsers.lines(" \n") == ()


@pytest.mark.parametrize(
    "value",
    [
        "https://apim.contoso.com",
        "https://apim.contoso.com/",
        "HTTPS://APIM.Contoso.com:443",
        " https://apim.contoso.com \n\n",
    ],
)
def test_an_origin_is_read_in_any_spelling(value: str) -> None:
    assert parsers.origins(value) == {"https://apim.contoso.com"}


def test_origins_stand_one_a_line() -> None:
    value = "https://gw.example:8443\nhttp://emulator:8000\nhttp://[::1]:80/"

    assert parsers.origins(value) == {"https://gw.example:8443", "http://emulator:8000", "http://[::1]"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("apim.contoso.com", "is not a URL"),
        ("https://a.example https://b.example", "is not a URL"),
        ("https://a.example,https://b.example", "exact origin"),
        ("https://user:word@a.example", "contains a user name"),
        ("https://a.example/path", "without a path: https://a.example"),
        ("https://a.example?x", "without a path"),
        ("https://*.example/x", "without a path"),
        ("https://ok.example\nftp://a.example", "is not a URL"),
        ("0123456789abcdef0123456789abcdef", "is not a URL"),
    ],
)
def test_what_is_no_exact_origin_is_refused(value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parsers.origins(value)


@pytest.mark.parametrize(
    "parse",
    [parsers.uuid, parsers.boolean, parsers.choice("new"), parsers.choices("new"),
     parsers.integer(0, 9), parsers.fraction, parsers.minutes, parsers.count, parsers.arm_id,
     parsers.origins, images("")],
)  # fmt: skip
def test_no_parser_repeats_what_may_be_a_key_in_the_wrong_input(parse: Callable[[str], object]) -> None:
    key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

    with pytest.raises(ValueError, match=r"must|matches") as caught:
        parse(key)

    assert key not in str(caught.value)


def test_joined_is_a_text_of_any_lines_as_one() -> None:
    assert parsers.joined("because\r\nof  Friday\n") == "because of Friday"


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("16", 16), ("007", 7)])
def test_an_integer_lies_between_its_bounds(value: str, number: int) -> None:
    assert parsers.integer(1, 16)(value) == number


@pytest.mark.parametrize("value", [*NO_NUMBER, "0", "17", "1.0", "-1", "1000000000"])
def test_an_integer_is_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="must be a whole number from 1 to 16"):
        parsers.integer(1, 16)(value)


@given(st.integers(), st.integers(0, 999), st.integers(0, 999))
def test_an_integer_is_read_if_and_only_if_in_bounds(number: int, one: int, other: int) -> None:
    least, most = sorted((one, other))
    try:
        assert parsers.integer(least, most)(str(number)) == number
    except ValueError:
        assert not least <= number <= most


FORMATS = parsers.choices("coco", "yolo", "automl", nothing="none")


@pytest.mark.parametrize("value", ["yolo,coco", "yolo coco", "yolo\ncoco", " yolo ,\n\tcoco, ", "yolo coco yolo"])
def test_choices_stand_between_lines_commas_or_blanks(value: str) -> None:
    assert FORMATS(value) == ("yolo", "coco")


def test_the_word_for_nothing_stands_alone() -> None:
    assert FORMATS("none") == ()
    assert FORMATS(" none,\nnone ") == ()


@pytest.mark.parametrize("value", ["none, coco", "Coco", "coco;yolo", "cocoyolo", ",", "all"])
def test_choices_are_nothing_else(value: str) -> None:
    with pytest.raises(ValueError, match="must be one or several of coco, yolo, automl, or only none") as caught:
        FORMATS(value)
    assert value == "," or value not in str(caught.value)


def test_choices_without_a_word_for_nothing_tell_none() -> None:
    with pytest.raises(ValueError, match=r"^must be one or several of a, b$"):
        parsers.choices("a", "b")("")
