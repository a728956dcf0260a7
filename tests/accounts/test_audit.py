"""The audit trail: chained, append-only, and checked against what was signed outside the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.audit import AuditFactRefusedError, AuditOutsideTransactionError, Target, record, triggers
from accounts.audit.checkpoints import write_checkpoints
from accounts.audit.verify import verify_tenant
from accounts.models import AuditChain, AuditEvent, Tenant

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def chain(tenant: Tenant, settings: Any, tmp_path: Path) -> Tenant:
    """A tenant with five events and a checkpoint of them."""
    settings.CHECKPOINT_DIR = tmp_path
    add(tenant, 5)
    write_checkpoints(now=NOW)
    return tenant


def add(tenant: Tenant, count: int) -> None:
    for number in range(count):
        with transaction.atomic():
            target = Target("subjectrequest", str(number))
            record(tenant=tenant, verb="request.verified", by=None, at=NOW, target=target, facts={"how": "code"})


@pytest.mark.django_db
def test_a_chain_that_nobody_touched_holds(chain: Tenant) -> None:
    assert verify_tenant(chain.slug).holds
    call_command("verify_audit", tenant=chain.slug)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verb", "request.denied"),
        ("actor_id", 7),
        ("target_id", "9"),
        ("facts", '{"how": "sign_in"}'),
        ("at", NOW.replace(day=3)),
    ],
)
@pytest.mark.django_db
def test_an_edited_event_is_named(chain: Tenant, column: str, value: Any) -> None:
    with triggers.lifted(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_auditevent SET {column} = %s WHERE sequence = 3", [value])  # noqa: S608
    verdict = verify_tenant(chain.slug)
    assert (verdict.holds, verdict.broken_at) == (False, 3)
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_audit", tenant=chain.slug)
    assert stopped.value.code == 1


@pytest.mark.django_db
def test_a_dropped_tail_is_found_by_the_checkpoint(chain: Tenant) -> None:
    with triggers.lifted(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditevent WHERE sequence > 3")
    head = AuditEvent.objects.get(sequence=3).hash
    AuditChain.objects.update(count=3, head=head)
    assert not verify_tenant(chain.slug).holds


@pytest.mark.django_db
def test_the_database_itself_refuses_to_change_or_delete_an_event(chain: Tenant) -> None:
    for statement in ("UPDATE accounts_auditevent SET verb = 'x'", "DELETE FROM accounts_auditevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEvent.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_an_event_is_only_recorded_in_a_transaction_and_goes_with_it(tenant: Tenant) -> None:
    target = Target("subjectrequest", "1")
    with pytest.raises(AuditOutsideTransactionError):
        record(tenant=tenant, verb="request.filed", by=None, at=NOW, target=target)
    with transaction.atomic():
        record(tenant=tenant, verb="request.filed", by=None, at=NOW, target=target)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_personal_value_is_refused(tenant: Tenant) -> None:
    with pytest.raises(AuditFactRefusedError), transaction.atomic():
        record(
            tenant=tenant,
            verb="request.verified",
            by=None,
            at=NOW,
            target=Target("subjectrequest", "1"),
            facts={"how": "ann@example.com"},
        )
