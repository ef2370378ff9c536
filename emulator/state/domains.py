"""The service's domains: what a project is trained for, and whether its models can leave the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.state.model import Kind

GENERAL_CLASSIFICATION: Final = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
GENERAL_DETECTION: Final = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"

PLATFORMS: Final = ("CoreML", "TensorFlow", "DockerFile", "ONNX", "VAIDK")
"""What a compact model can be exported to."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain."""

    id: str
    name: str
    type: str
    exportable: bool

    @property
    def kind(self) -> Kind:
        """The kind of project that the domain is for."""
        return "detection" if self.type == "ObjectDetection" else "classification"


# As recorded in 2020, from the vendor's own tests (DomainsApiTests).
_ALL: Final = (
    Domain(GENERAL_CLASSIFICATION, "General", "Classification", exportable=False),
    Domain("c151d5b5-dd07-472a-acc8-15d29dea8518", "Food", "Classification", exportable=False),
    Domain("ca455789-012d-4b50-9fec-5bb63841c793", "Landmarks", "Classification", exportable=False),
    Domain("b30a91ae-e3c1-4f73-a81e-c270bff27c39", "Retail", "Classification", exportable=False),
    Domain("45badf75-3591-4f26-a705-45678d3e9f5f", "Adult", "Classification", exportable=False),
    Domain("0732100f-1a38-4e49-a514-c9b44c697ab5", "General (compact)", "Classification", exportable=True),
    Domain("8882951b-82cd-4c32-970b-d5f8cb8bf6d7", "Food (compact)", "Classification", exportable=True),
    Domain("b5cfd229-2ac7-4b2b-8d0a-2b0661344894", "Landmarks (compact)", "Classification", exportable=True),
    Domain("6b4faeda-8396-481b-9f8b-177b9fa3097f", "Retail (compact)", "Classification", exportable=True),
    Domain(GENERAL_DETECTION, "General", "ObjectDetection", exportable=False),
    Domain("1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4", "Logo", "ObjectDetection", exportable=False),
    Domain("3780a898-81c3-4516-81ae-3a139614e1f3", "Products on Shelves", "ObjectDetection", exportable=False),
    Domain("a27d5ca5-bb19-49d8-a70a-fec086c47f5b", "General (compact)", "ObjectDetection", exportable=True),
    Domain("7ec2ac80-887b-48a6-8df9-8b1357765430", "General (compact) [S1]", "ObjectDetection", exportable=True),
)

DOMAINS: Final = {domain.id: domain for domain in _ALL}


def general_domain(kind: Kind) -> str:
    """The domain of a new project of that kind."""
    return GENERAL_DETECTION if kind == "detection" else GENERAL_CLASSIFICATION
