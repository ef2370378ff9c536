"""The built-in roles, and the data action that each operation needs."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

DATA_ACTION: Final = "Microsoft.CognitiveServices/accounts/CustomVision"

_VISION: Final = f"{DATA_ACTION}/"
_NOT_EXPORT: Final = f"{_VISION}projects/export/read"

ROLES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "Cognitive Services Custom Vision Contributor": ((f"{_VISION}*",), ()),
    "Cognitive Services Custom Vision Trainer": (
        (f"{_VISION}*",),
        (f"{_VISION}projects/action", f"{_VISION}projects/delete", f"{_VISION}projects/import/action", _NOT_EXPORT),
    ),
    "Cognitive Services Custom Vision Deployment": (
        (
            f"{_VISION}*/read",
            f"{_VISION}projects/iterations/publish/*",
            f"{_VISION}projects/iterations/export/*",
            f"{_VISION}projects/quicktest/*",
            f"{_VISION}classify/*",
            f"{_VISION}detect/*",
        ),
        (_NOT_EXPORT,),
    ),
    "Cognitive Services Custom Vision Labeler": (
        (
            f"{_VISION}*/read",
            f"{_VISION}projects/predictions/query/action",
            f"{_VISION}projects/images/*",
            f"{_VISION}projects/tags/*",
            f"{_VISION}projects/images/suggested/*",
            f"{_VISION}projects/tagsandregions/*",
        ),
        (_NOT_EXPORT,),
    ),
    "Cognitive Services Custom Vision Reader": ((f"{_VISION}*/read",), (_NOT_EXPORT,)),
    "Cognitive Services Data Reader (Preview)": (("Microsoft.CognitiveServices/*/read",), ()),
    "Owner": ((), ()),
}
"""The data actions that a built-in role has, and the exceptions from them (the vendor's definitions)."""

ACTIONS: Final = {
    "GetDomains": "domains/read",
    "GetDomain": "domains/read",
    "GetProjects": "projects/read",
    "CreateProject": "projects/action",
    "ImportProject": "projects/import/action",
    "GetProject": "projects/read",
    "UpdateProject": "projects/write",
    "DeleteProject": "projects/delete",
    "ExportProject": "projects/export/read",
    "TrainProject": "projects/train/action",
    "GetTags": "projects/tags/read",
    "GetTag": "projects/tags/read",
    "CreateTag": "projects/tags/action",
    "UpdateTag": "projects/tags/write",
    "DeleteTag": "projects/tags/delete",
    "GetArtifact": "projects/artifacts/read",
    "GetImages": "projects/images/read",
    "GetImagesByIds": "projects/images/id/read",
    "GetTaggedImages": "projects/images/tagged/read",
    "GetUntaggedImages": "projects/images/untagged/read",
    "CreateImagesFromData": "projects/images/action",
    "CreateImagesFromFiles": "projects/images/files/action",
    "DeleteImages": "projects/images/delete",
    "UpdateImageMetadata": "projects/images/metadata/action",
    "CreateImageRegions": "projects/images/regions/action",
    "DeleteImageRegions": "projects/images/regions/delete",
    "CreateImageTags": "projects/images/tags/action",
    "DeleteImageTags": "projects/images/tags/delete",
    "GetImageCount": "projects/images/count/read",
    "GetTaggedImageCount": "projects/images/tagged/count/read",
    "GetUntaggedImageCount": "projects/images/untagged/count/read",
    "GetIterations": "projects/iterations/read",
    "GetIteration": "projects/iterations/read",
    "UpdateIteration": "projects/iterations/write",
    "GetExports": "projects/iterations/export/read",
    "ExportIteration": "projects/iterations/export/action",
    "GetImagePerformances": "projects/iterations/performance/images/read",
    "GetImagePerformanceCount": "projects/iterations/performance/images/count/read",
    "DeleteIteration": "projects/iterations/delete",
    "GetIterationPerformance": "projects/iterations/performance/read",
    "PublishIteration": "projects/iterations/publish/action",
    "UnpublishIteration": "projects/iterations/publish/delete",
    "QuickTestImage": "projects/quicktest/image/action",
    "ClassifyImage": "classify/iterations/image/action",
    "ClassifyImageWithNoStore": "classify/iterations/image/nostore/action",
    "DetectImage": "detect/iterations/image/action",
    "DetectImageWithNoStore": "detect/iterations/image/nostore/action",
}
"""The data action of an operation. Those of export, import, publish and quicktest are the vendor's, the rest by analogy."""


def allows(role: str, action: str) -> bool:
    """Whether a role has a data action."""
    has, has_not = ROLES[role]
    return any(fnmatchcase(action, one) for one in has) and not any(fnmatchcase(action, one) for one in has_not)
