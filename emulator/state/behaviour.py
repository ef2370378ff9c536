"""The switches for what is unknown about the service. A client must handle every value of each switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from emulator.state.unknowns import Unknowns

OUTCOMES: Final = (
    "ok",
    "failed",
    "never",
    "lose-image",
    "lose-tag",
    "lose-iteration",
    "late",
    "region-loss",
)
"""How an import may end. `late`: `Succeeded`, but the counts are complete only LATE_SECONDS later."""

WORK_OUTCOMES: Final = ("ok", "failed", "never")
"""How a training, or the export of a model, may end."""

IMAGE_OUTCOMES: Final = (
    "OK",
    "ErrorSource",
    "ErrorImageFormat",
    "ErrorImageSize",
    "ErrorStorage",
    "ErrorLimitExceed",
    "ErrorTagLimitExceed",
    "ErrorRegionLimitExceed",
    "ErrorUnknown",
    "ErrorNegativeAndRegularTagOnSameImage",
)
"""What may happen to the next uploaded image. `OK`: it is judged as usual."""

LATE_SECONDS: Final = 8.0


@dataclass
class Behaviour(Unknowns):
    """The switches. They may be changed at any time: their values count when a request is handled."""

    taken_import_name: Literal["suffix", "refuse", "allow"] = "suffix"
    """An import under a name given and taken: ` (1)` is appended, 400 BadRequestProjectNameNotUnique, or two have it."""
    taken_rename: Literal["allow", "suffix", "refuse"] = "allow"
    """UpdateProject to a name that another project has."""
    names_ignore_case: bool = False
    """Whether names that differ only in case are the same name, at an import, a rename and a creation."""
    names_ignore_form: bool = False
    """Whether names that differ only in Unicode form (NFC, NFKC) are the same name, at the same places."""
    unfinished_iterations: Literal["copy", "skip"] = "copy"
    """Whether iterations that are not `Completed` are part of an export."""
    listing_order: Literal["newest", "oldest", "id"] = "newest"
    """Which projects come first in GetProjects."""
    listing_lag: float = 0.0
    """GetProjects shows the state as of that many seconds ago; GetProject is always fresh."""
    import_seconds: float = 2.0
    """How long an import takes."""
    import_outcomes: list[str] = field(default_factory=list)
    """One of OUTCOMES is taken for each import, first first; when the list is empty, imports are `ok`."""
    single_use_token: bool = False
    """Whether an export token is void after one accepted import."""
    publish_touches_project: bool = False
    """Whether publishing and unpublishing change the project's `lastModified`."""
    export_touches_project: bool = False
    """Whether an export changes the project's `lastModified`."""
    copy_answers_differ: bool = False
    """Whether a copy's predictions differ visibly from the source's: what a smoke test has to notice."""
    rejects_long_description: int | None = None
    """UpdateProject with a longer description: 400 BadRequestProjectDescription."""
    cuts_long_description: int | None = None
    """UpdateProject with a longer description: cut without a word."""
    max_name_length: int | None = None
    """A longer name: 400 BadRequestProjectName."""
    disable_local_auth: Literal["no", "wrong-key", "disabled"] = "no"
    """`disableLocalAuth`: a key gets the 401 of a wrong key, or 403 AuthenticationTypeDisabled."""
    custom_subdomain_rule: bool = False
    """Whether the endpoints count as hosts of a region, which take no token."""
    retry_after: int | None = 1
    """The Retry-After header of the throttle's 429; None: no such header."""
    throttle: bool = False
    """Whether more than 10 requests a second to a resource are answered with the gateway's 429."""

    relative_uris: float = 0.1
    """The share of images whose original has a relative path, for GetArtifact, instead of an address."""
    sas_hours: float = 24.0
    """How many hours an address of a blob is valid, from the listing (recorded: 24)."""
    deleted_blobs: Literal["gone", "kept"] = "gone"
    """Whether the blob of a deleted image is gone: 404."""
    rewrites_uploads: bool = False
    """Whether the stored bytes differ from the uploaded ones: the same picture, encoded again."""
    duplicates_merge: bool = True
    """Whether an upload of a picture that is there already adds its tags and regions to that picture."""
    duplicates_succeed: bool = False
    """Whether OKDuplicate leaves a batch successful (users report that it does not)."""
    failed_batch: Literal["207", "200"] = "207"
    """The status of a batch with failures: 207 by the description, but 200 was seen."""
    batch_bytes: int = 55_000_000
    """A larger request to create images: 408, as reported from 55 MB on."""
    image_outcomes: list[str] = field(default_factory=list)
    """One of IMAGE_OUTCOMES is taken for each uploaded image, first first; when empty, each is judged as it is."""
    metadata_merges: bool = True
    """Whether UpdateImageMetadata adds to an image's metadata, or replaces it."""

    training_seconds: float = 5.0
    """How long a training takes; two fifths of it, it is queued."""
    training_outcomes: list[str] = field(default_factory=list)
    """One of WORK_OUTCOMES is taken for each training, first first; when empty, trainings are `ok`."""
    export_seconds: float = 2.0
    """How long it takes to make a model into a file."""
    export_outcomes: list[str] = field(default_factory=list)
    """The same for each export of a model."""
    withdrawn_domains: list[str] = field(default_factory=list)
    """Ids of domains that are not offered any more: projects that have one keep it."""

    def next_training_outcome(self) -> str:
        """Take the outcome of the next training."""
        return _next(self.training_outcomes, "ok", WORK_OUTCOMES)

    def next_export_outcome(self) -> str:
        """Take the outcome of the next export of a model."""
        return _next(self.export_outcomes, "ok", WORK_OUTCOMES)

    def next_image_outcome(self) -> str:
        """Take the outcome of the next uploaded image."""
        return _next(self.image_outcomes, "OK", IMAGE_OUTCOMES)

    def next_outcome(self) -> str:
        """Take the outcome of the next import."""
        return _next(self.import_outcomes, "ok", OUTCOMES)


def _next(outcomes: list[str], usual: str, known: tuple[str, ...]) -> str:
    outcome = outcomes.pop(0) if outcomes else usual
    if outcome not in known:
        raise ValueError(f"unknown outcome {outcome!r}; known are {', '.join(known)}")
    return outcome
