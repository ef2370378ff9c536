"""How the service behaves where nobody knows how the real one does, and the domains that it offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple


class Domain(NamedTuple):
    name: str
    kind: Literal["Classification", "ObjectDetection"]
    compact: bool


CLASSIFICATION: Final = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
COMPACT: Final = "0732100f-1a38-4e49-a514-c9b44c697ab5"
DETECTION: Final = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
COMPACT_DETECTION: Final = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"
DOMAINS: Final = {
    CLASSIFICATION: Domain("General", "Classification", compact=False),
    COMPACT: Domain("General (compact)", "Classification", compact=True),
    DETECTION: Domain("General", "ObjectDetection", compact=False),
    COMPACT_DETECTION: Domain("General (compact)", "ObjectDetection", compact=True),
}

Taken = Literal["allow", "suffix", "refuse"]


@dataclass
class Ways:
    """May be changed at any time: what counts is their state when a request is handled."""

    import_taken: Taken = "refuse"
    rename_taken: Taken = "suffix"
    create_taken: Taken = "refuse"
    longest_name: int = 64
    ignore_case: bool = True
    strip_blanks: bool = True
    refused_characters: str = "<>"
    longest_description: int = 600
    cut_description: bool = True
    keeps_line_ends: bool = False
    oldest_first: bool = False  # in the listing
    listing_lag: float = 0.0  # seconds
    import_seconds: float = 0.2
    failing_imports: set[str] = field(default_factory=set)  # names of the exported projects
    counts_lag: float = 0.0  # seconds after an import's end in which the counts of images say too little
    train_seconds: float = 0.3
    model_seconds: float = 0.2
    estimate_ms: int = 5000
    export_touches: bool = True
    rename_touches: bool = True
    publish_touches: bool = True
    quicktest_touches: bool = False
    single_use: bool = True
    token_seconds: float = 86400
    patch_resets_settings: bool = False
    path_case_matters: bool = False
    double_slash: bool = True
    relative_uris: bool = False
    sas_seconds: float = 86400
    reencodes: bool = False
    duplicate_merges: bool = True
    duplicate_succeeds: bool = True
    partial_status: int = 207
    largest_batch: int = 32 * 1024 * 1024
    takes_tokens: bool = False
    per_second: int = 0  # calls a second that a resource takes; 0: any
    retry_after: bool = True
    refused_pictures: set[str] = field(default_factory=set)  # sha256 of those that are too large, whatever their size
    hidden_domains: set[str] = field(default_factory=set)  # not offered any more
