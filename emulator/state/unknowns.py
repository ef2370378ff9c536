"""More switches for what is unknown about the service, which only the probe's facts need (conformance/facts)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

SWITCHES: Final = {
    "taken_create_name": "a new project under a taken name; `import`: as at an import",
    "name_blanks": "blanks at a name's ends",
    "long_name": "what happens to a name above --max-name-length",
    "long_description": "what happens above --rejects-long-description",
    "refused_characters": "a name with one of these characters is refused",
    "description_line_ends": "line ends in a description",
    "lag_of_new": "seconds until GetProjects shows a new project",
    "lag_of_changed": "seconds until GetProjects shows a change",
    "lag_of_deleted": "seconds for which GetProjects still shows a deleted project",
    "rows_lack": "fields that are left out of every project, with commas",
    "update_absent": "what an update does not send",
    "update_settings": "settings that an update sends as they were read",
    "touched_by_publish": "publishing changes the project's lastModified",
    "touched_by_unpublish": "unpublishing changes the project's lastModified",
    "touched_by_quick_test": "a quick test changes the project's lastModified",
    "touched_by_rename": "a new name changes the project's lastModified",
    "touched_by_description": "a new description changes the project's lastModified",
    "touched_by_training": "a training changes the project's lastModified at its end",
    "touched_by_images": "images, tags and labels change the project's lastModified",
    "duplicate_tags": "a repeated upload of a picture adds its tags (--duplicates-merge)",
    "duplicate_regions": "a repeated upload of a picture adds its regions (--duplicates-merge)",
    "keeps_metadata": "images keep the metadata of their upload",
    "token_hours": "how long an export token lives",
    "export_while_training": "an export while the project is trained",
    "estimate_seconds": "the estimate that an export returns (default: by the number of images)",
    "late_seconds": "seconds after Succeeded until the counts are complete, for every import",
    "export_counts": "whether an export counts a tag again for each iteration",
    "publish_elsewhere": "publishing to another resource's prediction side",
    "predicts_here": "whether the endpoint answers predictions, too",
    "strict_case": "whether the path's case matters",
    "strict_slashes": "whether a double slash in the path is refused",
    "refuses_tokens": "operations that accept no access token, with commas",
    "keyless_imports": "how an import that was requested with an access token ends",
}
"""What each switch is for, as the command line shows it."""


@dataclass
class Unknowns:
    """The switches; SWITCHES says what each is for, and the facts what their values mean."""

    taken_create_name: Literal["import", "allow", "suffix", "refuse"] = "import"
    name_blanks: Literal["keep", "strip", "refuse"] = "keep"
    long_name: Literal["refuse", "cut"] = "refuse"
    long_description: Literal["refuse", "cut"] = "refuse"
    refused_characters: str = ""
    description_line_ends: Literal["keep", "lf", "blank"] = "keep"
    lag_of_new: float = 0.0
    lag_of_changed: float = 0.0
    lag_of_deleted: float = 0.0
    rows_lack: str = ""
    update_absent: Literal["keep", "clear", "refuse"] = "keep"
    update_settings: Literal["keep", "lose", "refuse"] = "keep"
    touched_by_publish: bool = False
    touched_by_unpublish: bool = False
    touched_by_quick_test: bool = False
    touched_by_rename: bool = True
    touched_by_description: bool = True
    touched_by_training: bool = True
    touched_by_images: bool = True
    duplicate_tags: bool = True
    duplicate_regions: bool = True
    keeps_metadata: bool = True
    token_hours: float = 24.0
    export_while_training: Literal["refuse", "allow"] = "refuse"
    estimate_seconds: float | None = None
    late_seconds: float = 0.0
    export_counts: Literal["each", "once"] = "each"
    publish_elsewhere: Literal["allow", "refuse"] = "allow"
    predicts_here: bool = True
    strict_case: bool = False
    strict_slashes: bool = False
    refuses_tokens: str = ""
    keyless_imports: Literal["work", "fail"] = "work"
    refusals: dict[str, str] = field(default_factory=dict)
    """How a refusal looks, by its case: `404 gateway NotFound`. The option `--refusal` sets it."""
