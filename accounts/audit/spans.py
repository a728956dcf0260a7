"""Whether a part of a chain holds, from the signed checkpoint before it to the one after: the rest is not walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from accounts.audit.chain import event_hash
from accounts.audit.checkpoints import (
    BadCheckpointError,
    Checkpoint,
    check_signature,
    checkpoint_file,
    read_checkpoint,
)
from accounts.audit.cuts import BadCutError, check_cut
from accounts.audit.verify import latest_cut
from accounts.models import AuditChain, AuditEvent, Tenant
from accounts.models.audit import NO_HASH

#: Events that are walked at most: a page must answer.
MOST_WALKED = 2_000


@dataclass(frozen=True, slots=True)
class SpanVerdict:
    """What was found of some events of a chain.

    `walked`: how many events lie between `first` and `last`, all of which were walked; 0 where those were too many, and
    only each event that was asked for was held against its own hash and the event before it. `before` and `after` are
    the checkpoints that the walk began and ended at; None where it began at the first event or a signed cut, and where
    it ended at the recorded head. `broken_at` is the first sequence that does not hold.
    """

    problem: str = ""
    broken_at: int | None = None
    walked: int = 0
    first: int = 0
    last: int = 0
    before: Checkpoint | None = None
    after: Checkpoint | None = None

    @property
    def holds(self) -> bool:
        return not self.problem


class _BrokenSpan(Exception):  # noqa: N818  # it ends a walk, nobody outside sees it
    def __init__(self, problem: str, broken_at: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.broken_at = broken_at


def verify_span(tenant: Tenant, events: Sequence[AuditEvent], *, most: int = MOST_WALKED) -> SpanVerdict:
    """Check events of a tenant's chain, in any order, and all between them if those are at most so many.

    Raises KeyringError if the tenant's key cannot be unwrapped.
    """
    if not events:
        return SpanVerdict()
    first, last = min(event.sequence for event in events), max(event.sequence for event in events)
    try:
        return _verify(tenant, events, first, last, most)
    except _BrokenSpan as error:
        return SpanVerdict(error.problem, error.broken_at, first=first, last=last)


def _verify(tenant: Tenant, events: Sequence[AuditEvent], first: int, last: int, most: int) -> SpanVerdict:
    for event in sorted(events, key=lambda item: item.sequence):
        _check_itself(event)
    chain = AuditChain.objects.filter(tenant=tenant).first() or AuditChain(tenant=tenant)
    before, after = _around(tenant, first, last)
    begin = _Begin.of(tenant, before)
    end = after.count if after else chain.count
    if last > end:
        raise _BrokenSpan("the event stands beyond the recorded head", chain.count + 1)
    if end - begin.count > most:
        _check_neighbours(tenant, events)
        return SpanVerdict(first=first, last=last, before=before, after=after)
    head = _walk(tenant, begin, end)
    if head != (after.head if after else chain.head):
        source = "a signed checkpoint" if after else "the recorded head"
        raise _BrokenSpan(f"{source} has another hash at its end", end)
    return SpanVerdict(walked=end - begin.count, first=begin.count + 1, last=end, before=before, after=after)


@dataclass(frozen=True, slots=True)
class _Begin:
    """What a walk begins after: so many events, the last of them with this hash."""

    count: int
    head: str

    @classmethod
    def of(cls, tenant: Tenant, before: Checkpoint | None) -> _Begin:
        """Return the checkpoint, or the signed cut that the chain begins with where that is later, or nothing."""
        cut = latest_cut(tenant.slug)
        if cut is not None and (before is None or before.count < cut.first_kept - 1):
            try:
                check_cut(cut, tenant, begins=cut.first_kept - cut.events)
            except BadCutError as error:
                raise _BrokenSpan(f"a cut is not to be trusted: {error}") from error
            return cls(cut.first_kept - 1, cut.previous_hash)
        return cls(before.count, before.head) if before else cls(0, NO_HASH)


def _walk(tenant: Tenant, begin: _Begin, end: int) -> str:
    """Walk every event after the beginning to the end; return the hash there."""
    count, head = begin.count, begin.head
    between = AuditEvent.objects.filter(tenant=tenant, sequence__gt=begin.count, sequence__lte=end)
    for event in between.order_by("sequence").iterator(chunk_size=500):
        count += 1
        if event.sequence != count:
            raise _BrokenSpan("the event is missing", count)
        if event.previous_hash != head:
            raise _BrokenSpan("the event does not follow the one before it", count)
        _check_itself(event)
        head = event.hash
    if count != end:
        raise _BrokenSpan("the event is missing", count + 1)
    return head


def _check_itself(event: AuditEvent) -> None:
    if event.hash != event_hash(event):
        raise _BrokenSpan("the event was changed after it was recorded", event.sequence)


def _check_neighbours(tenant: Tenant, events: Sequence[AuditEvent]) -> None:
    """Hold each event against the one before it, where that is not cut off."""
    numbers = [event.sequence - 1 for event in events]
    found = AuditEvent.objects.filter(tenant=tenant, sequence__in=numbers).values_list("sequence", "hash")
    hashes = dict(found)
    cut = latest_cut(tenant.slug)
    if cut is not None:
        hashes.setdefault(cut.first_kept - 1, cut.previous_hash)
    for event in events:
        expected = hashes.get(event.sequence - 1, NO_HASH if event.sequence == 1 else "")
        if event.previous_hash != expected:
            raise _BrokenSpan("the event does not follow the one before it", event.sequence)


def _around(tenant: Tenant, first: int, last: int) -> tuple[Checkpoint | None, Checkpoint | None]:
    """Return the last checkpoint before the first event and the first one at or after the last event, both checked."""
    path = checkpoint_file(tenant.slug)
    if not path.exists():
        return None, None
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            after = _line_at(file, _bisect(file, size, last), size)
            before = _line_before(file, _bisect(file, size, first), size)
        for checkpoint in (before, after):
            if checkpoint is not None:
                check_signature(checkpoint, tenant)
    except BadCheckpointError as error:
        raise _BrokenSpan(f"a checkpoint is not to be trusted: {error}") from error
    return before, after


def _bisect(file: BinaryIO, size: int, count: int) -> int:
    """Return where the first line begins that tells of at least so many events; the size if there is none.

    Lines are in the order of their counts, and are many after years: they are not all read.
    """
    low, high = 0, size
    while low < high:
        middle = _start_of_line(file, (low + high) // 2)
        line = _read(file, middle)
        if line is None or line.count >= count:
            high = middle
        else:
            low = file.tell()
    return low


def _start_of_line(file: BinaryIO, position: int) -> int:
    """Return where the line begins that holds a position."""
    block = 4096
    while position > 0:
        start = max(0, position - block)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _read(file: BinaryIO, position: int) -> Checkpoint | None:
    """Return the checkpoint whose line begins there, None at the end. Raises BadCheckpointError."""
    file.seek(position)
    line = file.readline()
    return read_checkpoint(line) if line.endswith(b"\n") else None


def _line_at(file: BinaryIO, position: int, size: int) -> Checkpoint | None:
    return _read(file, position) if position < size else None


def _line_before(file: BinaryIO, position: int, size: int) -> Checkpoint | None:
    return _read(file, _start_of_line(file, position - 1)) if position > 0 else None


def moment_of(checkpoint: Checkpoint) -> datetime:
    """Return when a checkpoint was written, aware."""
    return datetime.fromisoformat(checkpoint.at)
