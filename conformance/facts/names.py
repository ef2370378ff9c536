"""Facts about the names of projects."""

from __future__ import annotations

from typing import Any, Final

from conformance.facts import descriptions, listings
from conformance.facts.model import NO_EVIDENCE, Amount, Band, Choice, Choices, Fact, Meaning, Row, Section, Several

LONGEST_TRIED: Final = 256
"""Characters of the longest name that is tried. If the service accepts it, no limit was found."""
LONGEST_NAME_FLOOR: Final = 30
"""Characters of the shortest name that is tried for its length."""
CHARACTERS: Final = "[]()<>{}%&+#?/\\*:;|\"'`~!@^$=,._-…é漢😀"
"""The characters that are tried in a name. The product itself writes the first four."""

_IMPORT: Final = Row(
    "An import under a given name that is taken: a suffix, or a refusal?",
    "Both are handled. An own name is found with a suffix, too. A refusal counts as a sign that an earlier import "
    "arrived.",
)
_RENAME: Final = Row(
    "A rename to a name that is taken: allowed, a suffix, or a refusal?",
    "All three are handled: after each rename the project and one more listing are read, and if necessary the name is "
    "chosen again.",
)
_CREATE: Final = Row(
    "A new, empty project under a name that is taken: allowed, a suffix, or a refusal?",
    "The name in the answer counts, not the requested one. A refusal is reported as an error.",
)
_SAME: Final = Row(
    "Are two names the same that differ only in upper and lower case, in Unicode form (`é` in one character or in two), "
    "or in blanks?",
    "The code looks for a source's or a holder's exact name first, then for another Unicode form (NFC) of it. If the "
    "service refuses a name that no project has exactly, the code looks for a project whose name differs only in case, "
    "form (NFKC) and blanks: `replace` and `sync` retire it if it is a copy of this work or source, else the error names "
    "it; `new` and `fail` take `name (1)`.",
)
_LENGTH: Final = Row(
    "How long may a project's name be, and which characters may it have?",
    "The temporary name has at most 50 characters. A dated name that is refused is tried once more with at most 50. "
    "Another refusal ends the run with the text for `BadRequestProjectName`. An old project has kept its name until then, "
    "or gets its name back.",
)
_FOUND_AGAIN: Final = "When the service refuses a name, the code looks for a project with nearly that name."


def _longest_name(limit: float) -> dict[str, Any]:
    return {"max_name_length": int(limit) if limit < LONGEST_TRIED else None}


_WRITTEN: Final = Meaning(
    "The temporary name of an import has this character, so every import is refused.",
    "no promise is broken, but no promotion succeeds: the name of an unfinished import is refused",
)
_NUMBERED: Final = Meaning(
    "Numbered and dated names have this character. A run that needs one ends with the text for "
    "`BadRequestProjectName`, and old projects keep their names."
)
_OTHERS: Final = Meaning("A name with it is refused, and the run ends with the text for `BadRequestProjectName`.")
_TRIED_WORDS: Final = {
    **dict.fromkeys("[]", _WRITTEN),
    **dict.fromkeys("()", _NUMBERED),
    **dict.fromkeys((character for character in CHARACTERS if character not in "[]()"), _OTHERS),
    "-": Meaning(
        "The temporary name of an import and every dated name have this character.",
        "no promise is broken, but no promotion succeeds: the name of an unfinished import is refused",
    ),
}

