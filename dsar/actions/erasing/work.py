"""The engine's erasure of a request: what earlier steps have found goes on in the next."""

from __future__ import annotations

from collections.abc import Sequence

from dsar.actions.fulfilment import keyfiles
from dsar.actions.fulfilment.leases import Hold
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure, Search
from dsar.fulfilment.erasing.keeper import Keeper
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.scope import Scope
from dsar.models import Step, StepKind, StepState, SubjectRequest
from dsar.tenantmap import tenant_map


def erasure_of(subject_request: SubjectRequest, *, known: Search | None, keeper: Keeper | None = None) -> Erasure:
    """Return the erasure over the tenant's own stores: what the portal holds goes with the account, not by a map.

    Raises DataMapError, StoreConfigError.
    """
    return Erasure(walk_of(subject_request), known=known, keeper=keeper)


def walk_of(subject_request: SubjectRequest) -> Work:
    """Return the walk over the tenant's own stores by what is proven. Raises DataMapError, StoreConfigError."""
    platform = tenant_map(subject_request.tenant).platform
    return Work(
        platform.data_map,
        platform.graph,
        keyfiles.proven(subject_request),
        platform.store,
        Scope(platform.data_map),
        parameters={"tenant": subject_request.tenant_id},
    )


def latest_preview(steps: Sequence[Step]) -> Step | None:
    """Return the last preview that was planned, whatever became of it."""
    return max((step for step in steps if step.kind == StepKind.PREVIEW), key=lambda step: step.stage, default=None)


def shown(step: Step) -> Preview | None:
    """Return what a preview has shown; None while it has not, or where it failed."""
    if step.state != StepState.DONE:
        return None
    return Preview.read(step.report["preview"])


def known(subject_request: SubjectRequest) -> Search | None:
    """Return what the last preview that was done has found, None before the first.

    Raises KeyFileError, PayloadGoneError, SealError.
    """
    done = subject_request.steps.filter(kind=StepKind.PREVIEW, state=StepState.DONE).order_by("-stage").first()
    if done is None:
        return None
    found = keyfiles.collected(subject_request, [done])
    return Search(keyfiles.proven(subject_request), found.asked, words=found.words)


def keep(hold: Hold, search: Search) -> dict[str, str]:
    """Write the keys and words of a search into storage; return the columns of the step that name the file."""
    step = hold.step
    subject_request = step.subject_request
    folder = f"requests/{subject_request.reference}/{step.kind}-{step.stage}-{hold.fence}"
    collected = keyfiles.Collected(search.keys, KeySet(), search.words)
    return {"folder": folder, "keys_sha256": keyfiles.write(folder, collected, key=keyfiles.key_of(subject_request))}
