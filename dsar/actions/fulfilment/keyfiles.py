"""The join keys that steps leave for the next stage: encrypted files, named and checked by the step's row."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dsar import payloads
from dsar.bundle.sealing import SealKey
from dsar.fulfilment.keys import KeySet, from_bytes, to_bytes
from dsar.fulfilment.reach import Identities
from dsar.models import Step, StepKind, StepState, SubjectRequest

_NAME = "keys.json.age"


class KeyFileError(Exception):
    """A key file is not what the step wrote: storage was changed, and nothing may be built on it."""


@dataclass
class Collected:
    """What the steps so far have asked, and the keys they found for other stores."""

    asked: KeySet
    outgoing: KeySet


def seen(subject_request: SubjectRequest, kind: str, steps: Iterable[Step], identities: Identities) -> Collected:
    """Return what the steps of a kind that are done have asked and found. Raises what `collected` raises.

    Those that looked for identities count only if they knew all that are known now: one more changes whose a row is.
    """
    done = [step for step in steps if step.kind == kind and step.state == StepState.DONE]
    if kind == StepKind.IDENTIFY:
        known = sum(map(len, identities.values()))
        done = [step for step in done if step.report.get("identities") == known]
    return collected(subject_request, done)


def proven(subject_request: SubjectRequest) -> Identities:
    """Return the request's proven identities, by kind, in normal form."""
    values: dict[str, set[str]] = defaultdict(set)
    for item in subject_request.identities.all():
        if item.proven_at is not None:
            values[item.kind].add(item.value)
    return {kind: frozenset(found) for kind, found in values.items()}


def write(folder: str, collected: Collected, *, key: SealKey) -> str:
    """Write the keys below the step's folder; return the sha256 (hex) of their plain bytes."""
    data = to_bytes({"asked": collected.asked, "outgoing": collected.outgoing})
    payloads.put(f"{folder}/{_NAME}", io.BytesIO(data), key=key)
    return hashlib.sha256(data).hexdigest()


def collected(subject_request: SubjectRequest, done: Iterable[Step]) -> Collected:
    """Read and unite what steps that are done have left. Raises KeyFileError, PayloadGoneError, SealError."""
    result, steps = Collected(KeySet(), KeySet()), list(done)
    if not steps:
        return result
    key = payloads.open_key(subject_request.sealed_key)
    for step in steps:
        data = payloads.read(f"{step.folder}/{_NAME}", key=key)
        if hashlib.sha256(data).hexdigest() != step.keys_sha256:
            raise KeyFileError(f"the key file of step {step.pk} does not have the recorded sha256")
        parts = from_bytes(data)
        result.asked.update(parts["asked"])
        result.outgoing.update(parts["outgoing"])
    return result
