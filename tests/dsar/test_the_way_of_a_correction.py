"""From what is held to what is right, through the actions, on two real stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions.correcting import deciding
from dsar.actions.correcting.proposing import propose, what_may_be_corrected
from dsar.actions.correcting.work import shown
from dsar.fulfilment.correcting.preview import Preview
from dsar.models import DisputeStatement, Outcome, RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.correcting import contacts, make_correctable
from tests.dsar.erasing import others, rows
from tests.dsar.test_the_way_of_a_request import file_access, work


@pytest.fixture(autouse=True)
def _correctable(tenant: Tenant) -> None:
    make_correctable(tenant)


@pytest.fixture
def asked(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = file_access(tenant, subject, clock(), RequestType.RECTIFICATION)
    work(clock)
    subject_request.refresh_from_db()
    return subject_request


def say(subject_request: SubjectRequest, subject: User, clock: StepClock, right: Mapping[str, str]) -> Preview:
    """Propose, by the values that are held; return what the reviewer sees."""
    found = what_may_be_corrected(subject_request)
    assert found is not None
    facts, sha256 = found
    texts = {at: right[str(fact.value)] for at, fact in enumerate(facts) if str(fact.value) in right}
    assert len(texts) == len(right)
    propose(subject_request, texts=texts, reason="I married.", shown=sha256, by=subject, now=clock())
    work(clock)
    subject_request.refresh_from_db()
    return seen(subject_request)


def seen(subject_request: SubjectRequest) -> Preview:
    preview = shown(list(subject_request.steps.all()))
    assert preview is not None
    return preview


def approve(
    subject_request: SubjectRequest, reviewer: User, clock: StepClock, lines: set[int] | None = None, why: str = ""
) -> None:
    preview = seen(subject_request)
    chosen = {at for at, line in enumerate(preview.lines) if line.can_be_written} if lines is None else lines
    deciding.approve(
        subject_request, lines=chosen, fingerprint=preview.fingerprint, explanation=why, by=reviewer, now=clock()
    )
    work(clock)
    subject_request.refresh_from_db()


def test_the_person_is_shown_each_value_once_and_the_clock_waits(asked: SubjectRequest, subject: User) -> None:
    found = what_may_be_corrected(asked)
    assert found is not None
    told = [(fact.meaning, fact.value, str(fact.place)) for fact in found[0]]
    assert told == [
        ("user.name", "Ann", "app:people.name"),
        ("user.contact.phone_number", None, "app:people.phone"),
        ("user.demographic", 30, "app:people.age"),
        ("user.name", "Annie", "crm:contacts.full_name"),
    ]
    assert asked.status == Status.AWAITING_REVIEW
    assert asked.pauses.filter(ended_at=None).count() == 1
    assert OutgoingEmail.objects.filter(kind="correction_asked", to=subject.email).count() == 1
    assert not OutgoingEmail.objects.filter(kind="review_needed").exists()


def test_what_is_approved_is_written_everywhere_and_nothing_else(
    tenant: Tenant, asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock
) -> None:
    before = others(tenant)
    clock.now += timedelta(hours=5)
    preview = say(asked, subject, clock, {"Ann": "Ann Smith"})
    told = [(str(line.place), line.rows, bool(line.stays), line.problem) for line in preview.lines]
    assert told == [
        ("app:people.name", 1, False, ""),
        ("app:letters.signed", 1, True, ""),
        ("crm:contacts.full_name", 1, False, ""),
    ]
    assert asked.due_at - asked.received_at > timedelta(hours=52), "the clock stood still while the person was asked"
    approve(asked, reviewer, clock)
    assert rows(tenant, "select name, phone, age from people where id = 0") == [("Ann Smith", None, 30)]
    assert contacts(tenant) == [(1, "Ann Smith"), (2, "Annie"), (3, "Ann")], "Bob's contact has the same name"
    assert rows(tenant, "select signed from letters where id = 1") == [("Ann",)], "nobody said that it may be corrected"
    assert others(tenant) == before
    assert (asked.status, asked.outcome) == (Status.FULFILLED, Outcome.PARTIAL)
    kinds = [(step.kind, step.dataset, step.state) for step in asked.steps.order_by("pk")]
    assert kinds == [
        (StepKind.PREVIEW, "", StepState.DONE),
        (StepKind.PREVIEW, "", StepState.DONE),
        (StepKind.CORRECT, "app", StepState.DONE),
        (StepKind.CORRECT, "crm", StepState.DONE),
        (StepKind.VERIFY, "", StepState.DONE),
        (StepKind.PACK, "", StepState.DONE),
    ]
    assert OutgoingEmail.objects.filter(kind="corrected", to=subject.email).count() == 1
    assert not DisputeStatement.objects.exists()
