"""Facts about refusals: how each looks in the HTTP answer, and which ones no probe can cause."""

from __future__ import annotations

from typing import Final

from conformance.facts import access
from conformance.facts.model import NO_EVIDENCE, Choice, Choices, Fact, Row, Section, unknown

_BY_CODE: Final = "The code decides which text is shown."
_BY_STATUS: Final = "The status decides which text is shown, with the service's own words."
_LOOKS: Final = Row(
    "Codes that begin with Forbidden, NotFound, Conflict and Error: the status was derived from the name, and was not "
    "seen.",
    "The code decides which text is shown, not the status.",
)
_WRONG: Final = Row(
    "Status, code and shape of the refusals that a run meets.",
    "Each is read in the four known shapes. The action decides by the status 404 and a few codes; everything else only "
    "chooses a text.",
)


def looks(case: str, *rows: tuple[str, str] | tuple[str, str, str]) -> Choices:
    """How a refusal may look: `STATUS SHAPE CODE`, what the code does then, and perhaps what breaks."""
    return Choices(
        tuple(Choice(row[0], row[1], row[2] if len(row) > 2 else "", {"refusals": {case: row[0]}}) for row in rows)  # noqa: PLR2004 - the third is what breaks
    )


_GONE_BREAKS: Final = (
    "promise 1 would not hold: the code knows a deleted project by the status 404, and a re-run would stop at it"
)

FACTS: Final = (
    Fact(
        "wrong-project",
        "How does the refusal of a project that does not exist look?",
        looks(
            "wrong-project",
            ("404 service NotFoundProject", "404 means gone."),
            ("404 gateway 404", "404 means gone."),
            ("400 service BadRequestInvalidIds", "It is an error, and ends the run.", _GONE_BREAKS),
            ("403 service ForbiddenProject", "It is an error, and ends the run.", _GONE_BREAKS),
        ),
        "The code is listed; its status follows from its name.",
        _LOOKS,
    ),
    Fact(
        "wrong-iteration",
        "How does the refusal of an iteration that does not exist look?",
        looks(
            "wrong-iteration",
            ("404 service NotFoundIteration", _BY_CODE),
            ("404 gateway 404", _BY_STATUS),
            ("400 service BadRequestInvalidIds", _BY_CODE),
        ),
        "The code is listed; its status follows from its name.",
        _LOOKS,
    ),
    Fact(
        "wrong-key",
        "How does the refusal of a wrong key look?",
        looks(
            "wrong-key",
            ("401 gateway 401", "The text names a wrong key, and a key of another resource."),
            ("401 entra 401", "The same as for any 401."),
            ("403 gateway 403", "The text for 403 is shown, which does not name the key first."),
        ),
        "Seen in public threads, on sibling services too.",
        _WRONG,
    ),
    Fact(
        "bogus-token",
        "How does the refusal of an invalid access token look?",
        Choices(
            (
                Choice(
                    "401 entra 401",
                    "The text for a 401 to a token is shown.",
                    sets={"custom_subdomain_rule": False},
                ),
                Choice(
                    "400 gateway BadRequest",
                    "The words about a custom subdomain are recognised. A regional host accepts no tokens, so its use "
                    "with ids is refused before the first request.",
                    sets={"custom_subdomain_rule": True},
                ),
                Choice(
                    "401 gateway 401",
                    "The same as for any 401.",
                    sets={"refusals": {"bogus-token": "401 gateway 401"}},
                ),
            )
        ),
        "Both are in public threads: the first for custom hosts, the second for regional ones.",
        _WRONG,
    ),
    Fact(
        "bad-import-token",
        "How does the refusal of an invalid import token look?",
        looks(
            "bad-import-token",
            (
                "400 service BadRequestInvalidImportToken",
                "After a lost answer it is a sign that an earlier import arrived. The code looks for its copy.",
            ),
            ("400 service BadRequestInvalid", "It is an error, and ends the run. A re-run continues."),
            ("500 service ErrorProjectImportRequestFailed", "It counts as a lost answer: the code looks for the copy."),
        ),
        "The words 'Invalid Token' are in public threads.",
        _WRONG,
    ),
    Fact(
        "missing-parameter",
        "How does the refusal of a missing parameter (a new project without a name) look?",
        looks(
            "missing-parameter",
            ("400 service BadRequestProjectName", "No request of the product lacks one."),
            ("400 service BadRequestRequiredParamIsNull", "No request of the product lacks one."),
            ("404 gateway 404", "No request of the product lacks one."),
        ),
        NO_EVIDENCE,
        _WRONG,
    ),
    Fact(
        "no-content-length",
        "How does the refusal of a POST without Content-Length look?",
        looks(
            "no-content-length",
            ("411 html", "No POST of the product lacks it."),
            ("411 service LengthRequired", "No POST of the product lacks it."),
            ("400 html", "No POST of the product lacks it."),
        ),
        "In public threads: an HTML page with status 411.",
        _WRONG,
    ),
    Fact(
        "delete-published",
        "How does the refusal to delete a project with a published iteration look?",
        looks(
            "delete-published",
            ("400 service BadRequestIterationIsPublished", "A project is unpublished before it is deleted."),
            ("400 service BadRequestProjectHasPublishedIteration", "A project is unpublished before it is deleted."),
            ("409 service Conflict", "A project is unpublished before it is deleted."),
        ),
        "The refusal is documented, its code is not.",
        _WRONG,
    ),
    Fact(
        "publish-again",
        "How does the refusal to publish an iteration a second time look?",
        looks(
            "publish-again",
            (
                "400 service BadRequestIterationIsPublished",
                "After a repeated request it is a success, if the name is the requested one.",
            ),
            (
                "409 service Conflict",
                "It is an error. A re-run sees that the iteration is published.",
            ),
        ),
        "Recorded: this code.",
        _WRONG,
    ),
    Fact(
        "publish-taken-name",
        "How does the refusal of a publish name that another iteration of the project has look?",
        looks(
            "publish-taken-name",
            ("400 service BadRequestInvalidPublishName", _BY_CODE),
            ("409 service Conflict", _BY_STATUS),
        ),
        "In public threads: this code.",
        _WRONG,
    ),
    Fact(
        "wrong-prediction-id",
        "How does the refusal of an invalid prediction resource's id look?",
        looks(
            "wrong-prediction-id",
            ("400 service BadRequestInvalidPublishTarget", _BY_CODE),
            ("404 service NotFoundPublishTarget", _BY_STATUS),
        ),
        "Four public threads have this code.",
        _WRONG,
    ),
    Fact(
        "hidden-quota",
        "Does a 401 hide an exhausted quota?",
        unknown(),
        "Reported in public threads.",
        Row("Does a 401 hide an exhausted quota?", "It was reported. The text names it."),
        untried="the probe would have to use up a quota",
    ),
)

SECTION: Final = Section("Errors", (*access.FACTS, *FACTS))
