"""Facts about the fields of a project, what an update keeps, and what changes `lastModified`."""

from __future__ import annotations

from typing import Final

from conformance.facts.model import NO_EVIDENCE, Choice, Choices, Fact, Meaning, Row, Section, Several

FIELDS: Final = ("name", "description", "settings", "created", "lastModified", "status")
"""The fields of a project that the product reads, besides its id."""

_FIELDS: Final = Row(
    "Which fields of a project does the service always send? The description requires only name, description and "
    "settings, and the vendor's own samples lack `status`.",
    "Only the id is needed. A missing field is unknown: the run waits for a copy without a status, promotes a source "
    "without one by its content, and treats an unknown time as neither before nor after another. So a missing field "
    "is never a reason to delete a project, to treat an import as outdated, or to call a source unchanged.",
)
_ABSENT: Final = Row(
    "Does an update keep the settings and the description that it does not send?",
    "They are left out only if the service did not send them. An update with only name and description was recorded.",
)
_MISSING: Final = {
    "name": Meaning(
        "Projects cannot be found by their names.",
        "promise 1 would not hold: an unfinished import is found by its name",
    ),
    "description": Meaning(
        "No mark is found.",
        "promise 1 would not hold: a finished copy is found by the mark in its description",
    ),
    "settings": Meaning(
        "Domain, classification type and export platforms cannot be compared.",
        "promise 2 would not hold: these three would not be proved",
    ),
    "created": Meaning("An unknown age is neither older nor newer: older copies and leftovers are not deleted."),
    "lastModified": Meaning("`sync` never calls a copy unchanged, and `delete-source` keeps the source."),
    "status": Meaning(
        "A source is promoted by its content. The run waits for a copy until the wait's limit.",
        "no promise is broken, but the code never sees that an import has finished",
    ),
}

ROWS: Final = (
    Fact(
        "row-fields",
        "Which fields of a project, besides its id, does the service leave out?",
        Several(
            "Every field is read.",
            _MISSING,
            lambda fields: {"rows_lack": ",".join(fields)},
            ((), ("status",), ("description",), ("created", "lastModified"), ("settings",)),
        ),
        "All of them were recorded; the official sample of a listing lacks `status`.",
        _FIELDS,
    ),
    Fact(
        "update-absent",
        "What does an update of a project do with the description and the settings that it does not send?",
        Choices(
            (
                Choice("keep", "They stay.", sets={"update_absent": "keep"}),
                Choice(
                    "clear",
                    "They are left out only if the service did not send them, so nothing that is known is lost.",
                    sets={"update_absent": "clear"},
                ),
                Choice(
                    "refuse",
                    "They are left out only if the service did not send them. The refusal ends the run before anything "
                    "old is touched.",
                    sets={"update_absent": "refuse"},
                ),
            )
        ),
        "An update with only name and description was recorded.",
        _ABSENT,
    ),
)

SECTION_ROWS: Final = Section("The fields of a project", ROWS)


def touch(switch: str, yes: str, no: str, breaks: str = "", *, usual: bool = False) -> Choices:
    """Yes or no: does this change `lastModified`? The assumed answer comes first."""
    both = (
        Choice("no", no, breaks="" if not usual else breaks, sets={switch: False}),
        Choice("yes", yes, breaks=breaks if not usual else "", sets={switch: True}),
    )
    return Choices(both[::-1] if usual else both)


_EXPORT: Final = Row(
    "Does an export change it?",
    "`sync` would import again each time, because the source looks newer than the mark. An import from an earlier "
    "attempt may be made again. A `delete-source` would be refused: the copy is finished, the source stays, the run says "
    "so. Nothing is lost.",
)
_PUBLISH: Final = Row(
    "Does publishing or unpublishing change it?",
    "If unpublishing the source changes it, a move continues only if the unpublished iteration's own `lastModified` "
    "has the same time (within 2 ms) and everything else is as before. Otherwise the change may be an edit that no "
    "comparison sees: the source is kept, unpublished, and the run fails and says so. A move that is killed between "
    "unpublishing and deleting the source is refused on the re-run: the source is kept. Publishing the *source* between "
    "two runs makes `sync` import again.",
)
_QUICK: Final = Row(
    "Does a quick test change it?",
    "The requests ask the service not to store the image. If the test changes it anyway, the same happens as after an "
    "export. The source is then read and gated once more before the export, without another test.",
)
_EDITS: Final = Row(
    "Do a new name, a new description, and the end of a training change it?",
    "A new name or description makes `sync` import again, though nothing that is copied has changed. If a training does "
    "not change it, `sync` still sees the training: it compares the trained iterations.",
)

MODIFIED: Final = (
    Fact(
        "export-modifies",
        "Does an export change the project's `lastModified`?",
        touch(
            "export_touches_project",
            "`sync` imports again each time. A `delete-source` is refused, and the source stays.",
            "A source is as new as its mark says.",
        ),
        NO_EVIDENCE,
        _EXPORT,
    ),
    Fact(
        "publish-modifies",
        "Does publishing an iteration change the project's `lastModified`?",
        touch(
            "touched_by_publish",
            "Publishing the source between two runs makes `sync` import again.",
            "`sync` sees no change.",
        ),
        NO_EVIDENCE,
        _PUBLISH,
    ),
    Fact(
        "unpublish-modifies",
        "Does unpublishing an iteration change the project's `lastModified`?",
        touch(
            "touched_by_unpublish",
            "A move continues only if the iteration's own `lastModified` has the same time.",
            "A move deletes the source after it was unpublished.",
        ),
        NO_EVIDENCE,
        _PUBLISH,
    ),
    Fact(
        "quick-test-modifies",
        "Does a quick test change the project's `lastModified`?",
        touch(
            "touched_by_quick_test",
            "The source is read and gated once more before the export.",
            "The source is exported as it was gated.",
        ),
        NO_EVIDENCE,
        _QUICK,
    ),
    Fact(
        "rename-modifies",
        "Does a new name change the project's `lastModified`?",
        touch(
            "touched_by_rename",
            "Renaming the source between two runs makes `sync` import again.",
            "`sync` sees no change.",
            usual=True,
        ),
        NO_EVIDENCE,
        _EDITS,
    ),
    Fact(
        "description-modifies",
        "Does a new description change the project's `lastModified`?",
        touch(
            "touched_by_description",
            "Describing the source between two runs makes `sync` import again.",
            "`sync` sees no change, and the copy keeps the old description.",
            usual=True,
        ),
        NO_EVIDENCE,
        _EDITS,
    ),
    Fact(
        "training-modifies",
        "Does a training change the project's `lastModified`?",
        touch(
            "touched_by_training",
            "`sync` imports again after a training.",
            "`sync` sees the new iteration when it compares both projects, and imports again.",
            usual=True,
        ),
        NO_EVIDENCE,
        _EDITS,
    ),
)

SECTION_MODIFIED: Final = Section(
    "What changes lastModified",
    MODIFIED,
    "`lastModified` decides whether a source has changed. What changes it is not documented.",
    "what happens if it does",
)
