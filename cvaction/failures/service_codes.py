"""The texts for the service's own error codes that can occur in this action.

The vendor lists 130 codes for the Training API v3.3. Only those of status 400 were seen in public. The texts of the
others follow from their names.
"""

from __future__ import annotations

from cvaction.failures.wording import Texts

RERUN = "re-run this job; it goes on where this run stopped."
_LIMITS = "tier F0 allows 5,000 images, 50 tags and 20 iterations a project; S0 100,000, 500 and 20."

SERVICE_CODES: dict[str, Texts] = {
    "BadRequestInvalidImportToken": Texts(
        "The export token is not accepted",
        "a gateway or proxy changed the request's query, or the token expired (24 h).",
        "let the runner reach both endpoints directly, then re-run this job, which exports again.",
    ),
    "BadRequestExportWhileTraining": Texts(
        "The source project is being trained",
        "a training was started after this run had looked. The service exports no project during a training.",
        "wait until the training has ended (customvision.ai shows it), then re-run this job.",
    ),
    "BadRequestProjectName": Texts(
        "The service refuses the project's name",
        "the name is too long or contains a character that the service does not allow. Its rules are not published.",
        "set a shorter, plainer `target-project-name`, and start a new run.",
        ("target-project-name",),
        "give the project a shorter, plainer name, and start a new run.",
    ),
    "BadRequestProjectNameNotUnique": Texts(
        "The project's name is taken",
        "another project of the target has the name, although the listing did not show it.",
        "set `if-exists: new` or another target-project-name, or delete the other project; then re-run this job.",
        ("if-exists", "target-project-name"),
        "rename or delete the other project at customvision.ai; then re-run this job.",
    ),
    "BadRequestProjectDuplicated": Texts(
        "The target already has this project",
        "another project of the target has the same name or content, although the listing did not show it.",
        "set another `target-project-name`, or delete the other project at customvision.ai; then re-run this job.",
        ("target-project-name",),
        "rename or delete the other project at customvision.ai; then re-run this job.",
    ),
    "BadRequestExceedProjectLimit": Texts(
        "The target resource has no room for another project",
        "a resource holds 2 projects in tier F0 and 100 in S0; failed imports count too.",
        "delete projects that are no longer needed from the target (customvision.ai), or change its pricing tier; then re-run "
        "this job. `keep-previous` limits the number of copies: with `if-exists: replace`, `keep-previous: N` needs N + 2 "
        "slots (the earlier copies, the copy in use, the new one). In F0 only `keep-previous: 0` fits.",
        ("keep-previous", "if-exists"),
        "delete projects that are no longer needed from the resource (customvision.ai), or change its pricing tier; then "
        "re-run this job.",
    ),
    "BadRequestExceededQuota": Texts(
        "The {side} resource's quota is used up",
        f"the project is larger than the tier allows: {_LIMITS}",
        "change the pricing tier of the resource (Azure portal: the resource > Pricing tier), or make the project smaller.",
    ),
    "BadRequestExceedIterationPerProjectLimit": Texts(
        "The project has too many iterations",
        "a project holds 20 iterations.",
        "delete old iterations of the source (customvision.ai, Performance > Delete), then re-run this job.",
    ),
    "BadRequestExceedTagPerProjectLimit": Texts(
        "The project has too many tags for the target",
        f"{_LIMITS}",
        "change the target's pricing tier (Azure portal: the resource > Pricing tier), or remove tags from the source.",
    ),
    "BadRequestSubscriptionApi": Texts(
        "The {side} resource's subscription does not allow this call",
        "the resource is of another kind (a prediction resource?), or its subscription is disabled.",
        "use the endpoint and key of a Custom Vision *training* resource; check the subscription's state in the Azure portal.",
    ),
    "BadRequestInvalidIds": Texts(
        "The service does not accept an id",
        "an id of another resource, or of something that was deleted meanwhile.",
        "compare source-project-id and iteration with customvision.ai, then re-run this job.",
        ("source-project-id",),
        "compare the ids in the inputs with customvision.ai, then re-run this job.",
    ),
    "BadRequestCustomerManagedKeyRevoked": Texts(
        "The {side} resource's encryption key was revoked",
        "the resource is encrypted with a customer-managed key that it may no longer read.",
        "restore the resource's access to the key (Azure portal: the resource > Encryption, and the key vault), then re-run this job.",
    ),
    "BadRequestIterationIsPublished": Texts(
        "The iteration is already published",
        "it is published under another name, or a project with a published iteration was to be deleted.",
        "unpublish it at customvision.ai (Performance > Unpublish), or set `publish-name` to the name above; then re-run this job.",
        ("publish-name",),
        "unpublish it at customvision.ai (Performance > Unpublish); then re-run this job.",
    ),
    "BadRequestIterationNotPublished": Texts(
        "The iteration is not published",
        "somebody unpublished it during this run.",
        "re-run this job, and make sure that no other workflow unpublishes iterations of the target.",
    ),
    "BadRequestIterationIsNotTrained": Texts(
        "The iteration has no trained model",
        "the chosen iteration was never trained to its end.",
        "train the source project, or set `iteration` to one that is Completed (customvision.ai, Performance).",
        ("iteration",),
        "train the project (customvision.ai, Train), then re-run this job.",
    ),
    "BadRequestInvalidPublishName": Texts(
        "The publish name is not accepted",
        "another iteration of the copy has the name, or it contains a character that the service does not allow.",
        "set another `publish-name` (letters, digits, dashes), or unpublish the other iteration; then re-run this job.",
        ("publish-name",),
        "publish the source under another name (letters, digits, dashes), or unpublish the other iteration; then re-run "
        "this job.",
    ),
    "BadRequestInvalidPublishTarget": Texts(
        "The prediction resource is not accepted",
        "the id names no Custom Vision prediction resource that the target can publish to. "
        "Usually both must be in one region.",
        "copy the whole id from the Azure portal (the *prediction* resource > Properties > Resource ID) into "
        "prediction-resource-id. It has the form "
        "`/subscriptions/…/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/NAME`.",
        ("prediction-resource-id",),
        "re-run this job. If it happens again, open an issue: this action publishes nothing.",
    ),
    "BadRequestUnpublishFailed": Texts(
        "The iteration cannot be unpublished",
        "the prediction resource is gone, or the service is in trouble.",
        "unpublish it at customvision.ai (Performance > Unpublish), then re-run this job.",
    ),
    "ForbiddenDRModeEnabled": Texts(
        "The {side} project is read-only for now",
        "the service runs in disaster recovery mode in that region.",
        "wait until the Azure status page shows the region healthy, then re-run this job.",
    ),
    "ForbiddenUserInsufficientCapability": Texts(
        "The {side} key or identity may not do this",
        "only one built-in role may export, import and delete projects: `Cognitive Services Custom Vision Contributor`.",
        "use a training key of the resource (Azure portal: the resource > Keys and Endpoint), or have that role assigned.",
    ),
    "NotFoundProject": Texts(
        "A project is gone from the {side} resource",
        "it was deleted during this run, by a person or by another workflow.",
        "re-run this job; if the source itself was deleted, correct source-project-id.",
        ("source-project-id",),
        "re-run this job, and make sure that nobody deletes projects meanwhile.",
    ),
    "NotFoundIteration": Texts(
        "An iteration is gone from the {side} project",
        "it was deleted during this run.",
        "set `iteration` to one that exists (customvision.ai, Performance), then re-run this job.",
        ("iteration",),
        "re-run this job, and make sure that nobody deletes iterations meanwhile.",
    ),
    "NotFoundIterationPerformance": Texts(
        "The iteration has no metrics",
        "it was never trained to its end, or the service did not keep its metrics.",
        "choose another `iteration`, or leave the gates out.",
        ("iteration",),
        "train the project again (customvision.ai, Train), then re-run this job.",
    ),
    "ErrorProjectExportRequestFailed": Texts(
        "The service could not export the project",
        "a fault inside the service.",
        f"look at the Azure status page for the region, then {RERUN}",
    ),
    "ErrorProjectImportRequestFailed": Texts(
        "The service could not start the import",
        "a fault inside the service.",
        f"look at the Azure status page for the region, then {RERUN}",
    ),
    "ErrorIterationCopyFailed": Texts(
        "The service could not copy an iteration",
        "a fault inside the service. The trained model did not arrive.",
        f"{RERUN} If it happens again, delete that iteration of the source, or ask Azure support with the request id.",
    ),
}
