"""How corrections end: with a store left out, with words that stay, or with nothing said at all."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import OutgoingEmail, Tenant, User
from dsar import payloads
from dsar.actions import expiry, review
from dsar.actions.correcting import disputes
from dsar.actions.correcting.deciding import CorrectionError
from dsar.actions.correcting.lapsing import lapse
from dsar.actions.delivery.releasing import ReleaseError, release
from dsar.actions.erasing.forgetting import forget_person
from dsar.actions.fulfilment.leases import MOST_ATTEMPTS
from dsar.models import DisputeStatement, Outcome, RequestType, Status, SubjectRequest
from tests.dsar.conftest import StepClock, account
from tests.dsar.correcting import contacts, crm_database, make_correctable
from tests.dsar.erasing import rows
from tests.dsar.seconding import decides_alone
from tests.dsar.test_the_way_of_a_correction import approve, say
from tests.dsar.test_the_way_of_a_request import file_access, unpack, work


@pytest.fixture(autouse=True)
def _correctable(tenant: Tenant) -> None:
    make_correctable(tenant)


@pytest.fixture
def asked(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    subject_request.refresh_from_db()
    return subject_request


def test_a_refused_correction_goes_with_every_later_bundle_until_its_time_is_over(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    review.deny(asked, reason="other", explanation="We checked it.", by=reviewer, now=clock())
    expiry.purge(now=clock())
    files = unpack(_released(tenant, subject, reviewer, clock, "a1"), subject, clock)
    (told,) = json.loads(files["manifest.json"])["disputes"]
    assert told["words"] == "I married."
    place = {"dataset": "app", "collection": "people", "field": "name"}
    assert told["values"] == [{**place, "held": "Ann", "proposed": "Ann Smith"}]
    assert "I married." in files["index.html"].decode()
    other = _released(tenant, account("bob@example.com"), reviewer, clock, "b1")
    assert disputes.of_person(other, now=clock()) == ()
    assert len(disputes.of_person(asked, now=clock())) == 1
    over = clock() + timedelta(days=730)
    assert disputes.of_person(asked, now=over) == (), "even before it is purged"
    expiry.purge(now=over)
    statement = DisputeStatement.objects.get()
    assert (statement.sealed_key, statement.purged_at is None) == (None, False)
    assert disputes.of_person(asked, now=clock()) == ()


def _released(tenant: Tenant, user: User, reviewer: User, clock: StepClock, token: str) -> SubjectRequest:
    subject_request = file_access(tenant, user, clock(), token=token)
    work(clock)
    subject_request.refresh_from_db()
    release(subject_request, by=reviewer, now=clock())
    return subject_request


def test_who_says_nothing_is_reminded_twice_and_then_it_ends(
    asked: SubjectRequest, subject: User, clock: StepClock, tenant: Tenant
) -> None:
    start = clock()
    for days in (1, 4, 5, 11, 13):
        assert lapse(now=start + timedelta(days=days)) == 0
    assert OutgoingEmail.objects.filter(kind="correction_asked").count() == 3
    assert lapse(now=start + timedelta(days=14)) == 1
    asked.refresh_from_db()
    assert (asked.status, asked.pauses.filter(ended_at=None).count()) == (Status.DENIED, 0)
    assert "Nothing was changed" in asked.explanation
    assert lapse(now=start + timedelta(days=15)) == 0
    assert not DisputeStatement.objects.exists()


def test_who_has_said_something_is_not_closed(asked: SubjectRequest, subject: User, clock: StepClock) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    assert lapse(now=clock() + timedelta(days=30)) == 0


def give_up(clock: StepClock) -> None:
    """Let a worker try as often as it does."""
    for _ in range(MOST_ATTEMPTS):
        clock.now += timedelta(hours=1)
        work(clock)


def test_a_store_that_fails_can_be_left_out_and_the_person_is_told(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    gone = crm_database(tenant)
    gone.rename(gone.with_suffix(".away"))
    approve(asked, reviewer, clock)
    give_up(clock)
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_RELEASE
    assert rows(tenant, "select name from people where id = 0") == [("Ann Smith",)]
    with pytest.raises(ReleaseError):
        release(asked, by=reviewer, now=clock())
    decides_alone(tenant)
    review.record_exception(asked, dataset="crm", reason="It was sold.", by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    assert (asked.status, asked.outcome, asked.explanation) == (Status.FULFILLED, Outcome.PARTIAL, "It was sold.")
    assert DisputeStatement.objects.count() == 1, "the old value stands there"


def test_a_store_that_fails_is_tried_again(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    gone = crm_database(tenant)
    gone.rename(gone.with_suffix(".away"))
    approve(asked, reviewer, clock)
    give_up(clock)
    gone.with_suffix(".away").rename(gone)
    asked.refresh_from_db()
    review.retry(asked, by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    assert (asked.status, contacts(tenant)[0]) == (Status.FULFILLED, (1, "Ann Smith"))


def test_nothing_is_written_while_the_person_is_erased(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    erasure = file_access(tenant, subject, clock(), RequestType.ERASURE, "e1")
    SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.FULFILLING)
    with pytest.raises(CorrectionError, match="of the same person is under way"):
        approve(asked, reviewer, clock)


def test_an_erasure_of_the_person_ends_what_they_said(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    review.deny(asked, reason="other", explanation="We checked it.", by=reviewer, now=clock())
    path = DisputeStatement.objects.get().path
    assert payloads.storage().size(path) > 0
    erasure = file_access(tenant, subject, clock(), RequestType.ERASURE, "e1")
    with transaction.atomic():
        forget_person(erasure, now=clock())
    assert DisputeStatement.objects.get().sealed_key is None
    with pytest.raises(FileNotFoundError):
        payloads.storage().size(path)
