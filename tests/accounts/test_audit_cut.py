"""The trail is cut at its front when its time is over: what stays can be verified, and nothing else can be cut off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from accounts.audit import SYSTEM, Target, cutting, record, register_verbs, triggers
from accounts.audit.checkpoints import checkpoint_file, write_checkpoints
from accounts.audit.cuts import kept_since, signed_bytes
from accounts.audit.cutting import PAUSE, BrokenTrailError, cut
from accounts.audit.signing import signing_key
from accounts.audit.verify import verify_tenant
from accounts.models import AuditAppendOnlyError, AuditCut, AuditEvent, Tenant
from tests.accounts.test_audit_verify import forge_from, run_command

pytestmark = pytest.mark.django_db

THEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
#: When what happened THEN is past its time, and what happened a day later is not.
LATER = datetime(2028, 3, 2, 12, tzinfo=UTC)
register_verbs({"test.happened": ("number", "code", "flag")})


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def happen(tenant: Tenant, at: datetime, count: int = 1) -> None:
    for number in range(count):
        record(
            tenant=tenant, verb="test.happened", by=SYSTEM, at=at, target=Target("thing", "7"), facts={"number": number}
        )


@pytest.fixture
def chain(tenant: Tenant) -> Tenant:
    """Six events past their time, with a checkpoint after the fourth, and three that are not."""
    happen(tenant, THEN, 4)
    write_checkpoints(now=THEN)
    happen(tenant, THEN, 2)
    happen(tenant, THEN + DAY, 3)
    write_checkpoints(now=THEN + DAY)
    return tenant


def numbers(tenant: Tenant) -> list[int]:
    return list(AuditEvent.objects.filter(tenant=tenant).order_by("sequence").values_list("sequence", flat=True))


def test_what_is_past_its_time_goes_and_the_rest_holds(chain: Tenant) -> None:
    assert cut(tenant=chain, now=LATER - timedelta(microseconds=1)) == 0
    assert cut(tenant=chain, now=LATER, size=4) == 6
    assert numbers(chain) == [7, 8, 9, 10]
    told = AuditEvent.objects.get(sequence=10)
    assert (told.verb, told.facts) == ("trail.cut", {"first_kept": 7, "events": 6})
    verdict = verify_tenant(chain.slug)
    assert (verdict.problem, verdict.events, verdict.cut_events, verdict.cut_at) == ("", 4, 6, LATER)
    assert run_command() == (
        0,
        "macrosora: 4 events after a signed cut of 6 on 2028-03-02, 2 checkpoints: the chain holds\n",
    )
    assert cut(tenant=chain, now=LATER) == 0, "once"


def test_a_second_cut_follows_the_first_a_day_later_at_the_soonest(chain: Tenant) -> None:
    cut(tenant=chain, now=LATER)
    happen(chain, LATER)
    assert cut(tenant=chain, now=LATER + PAUSE - timedelta(seconds=1)) == 0
    assert cut(tenant=chain, now=LATER + PAUSE) == 3
    assert list(AuditCut.objects.values_list("first_kept", "events")) == [(7, 6), (10, 3)]
    verdict = verify_tenant(chain.slug)
    assert (verdict.problem, verdict.events, verdict.cut_events) == ("", 3, 9)


def test_a_chain_of_nothing_but_old_events_begins_with_its_cut(chain: Tenant, other_tenant: Tenant) -> None:
    assert cut(tenant=chain, now=LATER + 500 * DAY) == 9
    assert numbers(chain) == [10]
    assert verify_tenant(chain.slug).holds
    assert cut(tenant=other_tenant, now=LATER) == 0


def test_what_must_be_kept_stays_with_all_that_follows(chain: Tenant) -> None:
    assert cut(tenant=chain, now=LATER, kept_from=lambda: 3) == 2
    assert numbers(chain)[0] == 3
    assert verify_tenant(chain.slug).holds
    assert cut(tenant=chain, now=LATER + PAUSE, kept_from=lambda: 3) == 0


@pytest.mark.parametrize("deleted", [0, 1, 4, 6])
def test_a_cut_that_was_killed_midway_holds_and_goes_on(chain: Tenant, deleted: int) -> None:
    cutting._record_cut(chain, now=LATER, kept_from=cutting.nothing_more)
    AuditEvent.objects.filter(tenant=chain, sequence__lte=deleted).delete()
    verdict = verify_tenant(chain.slug)
    assert (verdict.problem, verdict.events, verdict.cut_events) == ("", 10 - deleted, 6)
    assert cut(tenant=chain, now=LATER, size=2) == 6 - deleted
    assert verify_tenant(chain.slug).events == 4


def test_a_trail_that_does_not_hold_is_not_cut(chain: Tenant) -> None:
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=2).update(verb="account.signed_in")
    with pytest.raises(BrokenTrailError, match="changed after it was recorded"):
        cut(tenant=chain, now=LATER)
    forge_from(chain, 2)
    with pytest.raises(BrokenTrailError, match="a signed checkpoint has another hash"):
        cut(tenant=chain, now=LATER)
    assert len(numbers(chain)) == 9
    assert not AuditCut.objects.exists()


def refused(change: Callable[[], object]) -> bool:
    """Return whether the database itself refuses a change."""
    try:
        with transaction.atomic():
            change()
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


def test_the_database_lets_go_of_nothing_that_no_cut_covers(chain: Tenant, other_tenant: Tenant) -> None:
    happen(other_tenant, THEN)
    events = AuditEvent.objects.filter(tenant=chain)
    assert refused(events.filter(sequence=1).delete)
    cutting._record_cut(chain, now=LATER, kept_from=cutting.nothing_more)
    assert refused(events.filter(sequence=7).delete)
    assert refused(lambda: events.filter(sequence=1).update(verb="test.other"))
    assert refused(AuditEvent.objects.filter(tenant=other_tenant).delete)
    assert not refused(events.filter(sequence=1).delete)
    assert refused(lambda: AuditCut.objects.update(first_kept=9))
    assert refused(AuditCut.objects.all().delete)
    with pytest.raises(AuditAppendOnlyError):
        AuditCut.objects.get().save()
    with pytest.raises(AuditAppendOnlyError):
        AuditCut.objects.get().delete()


def test_a_cut_covers_nothing_younger_than_it_says(chain: Tenant) -> None:
    add_cut(chain, first_kept=9, events=8, before=THEN + DAY - timedelta(microseconds=1))
    assert not refused(AuditEvent.objects.filter(tenant=chain, sequence=6).delete)
    assert refused(AuditEvent.objects.filter(tenant=chain, sequence=7).delete)


def add_cut(chain: Tenant, *, signed: bool = False, **values: object) -> None:
    """Record a cut as somebody would who writes to the database; signed, who has the tenant's key as well."""
    last = AuditEvent.objects.get(tenant=chain, sequence=int(str(values["first_kept"])) - 1)
    made = AuditCut(
        tenant=chain, **{"previous_hash": last.hash, "before": THEN, "at": LATER, "key_id": "0" * 16, **values}
    )
    key = signing_key(chain)
    made.signature = key.sign(signed_bytes(made, chain)).hex() if signed else "0" * 128
    made.save()


