"""Purposes are off until switched on; a refusal is kept by a keyed hash, and outlives the account. Attack 40."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.addresses import address_hash
from accounts.models import AuditEvent, Tenant, User
from dsar import queries
from dsar.actions import preferences
from dsar.actions.unsubscribing import read_unsubscribe_token, unsubscribe_token
from dsar.models import ChangedBy, PreferenceChange, Purpose, Suppression
from tests.dsar.conftest import make_tenant

ANN = "ann@example.com"


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture
def other(tenant: Tenant) -> Tenant:
    return Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")


def switch(tenant: Tenant, account: User, purpose: Purpose, given: bool, now: datetime) -> bool:
    return preferences.change(tenant=tenant, account=account, purpose=purpose, given=given, now=now)


def on(tenant: Tenant) -> set[Purpose]:
    return set(queries.switched_on(tenant=tenant, email=ANN))


def leave(tenant: Tenant, purpose: Purpose, now: datetime, email: str = ANN) -> bool:
    token = unsubscribe_token(tenant=tenant, email=email, purpose=purpose)
    return preferences.unsubscribe(read_unsubscribe_token(token, tenant=tenant), now=now)


def test_everything_is_off_until_it_is_switched_on(tenant: Tenant, subject: User, now: datetime) -> None:
    assert on(tenant) == set()
    assert switch(tenant, subject, Purpose.TIPS, True, now)
    assert on(tenant) == {Purpose.TIPS}
    assert switch(tenant, subject, Purpose.TIPS, False, now + timedelta(minutes=1))
    assert on(tenant) == set()
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS}


def test_every_change_is_in_the_history_and_in_the_trail(tenant: Tenant, subject: User, now: datetime) -> None:
    switch(tenant, subject, Purpose.TRAINING, True, now)
    switch(tenant, subject, Purpose.TRAINING, False, now + timedelta(days=1))
    history = queries.preference_history(tenant=tenant, account=subject)
    assert [(change.given, change.how) for change in history] == [(False, "page"), (True, "page")]
    events = AuditEvent.objects.filter(verb="preference.changed").order_by("sequence")
    assert [event.facts["given"] for event in events] == [True, False]
    assert {(event.actor_kind, event.actor_id) for event in events} == {("subject", subject.pk)}
    assert ANN not in str([vars(event) for event in events])


def test_pressed_twice_it_is_one_change(tenant: Tenant, subject: User, now: datetime) -> None:
    for given in (True, False):
        assert switch(tenant, subject, Purpose.TIPS, given, now)
        assert not switch(tenant, subject, Purpose.TIPS, given, now)
    assert PreferenceChange.objects.count() == AuditEvent.objects.count() == 2


def test_a_change_and_its_event_come_together_or_not_at_all(tenant: Tenant, subject: User, now: datetime) -> None:
    naive = now.replace(tzinfo=None)  # the trail refuses it, after the rows were written
    with pytest.raises(ValueError, match="aware"), pytest.warns(RuntimeWarning, match="naive"):
        switch(tenant, subject, Purpose.TIPS, False, naive)
    assert (PreferenceChange.objects.count(), Suppression.objects.count()) == (0, 0)


def test_the_hash_is_keyed_and_differs_by_tenant(tenant: Tenant, other: Tenant) -> None:
    hashes = {address_hash(tenant, ANN), address_hash(other, ANN)}
    assert len(hashes) == 2
    assert hashlib.sha256(ANN.encode()).hexdigest() not in hashes
    assert address_hash(tenant, " ANN@Example.com ") == address_hash(tenant, ANN)
    assert address_hash(tenant, "a.nn@example.com") != address_hash(tenant, ANN)


def test_a_refusal_is_of_one_tenant_and_one_purpose(
    tenant: Tenant, other: Tenant, subject: User, now: datetime
) -> None:
    for each in (tenant, other):
        for purpose in Purpose:
            switch(each, subject, purpose, True, now)
    leave(tenant, Purpose.TIPS, now)
    assert on(tenant) == set(Purpose) - {Purpose.TIPS}
    assert on(other) == set(Purpose)


def test_a_refusal_outlives_the_account(tenant: Tenant, subject: User, now: datetime) -> None:
    switch(tenant, subject, Purpose.TIPS, True, now)
    switch(tenant, subject, Purpose.TIPS, False, now)
    leave(tenant, Purpose.RESEARCH, now, email="nobody@example.com")
    subject.delete()
    preferences.forget(tenant=tenant, email=ANN, now=now)
    assert preferences.forget(tenant=tenant, email="nobody@example.com", now=now) == 1
    assert not PreferenceChange.objects.exists()
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS}
    assert queries.refused(tenant=tenant, email="nobody@example.com") == {Purpose.RESEARCH}
    kept = str(list(Suppression.objects.values()))
    assert "example.com" not in kept


def test_a_refusal_holds_against_a_consent_of_the_same_moment(tenant: Tenant, subject: User, now: datetime) -> None:
    """What two transactions leave that did not see each other: the consent is newer, the refusal stays listed."""
    leave(tenant, Purpose.TIPS, now)
    hashed = address_hash(tenant, ANN)
    PreferenceChange.objects.create(
        tenant=tenant, account=subject, address_hash=hashed, purpose="tips", given=True, how="page", at=now
    )
    assert on(tenant) == set()
    assert switch(tenant, subject, Purpose.TIPS, True, now), "the page's button mends it"
    assert on(tenant) == {Purpose.TIPS}


def test_a_consent_goes_with_the_account_that_gave_it(tenant: Tenant, subject: User, now: datetime) -> None:
    switch(tenant, subject, Purpose.TIPS, True, now)
    subject.email = "ann.new@example.com"
    subject.save()
    User.objects.create_user(ANN)  # somebody else has the address now
    assert on(tenant) == set()
    assert queries.switched_on(tenant=tenant, email="ann.new@example.com") == set(), "nobody asked under this one yet"
    assert queries.preference_history(tenant=tenant, account=subject).count() == 1


def test_the_signal_switches_sharing_off_once(tenant: Tenant, subject: User, now: datetime) -> None:
    switch(tenant, subject, Purpose.SHARING, True, now)
    switch(tenant, subject, Purpose.TRAINING, True, now)
    assert preferences.take_privacy_signal(tenant=tenant, account=subject, now=now)
    assert on(tenant) == {Purpose.TRAINING}
    switch(tenant, subject, Purpose.SHARING, True, now)
    assert not preferences.take_privacy_signal(tenant=tenant, account=subject, now=now)
    assert on(tenant) == {Purpose.TRAINING, Purpose.SHARING}, "what they switched on afterwards is their word"


@pytest.mark.parametrize("how", [ChangedBy.GPC, ChangedBy.ONE_CLICK])
def test_nothing_but_the_page_can_switch_on(tenant: Tenant, now: datetime, how: ChangedBy) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PreferenceChange.objects.create(
            tenant=tenant, address_hash="0" * 64, purpose="sharing", given=True, how=how, at=now
        )


def test_the_signal_cannot_be_recorded_twice(tenant: Tenant, subject: User, now: datetime) -> None:
    preferences.take_privacy_signal(tenant=tenant, account=subject, now=now)
    row = PreferenceChange.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_an_address_is_suppressed_once_for_a_purpose(tenant: Tenant, now: datetime) -> None:
    leave(tenant, Purpose.TIPS, now)
    row = Suppression.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_one_click_is_the_persons_own_history(tenant: Tenant, subject: User, outsider: User, now: datetime) -> None:
    switch(tenant, subject, Purpose.TIPS, True, now)
    leave(tenant, Purpose.TIPS, now)
    leave(tenant, Purpose.RESEARCH, now, email="otto@example.com")  # before Otto ever came to the page
    assert PreferenceChange.objects.get(how="one_click", purpose="tips").account == subject
    assert [change.purpose for change in queries.preference_history(tenant=tenant, account=outsider)] == ["research"]
    assert queries.preference_history(tenant=tenant, account=subject).count() == 2
