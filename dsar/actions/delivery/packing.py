"""Make the bundle, and send it on its way if nobody has to look first."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.audit import together
from dsar import payloads, queries
from dsar.actions.delivery.contents import gather
from dsar.actions.delivery.releasing import complete
from dsar.actions.delivery.signing import tenant_signer
from dsar.actions.fulfilment.leases import Heartbeat, Hold
from dsar.actions.redacting import state
from dsar.actions.redacting.finding import Found, look, write
from dsar.actions.trail import note
from dsar.bundle.contents import BundleContents, CollectionState
from dsar.bundle.write import write_bundle
from dsar.emails import requests as emails
from dsar.models import Bundle, Gate, Policy, Status, StepState, SubjectRequest
from dsar.models.transitions import Move, move
from dsar.redaction.applying import without

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Packed:
    """A bundle in storage that no row knows yet, and what its manifest says in numbers.

    `redacted` is what its summary tells of what is hidden; `found` what it holds of others, if that was looked for.
    """

    stored: payloads.Stored
    sealed_key: bytes
    summary: dict[str, int]
    redacted: dict[str, Any] = field(default_factory=dict)
    found: Found | None = None


def pack(hold: Hold, *, clock: Clock) -> Packed:
    """Write the archive, encrypted with a key of its own. Raises BundleError, ReportError, SealError."""
    subject_request = hold.step.subject_request
    contents = gather(subject_request, now=clock())
    heartbeat = Heartbeat(hold, clock)
    found = look(subject_request, contents, progress=lambda name: heartbeat(report={"now": name}))
    hidden, fingerprint = state.accepted(subject_request)
    contents = without(contents, hidden)
    signer = tenant_signer(subject_request.tenant)
    sealed_key = payloads.new_sealed_key()
    # Packed anew, a step begins to count from the start: the bundle before is not to be written over.
    path = f"bundles/{subject_request.reference}/{hold.step.stage}-{hold.fence}-{secrets.token_hex(4)}.zip.age"
    with tempfile.TemporaryFile() as archive:
        manifest = write_bundle(
            out=archive,
            contents=contents,
            signer=signer,
            progress=lambda name: heartbeat(report={"now": name}),
            report=settings.REPORT_PDF,
        )
        archive.seek(0)
        stored = payloads.put(path, archive, key=payloads.open_key(sealed_key))
    summary = _summary(contents) | {"files": len(manifest.document["files"])}
    redacted = {state.FINGERPRINT: fingerprint, state.TOLD: state.told(contents)}
    return Packed(stored, sealed_key, summary, redacted, found)


def finish_packing(hold: Hold, packed: Packed, *, clock: Clock) -> None:
    """Record the bundle; release it at once where policy and what was found allow."""
    step, now = hold.step, clock()
    subject_request = step.subject_request
    with transaction.atomic(), together():
        hold.write(state=StepState.DONE, finished_at=now, lease_until=None, rows=packed.summary["rows"], report={})
        if subject_request.waits_for:  # the data map has been mended since
            SubjectRequest.objects.filter(pk=subject_request.pk).update(waits_for="")
        bundle = Bundle(
            subject_request=subject_request,
            path=packed.stored.path,
            bytes=packed.stored.bytes,
            sha256=packed.stored.sha256,
            sealed_key=packed.sealed_key,
            summary=packed.summary | packed.redacted,
            made_at=now,
        )
        if packed.found is not None:
            write(subject_request, packed.found, now=now)
        note(
            subject_request,
            "bundle.packed",
            by=None,
            at=now,
            rows=packed.summary["rows"],
            bytes=packed.stored.bytes,
            sha256=packed.stored.sha256,
            files=packed.summary["files"],
        )
        policy = queries.policy(subject_request.tenant)
        if needs_release(subject_request, policy, packed.summary):
            bundle.save()
            move(subject_request, by=Move.FINISH, to=Status.AWAITING_RELEASE)
            emails.review_needed(subject_request, now=now)
        else:
            complete(subject_request, bundle, policy, move_by=Move.FINISH, by=None, now=now)


def needs_release(subject_request: SubjectRequest, policy: Policy, summary: dict[str, int]) -> bool:
    """Tell whether a reviewer has to look: by policy, or because something failed, was withheld or is undeclared."""
    gate = policy.gate(subject_request.type)
    return gate is Gate.BEFORE_RELEASE or any(summary[name] for name in ("failed", "withheld", "undeclared"))


def _summary(contents: BundleContents) -> dict[str, int]:
    collections = [item for store in contents.stores for item in store.collections]
    return {
        "rows": sum(item.rows for item in collections),
        "withheld": sum(item.withheld for item in collections),
        "failed": sum(item.state is CollectionState.FAILED for item in collections),
        "undeclared": sum(len(item.undeclared) for item in collections)
        + sum(len(store.undeclared) for store in contents.stores),
    }