def test_a_cut_that_the_key_has_not_signed_is_told_from_one_that_it_has(chain: Tenant) -> None:
    add_cut(chain, first_kept=7, events=6)
    AuditEvent.objects.filter(tenant=chain, sequence__lt=7).delete()
    assert verify_tenant(chain.slug).problem == "a cut is not to be trusted: the signature does not fit"
    assert run_command()[0] == 1


def test_a_signed_cut_of_young_events_is_told(chain: Tenant) -> None:
    add_cut(chain, signed=True, first_kept=8, events=7, before=THEN + DAY)
    assert verify_tenant(chain.slug).problem == "a cut is not to be trusted: it took events of the last 24 months"


def test_a_signed_cut_of_a_chain_that_was_written_anew_is_told(chain: Tenant) -> None:
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=2).update(verb="account.signed_in")
    forge_from(chain, 2)
    add_cut(chain, signed=True, first_kept=5, events=4)
    assert "a signed checkpoint has another hash there" in verify_tenant(chain.slug).problem


CHANGES: dict[str, object] = {
    "first_kept": 8,
    "previous_hash": "f" * 64,
    "events": 5,
    "before": THEN - DAY,
    "at": LATER + DAY,
    "key_id": "f" * 16,
    "signature": "f" * 128,
}


def test_every_column_of_a_cut_is_tried() -> None:
    assert {field.name for field in AuditCut._meta.fields} - {"id", "tenant"} == set(CHANGES)


@pytest.mark.parametrize("column", list(CHANGES))
def test_a_changed_cut_is_not_trusted(chain: Tenant, column: str) -> None:
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditCut.objects.update(**{column: CHANGES[column]})
    assert verify_tenant(chain.slug).problem == "a cut is not to be trusted: the signature does not fit"


def test_a_cut_that_is_gone_leaves_events_missing(chain: Tenant) -> None:
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditCut.objects.all().delete()
    assert (verify_tenant(chain.slug).broken_at, verify_tenant(chain.slug).problem) == (1, "the event is missing")


def test_a_cut_of_somebody_else_is_not_trusted(chain: Tenant, other_tenant: Tenant) -> None:
    happen(other_tenant, THEN, 9)
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditCut.objects.update(tenant=other_tenant)
    assert "the signature does not fit" in verify_tenant(other_tenant.slug).problem


@pytest.mark.parametrize("first", [7, 8, 9])
def test_what_is_taken_out_behind_the_cut_is_missed(chain: Tenant, first: int) -> None:
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=first).delete()
    assert verify_tenant(chain.slug).broken_at == first


def test_what_is_changed_behind_the_cut_is_found(chain: Tenant) -> None:
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=7).update(previous_hash="f" * 64)
    assert verify_tenant(chain.slug).problem == "the event does not follow the one before it"


def test_a_tail_that_is_dropped_down_to_the_cut_is_found(chain: Tenant) -> None:
    cut(tenant=chain, now=LATER)
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain).delete()
    assert (verify_tenant(chain.slug).broken_at, verify_tenant(chain.slug).events) == (7, 0)


def test_what_is_left_below_a_cut_must_lead_to_it(chain: Tenant) -> None:
    cutting._record_cut(chain, now=LATER, kept_from=cutting.nothing_more)
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=6).update(previous_hash="f" * 64)
    assert verify_tenant(chain.slug).broken_at == 6


def test_what_is_left_below_a_cut_is_held_against_it_even_without_checkpoints(chain: Tenant) -> None:
    cutting._record_cut(chain, now=LATER, kept_from=cutting.nothing_more)
    checkpoint_file(chain.slug).unlink()
    with triggers.lifted(connection):
        AuditEvent.objects.filter(tenant=chain, sequence=6).update(verb="account.signed_in")
    forge_from(chain, 6)
    verdict = verify_tenant(chain.slug)
    assert (verdict.broken_at, verdict.problem) == (6, "the signed cut has another hash here")


def test_calendar_months_are_counted() -> None:
    assert kept_since(LATER) == THEN
    assert kept_since(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)
    assert kept_since(datetime(2027, 1, 31, tzinfo=UTC)) == datetime(2025, 1, 31, tzinfo=UTC)
