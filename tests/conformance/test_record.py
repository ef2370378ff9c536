"""facts.json: what is in it, what is never in it, and what the emulator makes of it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from conformance.facts import FACTS
from conformance.probe.scrub import LONGEST, scrub
from conformance.record import FORBIDDEN, Finding, Record, RecordError, harmless, leaking, read_record
from emulator import Behaviour
from emulator.host.options import behaviour, parser
from runner_double.double import REPOSITORY
from tests.support.probing import ALL, ProbeWorld

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.loads((REPOSITORY / "docs" / "facts.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
UUID = "0123abcd-4567-89ab-cdef-0123456789ab"


def record(*findings: Finding) -> Record:
    return Record("2026-11-27", "custom", None, findings)


def behaviour_of(file: Path, *options: str) -> Behaviour:
    return behaviour(parser().parse_args(["--facts", str(file), *options]))


def test_a_whole_probe_writes_a_file_that_fits_the_schema(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"throttle": True, "refusals": {"wrong-project": "418 service Teapot"}})

    assert world.probe(*ALL) == 3

    text = (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(text))] == []
    assert {found.id for found in world.record.findings} == set(FACTS)
    assert read_record(text) == world.record


def test_no_file_tells_whose_it_is(tmp_path: Path) -> None:
    refusals = dict.fromkeys(("wrong-project", "wrong-key", "bogus-token", "publish-again"), "418 service Teapot")
    world = ProbeWorld(tmp_path, {"refusals": refusals})
    for project in (*world.dev.projects.values(), *world.prod.projects.values()):
        world.emulator.describe(
            world.dev if project.id in world.dev.projects else world.prod, project.id, "Secret plan"
        )
    world.before = world.state()

    assert world.probe(*ALL) == 3

    text = (tmp_path / "facts.json").read_text(encoding="utf-8")
    assert leaking(text) == []
    for resource in (world.dev, world.prod):
        told = [resource.training_key, resource.prediction_key, resource.prediction_resource_id, "127.0.0.1", "Secret"]
        for project in resource.projects.values():
            told += [project.id, project.name]
        assert not [secret for secret in told if secret.lower() in text.lower()]


def test_what_is_new_has_its_words_without_whose_they_are(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path, {"refusals": {"wrong-project": "418 service Teapot"}})

    assert world.probe("--only", "wrong-project") == 3

    found = world.finding("wrong-project")
    assert found.state == "new"
    told = {"status": 418, "shape": "service", "code": "Teapot", "message": "Invalid project id: <id>"}
    assert {name: found.about[name] for name in told} == told


def test_a_known_refusal_has_its_words_too(tmp_path: Path) -> None:
    world = ProbeWorld(tmp_path)

    world.probe("--only", "wrong-project", "--only", "no-content-length")

    assert world.finding("wrong-project").about["message"] == "Invalid project id: <id>"
    assert world.finding("no-content-length").about["message"] == "Length Required"


MESSAGES = {
    f"Project {UUID} is gone": "Project <id> is gone",
    f"Project {UUID.replace('-', '')} is gone": "Project <id> is gone",
    "See https://contoso.example/a?b=c for more": "See <address> for more",
    "Access denied at contoso.cognitiveservices.azure.com": "Access denied at <host>",
    "The name 'Shelf of Contoso' is taken": "The name <text> is taken",
    'The name "Shelf" is taken': "The name <text> is taken",
    "The principal `a-b` lacks a right": "The principal <text> lacks a right",
    "Invalid id: /subscriptions/1/resourceGroups/2 here": "Invalid id: <resource> here",
    "From 10.0.0.1:443 to 192.168.1.200": "From <address> to <address>",
    "Ask jane.doe@contoso.com": "Ask <address>",
    "Two\nlines and \x1b[31mcolours": "Two lines and [31mcolours",
    "The project Secret plan is locked": "The project <name> is locked",
    "Project cvaction probe 0123abcd scratch is locked": "Project <name>",
    "Please retry after 1 second.": "Please retry after 1 second.",
    "key 0123456789abcdef0123456789abcdef is wrong": "key <id> is wrong",
}


@pytest.mark.parametrize(("message", "told"), MESSAGES.items())
def test_a_message_is_scrubbed(message: str, told: str) -> None:
    assert scrub(message, {"Secret plan", "abc"}) == told


NOISE = st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=200)


@given(
    NOISE, st.sampled_from([UUID, UUID.replace("-", ""), "a.contoso.com", "https://x.y/z?sig=abc", "10.1.2.3"]), NOISE
)
def test_no_secret_survives_in_whatever_surrounds_it(before: str, secret: str, after: str) -> None:
    text = scrub(f"{before} {secret} {after}")

    assert secret.lower() not in text.lower()
    assert len(text) <= LONGEST
    assert leaking(text) == [] or text.startswith("<withheld")


@given(NOISE)
def test_scrubbing_twice_is_scrubbing_once(message: str) -> None:
    assert scrub(scrub(message)) == scrub(message)


@pytest.mark.parametrize(
    "leak",
    [
        UUID,
        UUID.replace("-", ""),
        "https://a.b/c",
        "vision.cognitiveservices.azure.com",
        "10.0.0.1",
        "/subscriptions/x",
        "?sig=a",
    ],
)
def test_a_file_with_a_leak_is_not_written(leak: str) -> None:
    with pytest.raises(RecordError, match="would contain"):
        record(Finding("names-case", "not-tried", None, {"reason": f"about {leak}"})).text()


def test_one_leak_does_not_lose_the_rest() -> None:
    good = Finding("names-form", "seen", "same")
    bad = Finding("names-case", "seen", "same", {"code": UUID})

    kept = harmless((bad, good))

    assert kept == (Finding("names-case", "not-tried", None, {"reason": "withheld: it contained an id"}), good)
    assert leaking(record(*kept).text()) == []


def test_what_is_forbidden_is_no_answer_of_any_fact() -> None:
    values = [answer for fact in FACTS.values() for answer in (fact.assumed, *fact.answers.samples())]
    for answer in values:
        assert leaking(json.dumps(answer, ensure_ascii=False)) == []
    assert len(FORBIDDEN) > 5


WRONG = {
    "no JSON": ("{", "not JSON"),
    "a list": ("[]", "not a facts.json"),
    "another schema": ('{"schema": 2, "facts": {}}', "not a facts.json"),
    "an unknown fact": ('{"schema": 1, "facts": {"nonsense": {"state": "seen", "value": 1}}}', "no fact 'nonsense'"),
    "an unknown state": ('{"schema": 1, "facts": {"names-case": {"state": "guessed"}}}', "names-case: its state"),
    "an unknown answer": (
        '{"schema": 1, "facts": {"names-case": {"state": "seen", "value": "x"}}}',
        "'x' is not one of",
    ),
    "no answer": ('{"schema": 1, "facts": {"lag-new": {"state": "seen"}}}', "lag-new: None is not a number"),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=list(WRONG))
def test_another_file_is_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(RecordError, match=told):
        behaviour_of(file)


def test_all_that_is_wrong_with_a_file_is_told_at_once() -> None:
    with pytest.raises(RecordError, match=r"no fact 'a'.*no fact 'b'"):
        read_record('{"schema": 1, "facts": {"a": {}, "b": {}}}')


def test_the_emulator_takes_what_is_seen_and_keeps_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    findings = (
        Finding("rename-taken-name", "seen", "refuse"),
        Finding("import-taken-name", "not-tried", None, {"reason": "no slot"}),
        Finding("names-case", "new", None, {"what": "something"}),
        Finding("lag-new", "seen", 4.0, {"resolution": 1}),
        Finding("row-fields", "seen", ("created", "status")),
        Finding("wrong-key", "seen", "403 gateway 403"),
        Finding("wrong-project", "seen", "404 gateway 404"),
    )
    file.write_text(record(*findings).text(), encoding="utf-8")
    played = {
        "taken_rename": "refuse",
        "lag_of_new": 4.0,
        "rows_lack": "created,status",
        "refusals": {"wrong-key": "403 gateway 403", "wrong-project": "404 gateway 404"},
    }

    assert behaviour_of(file) == Behaviour(**played)  # type: ignore[arg-type] # of several types
    assert behaviour_of(file, "--taken-rename", "suffix").taken_rename == "suffix"


def test_what_was_seen_is_seen_again(tmp_path: Path) -> None:
    """Round: an emulator, the probe's file, an emulator that behaves so, and the probe once more."""
    settings: dict[str, Any] = {
        "taken_rename": "suffix",
        "names_ignore_case": True,
        "max_name_length": 80,
        "long_name": "cut",
        "rejects_long_description": 900,
        "lag_of_changed": 3.0,
        "update_absent": "clear",
        "export_touches_project": True,
        "refusals": {"wrong-project": "404 gateway 404"},
    }
    first = ProbeWorld(tmp_path, settings)
    assert first.probe(*ALL) == 0, first.log
    seen = behaviour_of(tmp_path / "facts.json")
    again = ProbeWorld(tmp_path, {field.name: getattr(seen, field.name) for field in fields(seen)})

    assert again.probe(*ALL) == 0, again.log

    before = {found.id: found for found in first.record.findings}
    for found in again.record.findings:
        was = before[found.id]
        assert found.state == was.state, (found, was)
        if isinstance(found.value, float) and isinstance(was.value, float):
            assert abs(found.value - was.value) <= 1.0, (found, was)
        else:
            assert found.value == was.value
