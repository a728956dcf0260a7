"""Walking the chains and naming what does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from accounts.models import AuditChain, AuditEvent, Tenant
from accounts.models.audit import NO_HASH


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one tenant's chain; `broken_at` is the first broken sequence, if one can be told."""

    tenant: str
    events: int
    checkpoints: int
    problem: str = ""
    broken_at: int | None = None

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
    """Check one tenant's chain against itself, its recorded head and its signed checkpoints. Raises KeyringError."""
    walk = _Walk(slug)
    try:
        walk.run()
    except _BrokenChain as error:
        return Verdict(slug, walk.count, walk.checkpoints, error.problem, error.broken_at)
    return Verdict(slug, walk.count, walk.checkpoints)


class _Walk:
    """One pass over a tenant's events in their order; flat in memory but for the checkpoints."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
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
        for event in AuditEvent.objects.filter(tenant=tenant).order_by("sequence").iterator(chunk_size=500):
            self._step(event, signed)
        self._check_end(tenant, signed)

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
        self.count, self.head = expected, event.hash

    def _check_end(self, tenant: Tenant, signed: dict[int, Checkpoint]) -> None:
        promised = max([self.recorded.count, *signed])
        if promised > self.count:
            source = "a signed checkpoint" if promised > self.recorded.count else "the recorded head"
            raise _BrokenChain(f"the tail was dropped: {source} tells of {promised} events", self.count + 1)
        recorded_now = _recorded_head(tenant).count
        if recorded_now < self.count:
            raise _BrokenChain("the event stands beyond the recorded head", recorded_now + 1)


def _recorded_head(tenant: Tenant) -> AuditChain:
    return AuditChain.objects.filter(tenant=tenant).first() or AuditChain(tenant=tenant)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if path.exists():
        with path.open("rb") as file:
            yield from enumerate(file, start=1)


def _slugs_with_checkpoints() -> set[str]:
    return {path.stem for path in Path(settings.CHECKPOINT_DIR).glob("*.jsonl")}
