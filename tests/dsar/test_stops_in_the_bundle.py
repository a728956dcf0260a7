"""Whoever has every use stopped still gets their own copy, and in it what is stopped."""

from __future__ import annotations

from accounts.addresses import address_hash
from accounts.models import Tenant, User
from dsar.actions import review
from dsar.actions.delivery.releasing import release
from dsar.actions.restricting import running
from dsar.models import RequestType, Status
from tests.dsar.conftest import StepClock
from tests.dsar.stopping import EVERYTHING, stopped
from tests.dsar.test_preferences_in_the_bundle import ANN, rows
from tests.dsar.test_the_way_of_a_request import file_access, unpack, work


def test_their_own_copy_is_never_stopped(
    tenant: Tenant, subject: User, outsider: User, reviewer: User, clock: StepClock
) -> None:
    for person in (subject, outsider):
        stopped(tenant, person, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    subject_request = file_access(tenant, subject, clock(), RequestType.ACCESS, token="mine")
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_RELEASE
    release(subject_request, by=reviewer, now=clock())
    files = unpack(subject_request, subject, clock)
    (row,) = rows(files, "dsar_restriction")
    assert (row["purpose"], row["ground"], row["ended_at"]) == ("", "unlawful", None)
    assert row["since"]
    assert address_hash(tenant, ANN).encode() not in b"".join(files.values())
    assert b"Ann" in files["data/app/people.jsonl"]


def test_a_question_is_answered_all_the_same(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    asked = file_access(tenant, subject, clock(), RequestType.ENQUIRY, token="question")
    review.answer(asked, text="Yes.", by=reviewer, now=clock())
    assert tenant.emails.filter(kind="answered", to=ANN).exists()
