"""Walking the chains and naming what does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.audit.chain import event_hash
from accounts.audit.checkpoints import (
    BadCheckpointError,
    Checkpoint,
    check_signature,
    checkpoint_file,
    read_checkpoint,
)
from accounts.audit.cuts import BadCutError, check_cut
from accounts.models import AuditChain, AuditCut, AuditEvent, Tenant
from accounts.models.audit import NO_HASH


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one tenant's chain; `broken_at` is the first broken sequence, if one can be told.

    `events` were read. `cut_at` is the moment of the signed cut that the chain begins with, `cut_events` how many were
    cut away up to then, in all; None and 0 for a chain that is whole.
    """

    tenant: str
    events: int
    checkpoints: int
    problem: str = ""
    broken_at: int | None = None
    cut_events: int = 0
    cut_at: datetime | None = None

    @property
    def holds(self) -> bool:
        return not self.problem


class _BrokenChain(Exception):  # noqa: N818  # it ends a walk, nobody outside sees it
    def __init__(self, problem: str, broken_at: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.broken_at = broken_at


def verify_all() -> list[Verdict]:
    """Check every tenant's chain, and that no tenant of a checkpoint file is gone. Raises KeyringError."""
    slugs = set(Tenant.objects.values_list("slug", flat=True)) | _slugs_with_checkpoints()
    return [verify_tenant(slug) for slug in sorted(slugs)]


def verify_tenant(slug: str) -> Verdict:
    """Check one tenant's chain against itself, its head, its signed cut and checkpoints. Raises KeyringError."""
    while True:
        known = latest_cut(slug)
        verdict = _verdict(_Walk(slug))
        # What is cut during a walk is missing there and is no fault.
        if verdict.holds or latest_cut(slug) == known:
            return verdict


def verify_until(slug: str, sequence: int) -> Verdict:
    """Check a tenant's chain up to an event, its cuts and checkpoints: what may be cut off. Raises KeyringError."""
    return _verdict(_Walk(slug, until=sequence))


def _verdict(walk: _Walk) -> Verdict:
    cut_at, problem, broken_at = None, "", None
    try:
        walk.run()
    except _BrokenChain as error:
        problem, broken_at = error.problem, error.broken_at
    if walk.cut is not None:
        cut_at = walk.cut.at
    return Verdict(walk.slug, walk.events, walk.checkpoints, problem, broken_at, walk.first_kept - 1, cut_at)


class _Walk:
    """One pass over a tenant's events in their order; flat in memory but for the checkpoints."""

    def __init__(self, slug: str, *, until: int | None = None) -> None:
        self.slug = slug
        self.until = until
        self.cut: AuditCut | None = None
        self.events = 0
        self.count = 0
        self.head = NO_HASH
        self.checkpoints = 0
        self.recorded = AuditChain()

    def run(self) -> None:
        tenant = Tenant.objects.filter(slug=self.slug).first()
        signed = self._signed_checkpoints(tenant)
        if tenant is None:
            raise _BrokenChain(f"the tenant is gone; its last checkpoint told of {max(signed)} events")
        # Read before the events: what is appended during the walk lies beyond it.
        self.recorded = _recorded_head(tenant)
        self._read_cuts(tenant, signed)
        for event in self._events(tenant):
            if not self.events:
                self._begin_at(event)
            self._step(event, signed)
        if self.until is None:
            self._check_end(tenant, signed)

    @property
    def first_kept(self) -> int:
        return self.cut.first_kept if self.cut else 1

    def _events(self, tenant: Tenant) -> Iterator[AuditEvent]:
        events = AuditEvent.objects.filter(tenant=tenant).order_by("sequence")
        if self.until is not None:
            events = events.filter(sequence__lte=self.until)
        return events.iterator(chunk_size=500)

    def _read_cuts(self, tenant: Tenant, signed: dict[int, Checkpoint]) -> None:
        """Check every cut, and begin where the last one says."""
        try:
            for cut in tenant.audit_cuts.order_by("first_kept"):
                check_cut(cut, tenant, begins=self.first_kept)
                self.cut = cut
                self._compare_cut(cut, signed)
        except BadCutError as error:
            raise _BrokenChain(f"a cut is not to be trusted: {error}") from error
        if self.cut is not None:
            self.count, self.head = self.cut.first_kept - 1, self.cut.previous_hash

    def _compare_cut(self, cut: AuditCut, signed: dict[int, Checkpoint]) -> None:
        last = cut.first_kept - 1
        if last > self.recorded.count:
            raise BadCutError("it tells of more events than were recorded")
        if last in signed and signed[last].head != cut.previous_hash:
            raise BadCutError("a signed checkpoint has another hash there")

    def _begin_at(self, event: AuditEvent) -> None:
        """Begin earlier where what was cut is not all deleted yet: the oldest goes first."""
        if event.sequence < self.first_kept:
            self.count = event.sequence - 1
            self.head = event.previous_hash if self.count else NO_HASH

    def _signed_checkpoints(self, tenant: Tenant | None) -> dict[int, Checkpoint]:
        """Return the checkpoints by their count, each checked; without the tenant there is no key to check by."""
        signed: dict[int, Checkpoint] = {}
        for number, line in _lines(checkpoint_file(self.slug)):
            try:
                checkpoint = self._checked(line, tenant, least=max(signed, default=0) + 1)
            except BadCheckpointError as error:
                raise _BrokenChain(f"checkpoint {number} is not to be trusted: {error}") from error
            signed[checkpoint.count] = checkpoint
            self.checkpoints += 1
        return signed

    def _checked(self, line: bytes, tenant: Tenant | None, *, least: int) -> Checkpoint:
        checkpoint = read_checkpoint(line)
        if checkpoint.tenant != self.slug or checkpoint.count < least:
            raise BadCheckpointError("it is out of place")
        if tenant is not None:
            check_signature(checkpoint, tenant)
        return checkpoint

    def _step(self, event: AuditEvent, signed: dict[int, Checkpoint]) -> None:
        expected = self.count + 1
        if event.sequence != expected:
            raise _BrokenChain("the event is missing", expected)
        if event.previous_hash != self.head:
            raise _BrokenChain("the event does not follow the one before it", expected)
        if event.hash != event_hash(event):
            raise _BrokenChain("the event was changed after it was recorded", expected)
        if expected in signed and signed[expected].head != event.hash:
            raise _BrokenChain("the chain was rewritten: a signed checkpoint has another hash here", expected)
        if expected == self.recorded.count and self.recorded.head != event.hash:
            raise _BrokenChain("the recorded head has another hash here", expected)
        if self.cut and expected == self.first_kept - 1 and event.hash != self.cut.previous_hash:
            raise _BrokenChain("the signed cut has another hash here", expected)
        self.count, self.head = expected, event.hash
        self.events += 1

    def _check_end(self, tenant: Tenant, signed: dict[int, Checkpoint]) -> None:
        promised = max([self.recorded.count, *signed])
        if promised > self.count:
            source = "a signed checkpoint" if promised > self.recorded.count else "the recorded head"
            raise _BrokenChain(f"the tail was dropped: {source} tells of {promised} events", self.count + 1)
        recorded_now = _recorded_head(tenant).count
        if recorded_now < self.count:
            raise _BrokenChain("the event stands beyond the recorded head", recorded_now + 1)


def latest_cut(slug: str) -> AuditCut | None:
    """Return the cut that a tenant's chain begins with, None while it is whole."""
    return AuditCut.objects.filter(tenant__slug=slug).order_by("first_kept").last()


def _recorded_head(tenant: Tenant) -> AuditChain:
    return AuditChain.objects.filter(tenant=tenant).first() or AuditChain(tenant=tenant)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            yield from enumerate(file, start=1)


def _slugs_with_checkpoints() -> set[str]:
    return {path.stem for path in Path(settings.CHECKPOINT_DIR).glob("*.jsonl")}
