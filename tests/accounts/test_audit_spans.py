"""A part of a chain is verified from the checkpoint before it to the one after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.audit import Target, record, triggers
from accounts.audit.checkpoints import checkpoint_file, write_checkpoints
from accounts.audit.spans import verify_span
from accounts.models import AuditChain, AuditEvent, Tenant

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def tenant(db: None, settings: Settings, tmp_path: Path) -> Tenant:
    """A chain of 40 events, with a checkpoint after each tenth but for the last ten."""
    settings.CHECKPOINT_DIR = tmp_path
    tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="privacy@acme.example")
    for number in range(1, 41):
        with transaction.atomic():
            facts = {"role": "auditor"}
            record(
                tenant=tenant, verb="membership.added", by=None, at=NOW, target=Target("user", str(number)), facts=facts
            )
        if number % 10 == 0 and number < 40:
            write_checkpoints(now=NOW + timedelta(minutes=number))
    return tenant


def events(tenant: Tenant, *numbers: int) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(tenant=tenant, sequence__in=numbers))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("numbers", "first", "last", "before", "after"),
    [
        ((13, 14), 11, 20, 10, 20),
        ((10,), 1, 10, None, 10),
        ((11,), 11, 20, 10, 20),
        ((1, 30), 1, 30, None, 30),
        ((9, 25), 1, 30, None, 30),
        ((31,), 31, 40, 30, None),
        ((40, 2), 1, 40, None, None),
    ],
)
def test_it_is_walked_between_checkpoints(
    tenant: Tenant, numbers: tuple[int, ...], first: int, last: int, before: int | None, after: int | None
) -> None:
    verdict = verify_span(tenant, events(tenant, *numbers))
    assert verdict.holds
    assert (verdict.first, verdict.last, verdict.walked) == (first, last, last - first + 1)
    assert (verdict.before.count if verdict.before else None) == before
    assert (verdict.after.count if verdict.after else None) == after


def test_what_is_too_far_apart_is_held_against_its_neighbours(tenant: Tenant) -> None:
    verdict = verify_span(tenant, events(tenant, 2, 38), most=10)
    assert (verdict.holds, verdict.walked) == (True, 0)
    assert verify_span(tenant, events(tenant, 12), most=10).walked == 10


def test_no_event_is_no_fault(tenant: Tenant) -> None:
    assert verify_span(tenant, []).holds


def change(tenant: Tenant) -> None:
    AuditEvent.objects.filter(sequence=15).update(verb="membership.removed")


def take_out(tenant: Tenant) -> None:
    AuditEvent.objects.filter(sequence=15).delete()


def rewrite(tenant: Tenant) -> None:
    """Make a chain of other events that is right in itself."""
    from accounts.audit.chain import event_hash

    head = AuditEvent.objects.get(sequence=14).hash
    for event in AuditEvent.objects.filter(sequence__gte=15).order_by("sequence"):
        event.facts, event.previous_hash = {"role": "reviewer"}, head
        head = event_hash(event)
        AuditEvent.objects.filter(pk=event.pk).update(facts=event.facts, previous_hash=event.previous_hash, hash=head)
    AuditChain.objects.update(head=head)


def forge_checkpoint(tenant: Tenant) -> None:
    file = checkpoint_file("acme")
    file.write_text(file.read_text().replace('"count":20', '"count":21'))


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (change, "was changed after it was recorded"),
        (take_out, "the event is missing"),
        (rewrite, "a signed checkpoint has another hash"),
        (forge_checkpoint, "a checkpoint is not to be trusted"),
    ],
)
def test_what_was_done_to_it_is_told(tenant: Tenant, tamper: Callable[[Tenant], None], says: str) -> None:
    with triggers.lifted(connection):
        tamper(tenant)
    verdict = verify_span(tenant, events(tenant, 13, 16))
    assert not verdict.holds
    assert says in verdict.problem
    assert verify_span(tenant, events(tenant, 3)).holds, "what lies before is as it was"


@pytest.mark.thorough
def test_far_apart_too_a_change_is_told(tenant: Tenant) -> None:
    with triggers.lifted(connection):
        change(tenant)
    assert verify_span(tenant, events(tenant, 2, 15), most=1).broken_at == 15
    with triggers.lifted(connection):
        AuditEvent.objects.filter(sequence=15).update(hash="0" * 64)
    assert verify_span(tenant, events(tenant, 2, 16), most=1).broken_at == 16


@pytest.mark.thorough
def test_a_half_written_line_is_no_checkpoint(tenant: Tenant) -> None:
    with checkpoint_file("acme").open("a") as file:
        file.write('{"tenant":"acme","cou')
    assert verify_span(tenant, events(tenant, 12)).after is not None
    assert verify_span(tenant, events(tenant, 35)).after is None


def test_an_event_beyond_the_head_is_told(tenant: Tenant) -> None:
    last = events(tenant, 40)
    AuditChain.objects.update(count=39)
    assert verify_span(tenant, last).broken_at == 40


@pytest.mark.thorough
def test_few_checkpoints_are_read_of_many(tenant: Tenant) -> None:
    """Every place in a long file is found, by looking at few of its lines."""
    file = checkpoint_file("acme")
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    for number in range(1, 41):
        verdict = verify_span(tenant, events(tenant, number))
        assert verdict.holds, number
        assert verdict.first <= number <= verdict.last
