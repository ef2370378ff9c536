"""Facts about access tokens instead of keys. The trials need the ids of an identity."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import Choice, Choices, Fact, Meaning, Row, Section, Several, unknown

OPERATIONS: Final = (
    *("GetProjects", "GetProject", "CreateProject", "UpdateProject", "DeleteProject", "ExportProject", "ImportProject"),
    *("GetTags", "GetTaggedImageCount", "GetUntaggedImageCount", "GetIterations", "GetIteration"),
    *("GetIterationPerformance", "PublishIteration", "UnpublishIteration", "QuickTestImage", "GetDomain"),
)
"""The operations that are tried with a token."""

_TAKEN: Final = Row(
    "Does the service accept a token for export, import and publishing at all?",
    "It is documented for the platform, and the platform's gateway names the audience when it refuses a token. Each run "
    "with tokens says in its log that this is unverified.",
)
_NEEDED: Final = Meaning(
    "A promotion without keys needs it.",
    "no promise is broken, but no promotion without keys succeeds: a necessary operation accepts no token",
)
_SOMETIMES: Final = Meaning(
    "A run without keys that publishes, tests or moves ends with the text for a refused token.",
    "no promise is broken, but such a run without keys does not succeed",
)
_NEVER: Final = Meaning("The promote action does not use it.")
_SOMETIMES_ASKED: Final = {"DeleteProject", "PublishIteration", "UnpublishIteration", "QuickTestImage", "GetDomain"}
_NEVER_ASKED: Final = {"CreateProject", "GetIteration"}


def _needed(operation: str) -> Meaning:
    if operation in _NEVER_ASKED:
        return _NEVER
    return _SOMETIMES if operation in _SOMETIMES_ASKED else _NEEDED


FACTS: Final = (
    Fact(
        "token-operations",
        "Which operations accept no access token?",
        Several(
            "Everything can be done without keys.",
            {operation: _needed(operation) for operation in OPERATIONS},
            lambda operations: {"refuses_tokens": ",".join(operations)},
            ((), ("ExportProject",), ("ImportProject", "PublishIteration"), ("QuickTestImage",)),
        ),
        "Documented for the platform. No call with a token is public.",
        _TAKEN,
    ),
    Fact(
        "role-words",
        "How does the refusal because of a missing role look?",
        unknown(),
        "Sibling services answer `PermissionDenied`.",
        Row(
            "The words and the status if a role is missing.",
            "The code `PermissionDenied` with 401 or 403, or words about a data action, as sibling services answer.",
        ),
        untried="it needs an identity without the role",
    ),
    Fact(
        "reader-exports",
        "Is *Data Reader (Preview)* enough to export?",
        unknown(),
        "It follows from the role's definition.",
        Row(
            "Is *Data Reader (Preview)* enough to export?",
            "It follows from the role's definition (`Microsoft.CognitiveServices/*/read`). The error names the missing "
            "data action.",
        ),
        untried="the probe writes to the source, so its identity has a larger role",
    ),
    Fact(
        "publish-right",
        "Which right on the prediction resource does publishing with a token need?",
        unknown(),
        "With a key: none.",
        Row(
            "Which right on the *prediction* resource does publishing need with a token?",
            "The code asks for none. A refusal shows the service's own words.",
        ),
        untried="it needs an identity without that right, and the probe cannot see the roles",
    ),
    Fact(
        "token-imports",
        "Does an import succeed that is requested with only the target's token?",
        Choices(
            (
                Choice("work", "It is sent as with keys.", sets={"keyless_imports": "work"}),
                Choice(
                    "fail",
                    "The import ends as `Failed`, and the error says so.",
                    "no promise is broken, but no promotion without keys succeeds",
                    sets={"keyless_imports": "fail"},
                ),
            )
        ),
        "The export token is a storage URL that carries its own signature.",
        Row(
            "Does the import of an export token read the source's storage with only the target's token?",
            "It is sent as with keys.",
        ),
    ),
    Fact(
        "national-scopes",
        "What are the scopes in the US Government and China clouds?",
        unknown(),
        "By analogy.",
        Row(
            "The scopes in the US Government and China clouds.",
            "`https://cognitiveservices.azure.us/.default` and `.cn`, by analogy.",
        ),
        untried="it needs a resource in such a cloud; a probe there requests a token with this scope",
    ),
    Fact(
        "federation-numbers",
        "Which AADSTS numbers does Entra ID send for a federated credential that does not match?",
        unknown(),
        "Partly from memory.",
        Row(
            "The AADSTS numbers for a federated credential that does not match (70021, 70025, 700211 to 700213).",
            "Partly from memory. Words about a federated identity record count as well.",
        ),
        untried="the credential of the identity would have to be changed",
    ),
    Fact(
        "request-token-life",
        "How long does the runner's own token for assertions live beyond six hours?",
        unknown(),
        "It is the job's own token.",
        Row(
            "How long does the runner's own token for assertions live beyond six hours?",
            "A refused assertion has its own text. The run continues with its token as long as the token lives.",
        ),
        untried="no probe runs for six hours",
    ),
    Fact(
        "middle-401",
        "Does a 401 in the middle of a run mean that a token has expired, or that it was revoked?",
        unknown(),
        "The answers are equal.",
        Row(
            "Does a 401 in the middle of a run mean that a token has expired, or that it was revoked?",
            "The token is renewed once, and the request is repeated once, except an import.",
        ),
        untried="both answers are equal",
    ),
)

SECTION: Final = Section(
    "Keyless",
    FACTS,
    "Tokens of Microsoft Entra ID instead of keys ([keyless](keyless.md)). The emulator plays GitHub's and Entra's part. "
    "Nobody has seen this with the real ones.",
)