FACTS: Final = (
    Fact(
        "import-taken-name",
        "What does an import under a given name that is taken do?",
        Choices(
            (
                Choice(
                    "suffix",
                    "The copy of an own name is found with its suffix.",
                    sets={"taken_import_name": "suffix"},
                ),
                Choice(
                    "refuse",
                    "A refusal counts as a sign that an earlier import arrived. The code looks for its copy.",
                    sets={"taken_import_name": "refuse"},
                ),
                Choice(
                    "allow",
                    "Two projects have the name. Each is read by its id; of several own copies one is kept.",
                    sets={"taken_import_name": "allow"},
                ),
            )
        ),
        "Without a name and with one that is taken, ` (1)` was recorded. With a name: none.",
        _IMPORT,
    ),
    Fact(
        "rename-taken-name",
        "What does a rename to a name that is taken do?",
        Choices(
            (
                Choice("allow", "The holders are counted in one more listing.", sets={"taken_rename": "allow"}),
                Choice("suffix", "The name is chosen again.", sets={"taken_rename": "suffix"}),
                Choice("refuse", "The name is chosen again.", sets={"taken_rename": "refuse"}),
            )
        ),
        NO_EVIDENCE,
        _RENAME,
    ),
    Fact(
        "create-taken-name",
        "What does a new, empty project under a name that is taken do?",
        Choices(
            (
                Choice("suffix", "The name in the answer counts.", sets={"taken_create_name": "suffix"}),
                Choice("refuse", "The refusal is reported as an error.", sets={"taken_create_name": "refuse"}),
                Choice("allow", "Two projects have the name.", sets={"taken_create_name": "allow"}),
            )
        ),
        NO_EVIDENCE,
        _CREATE,
    ),
    Fact(
        "names-case",
        "Are two names the same that differ only in upper and lower case?",
        Choices(
            (
                Choice("other", "They are two names.", sets={"names_ignore_case": False}),
                Choice("same", _FOUND_AGAIN, sets={"names_ignore_case": True}),
            )
        ),
        NO_EVIDENCE,
        _SAME,
    ),
    Fact(
        "names-form",
        "Are two names the same that differ only in Unicode form?",
        Choices(
            (
                Choice("other", "They are two names for the service.", sets={"names_ignore_form": False}),
                Choice("same", _FOUND_AGAIN, sets={"names_ignore_form": True}),
            )
        ),
        NO_EVIDENCE,
        _SAME,
    ),
    Fact(
        "name-blanks",
        "What happens to blanks at the ends of a name?",
        Choices(
            (
                Choice("keep", "The name is as it was sent.", sets={"name_blanks": "keep"}),
                Choice(
                    "strip",
                    "No name of the product begins or ends with a blank: inputs are stripped.",
                    sets={"name_blanks": "strip"},
                ),
                Choice(
                    "refuse",
                    "No name of the product begins or ends with a blank: inputs are stripped.",
                    sets={"name_blanks": "refuse"},
                ),
            )
        ),
        NO_EVIDENCE,
        _SAME,
    ),
    Fact(
        "longest-name",
        f"How many characters may a project's name have? (Up to {LONGEST_TRIED} are tried.)",
        Amount(
            "characters",
            (
                Band(
                    49,
                    "The temporary name of an import has up to 50 characters, so imports are refused or cut.",
                    "promise 1 would not hold: the name of an unfinished import may be cut, and a re-run would not "
                    "find the import",
                ),
                Band(
                    LONGEST_TRIED - 1,
                    "The temporary name fits. A dated name that is refused is tried once more with 50 characters.",
                ),
                Band(None, "Every name of the product fits."),
            ),
            usual=float(LONGEST_TRIED),
            sets=_longest_name,
            tried=(40.0, 50.0, 64.0, 255.0, float(LONGEST_TRIED)),
        ),
        NO_EVIDENCE,
        _LENGTH,
    ),
    Fact(
        "longer-name",
        "What happens to a longer name?",
        Choices(
            (
                Choice("refuse", "See `longest-name`.", sets={"long_name": "refuse"}),
                Choice(
                    "cut",
                    "A copy whose name was cut is known by its id. Numbered names may collide; then the name is chosen "
                    "again.",
                    sets={"long_name": "cut"},
                ),
            )
        ),
        NO_EVIDENCE,
        _LENGTH,
        clear={"max_name_length": 64},
    ),
    Fact(
        "name-characters",
        "Which characters are refused in a name?",
        Several(
            "Every name of the product is accepted.",
            _TRIED_WORDS,
            lambda characters: {"refused_characters": "".join(characters)},
            (("[", "]"), ("/",), ("#", "%", "😀"), ()),
        ),
        "Names with blanks, colons, brackets and hyphens were recorded.",
        _LENGTH,
    ),
)

SECTION: Final = Section("Names and descriptions", (*FACTS, *descriptions.FACTS, *listings.FACTS))
