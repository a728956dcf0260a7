"""The join keys that steps leave for the next stage: encrypted files, named and checked by the step's row."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, cast

from dsar import payloads
from dsar.bundle.sealing import SealKey
from dsar.fulfilment.keylines import read_lines, to_lines
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Identities
from dsar.models import Step, StepKind, StepState, SubjectRequest
from dsar.stores.batching import batched

#: No collection's rows may have this name: theirs end in `.jsonl.age` (dsar.actions.fulfilment.rowfiles).
_NAME = "join-keys.age"
_LINES_A_READ = 1_000


class KeyFileError(Exception):
    """A key file is not what the step wrote: storage was changed, and nothing may be built on it."""


@dataclass
class Collected:
    """What the steps so far have asked, and the keys they found for other stores.

    `words` are no keys: values, by field, that an erasure takes out of texts.
    """

    asked: KeySet
    outgoing: KeySet
    words: KeySet = field(default_factory=KeySet)


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


def key_of(subject_request: SubjectRequest) -> SealKey:
    """Return the key of what the request's steps leave. Raises PayloadGoneError, KeyringError."""
    return payloads.open_key(subject_request.sealed_key)


def write(folder: str, collected: Collected, *, key: SealKey) -> str:
    """Write the keys below the step's folder; return the sha256 (hex) of their plain bytes."""
    lines = to_lines({"asked": collected.asked, "outgoing": collected.outgoing, "words": collected.words})
    return payloads.put(f"{folder}/{_NAME}", cast(IO[bytes], _Lines(lines)), key=key).sha256


def collected(subject_request: SubjectRequest, done: Iterable[Step]) -> Collected:
    """Read and unite what steps that are done have left. Raises KeyFileError, PayloadGoneError, SealError."""
    result, steps = Collected(KeySet(), KeySet()), list(done)
    if not steps:
        return result
    key = payloads.open_key(subject_request.sealed_key)
    for step in steps:
        _read(step, key, result)
    return result


def _read(step: Step, key: SealKey, result: Collected) -> None:
    """Add a step's keys as they stream in; if the file is another after all, `result` is not to be used."""
    hashing = hashlib.sha256()
    with payloads.chunks(f"{step.folder}/{_NAME}", key=key) as chunks:
        lines = payloads.split_lines(_hashed(chunks, hashing))
        try:
            read_lines(lines, {"asked": result.asked, "outgoing": result.outgoing, "words": result.words})
        except ValueError as error:
            raise KeyFileError(f"the key file of step {step.pk} is none") from error
    if hashing.hexdigest() != step.keys_sha256:
        raise KeyFileError(f"the key file of step {step.pk} does not have the recorded sha256")


def _hashed(chunks: Iterable[bytes], hashing: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        hashing.update(chunk)
        yield chunk


class _Lines:
    """Lines as a stream that is read block by block."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._blocks = (b"".join(batch) for batch in batched(lines, _LINES_A_READ))
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes (-1: a block), nothing at the end."""
        block = self._rest or next(self._blocks, b"")
        end = len(block) if size < 0 else size
        self._rest = block[end:]
        return block[:end]
