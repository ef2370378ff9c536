"""The projects of a new emulator: some to promote, and one that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.host.cloud import Emulator
    from emulator.state.model import Resource


def seed_development(emulator: Emulator, resource: Resource) -> None:
    """Put a published classification and a published detection project into it."""
    shelf = emulator.add_project(
        resource,
        "Shelf classifier",
        description="Which product is on the shelf.",
        tags={"Coffee": 40, "Tea": 35, "Cocoa": 25},
        untagged=4,
        negative="Empty shelf",
        iterations=("Iteration 1", "Iteration 2"),
    )
    emulator.publish(resource, shelf.id, "shelf")
    pallet = emulator.add_project(
        resource,
        "Pallet detector",
        kind="detection",
        description="Where the pallets stand.",
        tags={"Pallet": 60, "Forklift": 20},
    )
    emulator.publish(resource, pallet.id, "pallets")


def seed_production(emulator: Emulator, resource: Resource) -> None:
    """Put a published project into it that is not connected with the others."""
    parcel = emulator.add_project(resource, "Parcel classifier", tags={"Whole": 30, "Damaged": 30})
    emulator.publish(resource, parcel.id, "parcels")


SEEDS = {"development": seed_development, "production": seed_production}
"""The seed of a resource, by its name."""
