"""Recording events: in a transaction, with harmless facts, in one unbroken chain a tenant."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from accounts.audit import (
    SYSTEM,
    Actor,
    AuditAppendOnlyError,
    AuditFactRefusedError,
    AuditOutsideTransactionError,
    Target,
    UnknownVerbError,
    record,
    register_verbs,
)
from accounts.audit.verify import verify_tenant
from accounts.models import AuditChain, AuditEvent, Membership, Role, Tenant, User
from tests.accounts.conftest import make_tenant, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
THING = Target("thing", "7")
register_verbs({"test.happened": ("number", "code", "flag")})


def happen(tenant: Tenant, **facts: object) -> AuditEvent:
    return record(tenant=tenant, verb="test.happened", by=SYSTEM, at=NOW, target=THING, facts=facts)  # type: ignore[arg-type]


def test_events_follow_each_other_from_one(tenant: Tenant) -> None:
    events = [happen(tenant, number=number) for number in range(3)]
    assert [event.sequence for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == ["0" * 64, events[0].hash, events[1].hash]
    assert verify_tenant(tenant.slug).holds


def test_each_tenant_has_a_chain_of_its_own(tenant: Tenant, other_tenant: Tenant) -> None:
    happen(tenant)
    assert happen(other_tenant).sequence == 1
    assert happen(tenant).sequence == 2


def test_an_event_names_who_and_what(tenant: Tenant, person: User) -> None:
    event = record(tenant=tenant, verb="test.happened", by=person, at=NOW, target=person)
    assert (event.actor_kind, event.actor_id) == ("subject", person.pk)
    assert (event.target_type, event.target_id) == ("user", str(person.pk))


def test_an_account_with_a_role_counts_as_staff_unless_said_otherwise(tenant: Tenant, person: User) -> None:
    Membership.objects.create(user=person, tenant=tenant, role=Role.AUDITOR)
    kinds = [
        record(tenant=tenant, verb="test.happened", by=by, at=NOW, target=THING).actor_kind
        for by in (person, Actor.subject(person), Actor.staff(person), None)
    ]
    assert kinds == ["staff", "subject", "staff", "system"]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    tenant = make_tenant("acme", "acme.localhost")
    with pytest.raises(AuditOutsideTransactionError):
        happen(tenant)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_row_and_event_are_rolled_back_together() -> None:
    tenant = make_tenant("acme", "acme.localhost")

    @transaction.atomic
    def act_and_fail() -> None:
        make_user("ada@example.com")
        happen(tenant)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    assert not User.objects.exists()
    assert not AuditEvent.objects.exists()
    with transaction.atomic():
        assert happen(tenant).sequence == 1


def test_an_event_that_cannot_be_recorded_takes_its_cause_with_it(tenant: Tenant) -> None:
    @transaction.atomic
    def act() -> None:
        make_user("grace@example.com")
        happen(tenant, code="grace@example.com")

    with pytest.raises(AuditFactRefusedError):
        act()
    assert not User.objects.filter(email="grace@example.com").exists()


@pytest.mark.parametrize("value", [0, 7, True, "access", "sql.orders", "ab-12_c:d", "a" * 64, Role.AUDITOR])
def test_numbers_booleans_and_short_codes_are_taken(tenant: Tenant, value: object) -> None:
    happen(tenant, code=value)
    assert AuditEvent.objects.get().facts == {"code": value}
    assert verify_tenant(tenant.slug).holds


@pytest.mark.parametrize(
    "value",
    [
        "ada@example.com",
        "Ada Lovelace",
        "",
        "a" * 65,
        "a\n",
        "é",
        "+49 151",
        "../etc",
        1.5,
        None,
        ["a"],
        {"a": 1},
        b"a",
    ],
)
def test_whatever_could_be_personal_is_refused(tenant: Tenant, value: object) -> None:
    with pytest.raises(AuditFactRefusedError):
        happen(tenant, code=value)
    assert not AuditEvent.objects.exists()


def test_a_fact_that_the_verb_does_not_have_is_refused(tenant: Tenant) -> None:
    with pytest.raises(AuditFactRefusedError, match="email"):
        happen(tenant, email="x")


def test_a_target_is_named_by_a_plain_key(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="target"):
        record(tenant=tenant, verb="test.happened", by=SYSTEM, at=NOW, target=Target("user", "ada@example.com"))


def test_an_unknown_verb_is_refused(tenant: Tenant) -> None:
    with pytest.raises(UnknownVerbError):
        record(tenant=tenant, verb="test.unheard_of", by=SYSTEM, at=NOW, target=THING)


def test_a_naive_time_is_refused(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="aware"):
        record(tenant=tenant, verb="test.happened", by=SYSTEM, at=NOW.replace(tzinfo=None), target=THING)


@pytest.mark.parametrize(
    "verbs", [{"Bad": ()}, {"noun": ()}, {"noun.verb": ("E-Mail",)}, {"test.happened": ("other",)}]
)
def test_a_badly_written_or_changed_verb_is_not_registered(verbs: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="audit verb"):
        register_verbs(verbs)


def test_registering_the_same_again_changes_nothing() -> None:
    register_verbs({"test.happened": ("flag", "code", "number")})


def test_an_event_is_neither_changed_nor_deleted(tenant: Tenant) -> None:
    event = happen(tenant)
    event.verb = "test.other"
    with pytest.raises(AuditAppendOnlyError):
        event.save()
    with pytest.raises(AuditAppendOnlyError):
        event.delete()


def test_the_database_itself_refuses_too(tenant: Tenant) -> None:
    happen(tenant)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(verb="test.other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.get().verb == "test.happened"


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_make_one_chain(settings: Settings, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR = tmp_path  # another test may have signed a chain of a tenant of that name
    tenant = make_tenant("acme", "acme.localhost")
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def write() -> None:
        start.wait()
        try:
            for number in range(10):
                with transaction.atomic():
                    happen(tenant, number=number)
        except BaseException as error:  # a thread must not fail silently
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert errors == []
    assert AuditChain.objects.get().count == 40
    verdict = verify_tenant("acme")
    assert (verdict.events, verdict.problem) == (40, "")
