"""Whoever changes the trail is found out, and the first broken link is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from pytest_django import Settings

from accounts.audit import SYSTEM, Target, record, register_verbs, triggers
from accounts.audit.chain import event_hash
from accounts.audit.checkpoints import checkpoint_file, write_checkpoints
from accounts.audit.verify import Verdict, verify_all, verify_tenant
from accounts.keyring import new_tenant_key
from accounts.models import AuditChain, AuditEvent, Tenant, TenantHost

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
register_verbs({"test.happened": ("number", "code", "flag")})


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def write(tenant: Tenant, count: int) -> None:
    for number in range(count):
        record(
            tenant=tenant,
            verb="test.happened",
            by=SYSTEM,
            at=NOW + timedelta(seconds=number),
            target=Target("thing", str(number)),
            facts={"number": number},
        )


@pytest.fixture
def chain(tenant: Tenant) -> Tenant:
    """Ten events, a checkpoint after six and one after ten."""
    write(tenant, 6)
    write_checkpoints(now=NOW)
    write(tenant, 4)
    write_checkpoints(now=NOW + timedelta(minutes=10))
    return tenant


def tamper(chain: Tenant, place: int, /, **changes: object) -> None:
    """Change an event as somebody would who owns the database."""
    with triggers.lifted(connection):
        assert AuditEvent.objects.filter(tenant=chain, sequence=place).update(**changes) == 1


def drop(tenant: Tenant, *, above: int) -> None:
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=tenant, sequence__gt=above).delete()


def forge_from(tenant: Tenant, first: int) -> None:
    """Compute every hash anew from `first` on, and the recorded head with them: what a careful forger does."""
    with triggers.lifted(connection):
        previous = AuditEvent.objects.filter(tenant=tenant, sequence=first - 1).values_list("hash", flat=True).first()
        for event in AuditEvent.objects.filter(tenant=tenant, sequence__gte=first).order_by("sequence"):
            event.previous_hash = previous or "0" * 64
            previous = event_hash(event)
            AuditEvent.objects.filter(pk=event.pk).update(previous_hash=event.previous_hash, hash=previous)
    count = AuditEvent.objects.filter(tenant=tenant).count()
    AuditChain.objects.filter(tenant=tenant).update(count=count, head=previous)


def run_command(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *args, stdout=out)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_an_untouched_trail_holds(chain: Tenant) -> None:
    assert verify_tenant(chain.slug) == Verdict("macrosora", events=10, checkpoints=2)
    assert run_command() == (0, "macrosora: 10 events, 2 checkpoints: the chain holds\n")


def test_a_tenant_without_events_holds(tenant: Tenant) -> None:
    assert verify_all() == [Verdict("macrosora", events=0, checkpoints=0)]


CHANGES: dict[str, object] = {
    "at": NOW + timedelta(days=1),
    "verb": "account.signed_in",
    "actor_kind": "staff",
    "actor_id": 7,
    "target_type": "other",
    "target_id": "99",
    "facts": {"number": 99},
    "previous_hash": "f" * 64,
    "hash": "f" * 64,
}


def test_every_column_is_tried() -> None:
    named = {field.name for field in AuditEvent._meta.fields} - {"id", "tenant", "sequence"}
    assert named == set(CHANGES)


@pytest.mark.parametrize("column", list(CHANGES))
@pytest.mark.parametrize("sequence", [1, 5, 10])
def test_a_changed_column_breaks_that_very_link(chain: Tenant, column: str, sequence: int) -> None:
    tamper(chain, sequence, **{column: CHANGES[column]})
    verdict = verify_tenant(chain.slug)
    assert verdict.broken_at == sequence
    code, told = run_command()
    assert code == 1
    assert f"BROKEN at event {sequence}" in told


def test_an_event_moved_to_another_tenant_is_missed(chain: Tenant, other_tenant: Tenant) -> None:
    tamper(chain, 4, tenant=other_tenant)
    assert verify_tenant(chain.slug).broken_at == 4
    assert not verify_tenant(other_tenant.slug).holds


def test_an_event_taken_out_is_missed(chain: Tenant) -> None:
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=4).delete()
    assert (verify_tenant(chain.slug).broken_at, verify_tenant(chain.slug).problem) == (4, "the event is missing")


def test_two_events_changed_over_are_found(chain: Tenant) -> None:
    tamper(chain, 3, sequence=100)
    tamper(chain, 4, sequence=3)
    tamper(chain, 100, sequence=4)
    assert verify_tenant(chain.slug).broken_at == 3


@pytest.mark.parametrize("kept", [9, 6, 5, 0])
def test_a_dropped_tail_is_found_by_the_recorded_head(chain: Tenant, kept: int) -> None:
    drop(chain, above=kept)
    verdict = verify_tenant(chain.slug)
    assert verdict.broken_at == kept + 1
    assert "the tail was dropped" in verdict.problem


@pytest.mark.parametrize("kept", [9, 6, 5])
def test_a_tail_dropped_with_its_head_mended_is_found_by_the_checkpoints(chain: Tenant, kept: int) -> None:
    drop(chain, above=kept)
    forge_from(chain, kept)
    verdict = verify_tenant(chain.slug)
    assert (verdict.broken_at, "a signed checkpoint tells of 10 events" in verdict.problem) == (kept + 1, True)


def test_a_chain_written_anew_with_fitting_hashes_is_found_by_the_checkpoints(chain: Tenant) -> None:
    tamper(chain, 2, verb="account.signed_in")
    forge_from(chain, 2)
    verdict = verify_tenant(chain.slug)
    assert verdict.broken_at == 6, "the first signed place after the change"
    assert "rewritten" in verdict.problem


def test_an_event_hung_on_behind_the_head_is_found(chain: Tenant) -> None:
    last = AuditEvent.objects.get(sequence=10)
    extra = AuditEvent(tenant=chain, sequence=11, at=NOW, verb="test.happened", actor_kind="system")
    extra.target_type, extra.target_id, extra.previous_hash = "thing", "1", last.hash
    extra.hash = event_hash(extra)
    extra.save()
    verdict = verify_tenant(chain.slug)
    assert (verdict.broken_at, verdict.problem) == (11, "the event stands beyond the recorded head")


def test_a_whole_dropped_chain_is_found(chain: Tenant) -> None:
    drop(chain, above=0)
    AuditChain.objects.all().delete()
    assert "tells of 10 events" in verify_tenant(chain.slug).problem


def test_a_dropped_tenant_is_found(chain: Tenant) -> None:
    drop(chain, above=0)
    AuditChain.objects.all().delete()
    TenantHost.objects.all().delete()
    Tenant.objects.filter(pk=chain.pk).delete()
    code, told = run_command()
    assert (code, told) == (1, "macrosora: BROKEN: the tenant is gone; its last checkpoint told of 10 events\n")


def edit(slug: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = checkpoint_file(slug)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize("field", ["tenant", "count", "head", "at", "key_id", "signature"])
def test_a_changed_checkpoint_is_not_trusted(chain: Tenant, field: str) -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        line = json.loads(lines[1])
        line[field] = 11 if field == "count" else "0" * len(line[field])
        return [lines[0], json.dumps(line).encode() + b"\n"]

    edit(chain.slug, change)
    assert verify_tenant(chain.slug).problem.startswith("checkpoint 2 is not to be trusted")


@pytest.mark.parametrize("line", [b"", b"not json\n", b"[]\n", b"{}\n", b'{"count": 1}\n'])
def test_a_line_that_is_no_checkpoint_is_told(chain: Tenant, line: bytes) -> None:
    edit(chain.slug, lambda lines: [lines[0], line or b"\n", lines[1]])
    assert verify_tenant(chain.slug).problem.startswith("checkpoint 2 is not to be trusted")


def test_checkpoints_out_of_order_are_told(chain: Tenant) -> None:
    edit(chain.slug, lambda lines: lines[::-1])
    assert not verify_tenant(chain.slug).holds


def test_another_key_of_the_tenant_does_not_pass(chain: Tenant) -> None:
    Tenant.objects.filter(pk=chain.pk).update(sealed_key=new_tenant_key())
    assert "the signature does not fit" in verify_tenant(chain.slug).problem


def test_a_checkpoint_is_written_only_when_the_chain_moved(chain: Tenant, other_tenant: Tenant) -> None:
    assert write_checkpoints(now=NOW) == 0
    write(chain, 1)
    write(other_tenant, 1)
    assert write_checkpoints(now=NOW) == 2
    assert len(checkpoint_file(chain.slug).read_bytes().splitlines()) == 3
    assert verify_tenant(chain.slug).holds


def test_a_line_that_a_crash_left_half_written_is_cut_off(chain: Tenant) -> None:
    with checkpoint_file(chain.slug).open("ab") as file:
        file.write(b'{"at":"2026-')
    write(chain, 1)
    assert write_checkpoints(now=NOW) == 1
    assert verify_tenant(chain.slug) == Verdict("macrosora", events=11, checkpoints=3)


def test_one_tenant_can_be_checked_alone(chain: Tenant, other_tenant: Tenant) -> None:
    tamper(chain, 5, actor_id=F("actor_id"), target_id="x")
    assert run_command("--tenant", "acme")[0] == 0
    assert run_command("--tenant", "macrosora")[0] == 1
    assert run_command()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_emptying_a_whole_database_still_works(tenant: Tenant) -> None:
    from django.db import transaction

    with transaction.atomic():
        write(tenant, 1)
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEvent.objects.exists()
