"""The service's error codes that the program acts on. The texts for people are in failures/service_codes.py."""

from __future__ import annotations

__all__ = [
    "EXPORT_REFUSED",
    "EXPORT_RUNNING",
    "IMAGE_REFUSED",
    "IMPORT_TOKEN",
    "IS_PUBLISHED",
    "METADATA_REFUSED",
    "NAME_TAKEN",
    "NOT_PUBLISHED",
    "NOT_TRAINED",
    "NO_METRICS",
    "NO_PROJECT",
    "PROJECT_LIMIT",
    "PROJECT_NAME",
    "TAG_NAME_TAKEN",
]

PROJECT_NAME = "BadRequestProjectName"
NAME_TAKEN = frozenset({"BadRequestProjectNameNotUnique", "BadRequestProjectDuplicated"})
PROJECT_LIMIT = "BadRequestExceedProjectLimit"
IMPORT_TOKEN = "BadRequestInvalidImportToken"  # noqa: S105 - an error code
IS_PUBLISHED = "BadRequestIterationIsPublished"
NOT_PUBLISHED = "BadRequestIterationNotPublished"
NOT_TRAINED = "BadRequestIterationIsNotTrained"
# The second is a short form. A project has one tag of some types: a service may look at the type before the name.
TAG_NAME_TAKEN = frozenset(
    {
        "BadRequestTagNameNotUnique",
        "TagNameNotUnique",
        "BadRequestMultipleNegativeTag",
        "BadRequestMultipleGeneralProductTag",
    }
)
EXPORT_RUNNING = "BadRequestExportAlreadyInProgress"
EXPORT_REFUSED = frozenset(
    {"BadRequestExportValidationFailed", "BadRequestExportPlatformNotSupportedForAdvancedTraining"}
)
# A complete upload is refused with these because of one image in it, or because it has too many.
IMAGE_REFUSED = frozenset(
    {
        "BadRequestExceedTagPerImageLimit",
        "BadRequestExceededBatchSize",
        "BadRequestImageBatch",
        "BadRequestImageDimensions",
        "BadRequestImageFormat",
        "BadRequestImageRegions",
        "BadRequestImageSizeBytes",
        "BadRequestImageStream",
        "BadRequestImageTags",
        "BadRequestNegativeAndRegularTagOnSameImage",
    }
)
METADATA_REFUSED = frozenset({"BadRequestImageMetadataKey", "BadRequestImageMetadataValue"})
NO_METRICS = "NotFoundIterationPerformance"
NO_PROJECT = "NotFoundProject"
