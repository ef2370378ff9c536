"""All facts, in the order of docs/unverified.md."""

from __future__ import annotations

from typing import Final

from conformance.facts import files, keyless, names, other, publishing, refusals, rows, transfer

SECTIONS: Final = (
    names.SECTION,
    rows.SECTION_ROWS,
    rows.SECTION_MODIFIED,
    transfer.SECTION,
    publishing.SECTION,
    refusals.SECTION,
    files.SECTION,
    other.SECTION,
    keyless.SECTION,
)
FACTS: Final = {fact.id: fact for section in SECTIONS for fact in section.facts}
