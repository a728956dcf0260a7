"""The verbs of the audit trail that this app writes, each with the facts it may carry.

Facts are ids, counts and codes; a value of a person never stands in the trail.
"""

VERBS: dict[str, frozenset[str]] = {
    "request.filed": frozenset({"type"}),
    "request.code_sent": frozenset(),
    "request.code_refused": frozenset(),
    "request.verified": frozenset({"how"}),
    "request.identity_found": frozenset({"kind", "proven", "count"}),
    "request.withdrawn": frozenset(),
    "request.approved": frozenset(),
    "request.denied": frozenset({"reason"}),
    "request.answered": frozenset(),
    "request.retried": frozenset({"steps"}),
    "request.exception_recorded": frozenset({"dataset"}),
    "request.warned": frozenset({"clock", "percent"}),
    "request.opened": frozenset(),
    "step.planned": frozenset({"kind", "dataset", "stage"}),
    "step.done": frozenset({"kind", "dataset", "stage", "rows", "withheld", "fence"}),
    "step.failed": frozenset({"kind", "dataset", "stage", "attempts", "code"}),
    "bundle.packed": frozenset({"rows", "bytes", "sha256", "files"}),
    "bundle.released": frozenset({"outcome", "days"}),
    "bundle.sealed_to_person": frozenset({"bundle", "sealed_to"}),
    "bundle.downloaded": frozenset({"bundle"}),
    "bundle.download_refused": frozenset({"why"}),
    "bundle.sampled": frozenset({"dataset", "collection"}),
    "bundle.purged": frozenset({"bundle"}),
    "datamap.accepted": frozenset({"fingerprint"}),
    "preference.changed": frozenset({"purpose", "given", "how"}),
    "preference.forgotten": frozenset({"changes"}),
    "payload.purged": frozenset({"steps"}),
}
