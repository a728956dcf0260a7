"""From what is held to what is right, through the actions, on two real stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions import expiry, review
from dsar.actions.correcting import deciding, proposing
from dsar.actions.correcting.deciding import CorrectionError
from dsar.actions.correcting.files import read_proposals, write_proposals
from dsar.actions.correcting.proposing import ProposalError, propose, what_may_be_corrected
from dsar.actions.correcting.steps import correct
from dsar.actions.correcting.work import order_of, shown
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.actions.fulfilment.leases import claim, lease
from dsar.fulfilment.correcting.preview import Preview
from dsar.fulfilment.correcting.proposal import Proposal
from dsar.models import DisputeStatement, Outcome, RequestType, Status, StepKind, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import StepClock
from tests.dsar.correcting import change_contacts, contacts, crm_database, make_correctable
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


def test_each_line_tells_what_the_store_would_not_take(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    long = "Ann of a name as long as forty letters"
    preview = say(asked, subject, clock, {"Ann": long, "Annie": ""})
    problems = {(str(line.place), line.proposal): line.problem for line in preview.lines if line.problem}
    assert list(problems) == [("crm:contacts.full_name", 0), ("crm:contacts.full_name", 1)]
    assert "a rule on values" in problems["crm:contacts.full_name", 0]
    assert "may not be empty" in problems["crm:contacts.full_name", 1]
    assert not any(long in problem for problem in problems.values()), "a problem quotes no value"
    assert contacts(tenant)[0] == (1, "Ann"), "a try leaves nothing behind"
    assert rows(tenant, "select name from people where id = 0") == [("Ann",)]
    approve(asked, reviewer, clock, why="The address book cannot hold it.")
    assert rows(tenant, "select name from people where id = 0") == [(long,)]
    assert (asked.outcome, asked.explanation) == (Outcome.PARTIAL, "The address book cannot hold it.")


def test_what_is_not_known_is_filled_in_where_it_was_shown(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    say(asked, subject, clock, {"None": "+33 1", "30": "31"})
    approve(asked, reviewer, clock)
    assert rows(tenant, "select phone, age, typeof(age) from people order by id") == [
        ("+33 1", 31, "integer"),
        (None, 30, "integer"),
        (None, 30, "integer"),
    ]
    assert asked.outcome == Outcome.FULL


def test_nothing_of_it_rests_in_clear(
    asked: SubjectRequest,
    subject: User,
    reviewer: User,
    clock: StepClock,
    tenant: Tenant,
    caplog: pytest.LogCaptureFixture,
) -> None:
    say(asked, subject, clock, {"Ann": "CANARY-new"})
    approve(asked, reviewer, clock, {0}, why="Not there.")
    assert "CANARY-new" not in caplog.text
    assert "I married" not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select * from "{table}"')  # noqa: S608 - a table of the portal's own
            everything = str(cursor.fetchall())
            assert "CANARY-new" not in everything, table
            assert "I married" not in everything, table
    for path in Path(settings.STORAGE_URL.removeprefix("file://")).rglob("*"):
        assert not path.is_file() or b"CANARY-new" not in path.read_bytes()
    expiry.purge(now=clock())
    asked.refresh_from_db()
    assert asked.sealed_key is None


@pytest.mark.parametrize("statement", ["delete from contacts where id = 1", "update contacts set full_name = 'A.'"])
def test_a_row_that_is_gone_since_sends_everything_back_to_the_reviewer(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant, statement: str
) -> None:
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    change_contacts(tenant, statement)
    approve(asked, reviewer, clock)
    assert asked.status == Status.AWAITING_REVIEW
    assert OutgoingEmail.objects.filter(kind="review_needed", to=reviewer.email).count() == 2
    told = asked.steps.get(kind=StepKind.CORRECT, dataset="crm")
    assert (told.state, "0 rows hold the value" in told.error) == (StepState.CANCELLED, True)
    lines = {str(line.place): (line.rows, line.done) for line in seen(asked).lines}
    assert lines == {"app:people.name": (0, 1), "app:letters.signed": (1, 0)}
    with pytest.raises(ImpossibleMoveError, match="has begun"):
        review.withdraw(asked, by=subject, now=clock())
    asked.refresh_from_db()
    approve(asked, reviewer, clock)
    assert (asked.status, asked.outcome) == (Status.FULFILLED, Outcome.PARTIAL)


def test_a_value_that_nobody_holds_any_more_cannot_be_approved_and_is_not_disputed(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    change_contacts(tenant, "delete from contacts where id = 2")
    preview = say(asked, subject, clock, {"Annie": "Anna"})
    assert preview.lines == ()
    with pytest.raises(CorrectionError, match="Choose what is approved"):
        approve(asked, reviewer, clock)
    asked.refresh_from_db()
    review.deny(asked, reason="other", explanation="It is gone already.", by=reviewer, now=clock())
    assert not DisputeStatement.objects.exists()


def test_a_worker_that_dies_in_the_middle_writes_nothing_twice(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    preview = say(asked, subject, clock, {"Ann": "Ann Smith"})
    lines = {at for at, line in enumerate(preview.lines) if line.can_be_written}
    deciding.approve(asked, lines=lines, fingerprint=preview.fingerprint, explanation="", by=reviewer, now=clock())
    hold = claim(now=clock())
    assert hold is not None
    correct(hold, clock=clock)  # and the worker dies before it can say so
    assert rows(tenant, "select name from people where id = 0") == [("Ann Smith",)]
    clock.now += lease() + timedelta(seconds=1)
    work(clock)
    asked.refresh_from_db()
    assert (asked.status, contacts(tenant)[0]) == (Status.FULFILLED, (1, "Ann Smith"))


@pytest.mark.thorough
def test_a_store_that_is_down_is_named_and_nothing_is_approved(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    gone = crm_database(tenant)
    gone.rename(gone.with_suffix(".away"))
    preview = say(asked, subject, clock, {"Ann": "Ann Smith"})
    assert any("crm" in problem for problem in preview.problems)
    with pytest.raises(CorrectionError, match="could not be read"):
        approve(asked, reviewer, clock)
    asked.refresh_from_db()
    gone.with_suffix(".away").rename(gone)
    review.look_again(asked, by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    approve(asked, reviewer, clock)
    assert contacts(tenant)[0] == (1, "Ann Smith")


def test_what_was_seen_is_what_is_approved(
    asked: SubjectRequest, subject: User, reviewer: User, clock: StepClock, tenant: Tenant
) -> None:
    preview = say(asked, subject, clock, {"Ann": "Ann Smith"})
    change_contacts(tenant, "insert into contacts values (9, 'ann@example.com', 'Ann')")
    review.look_again(asked, by=reviewer, now=clock())
    work(clock)
    asked.refresh_from_db()
    with pytest.raises(CorrectionError, match="not the values that you saw"):
        deciding.approve(asked, lines={0}, fingerprint=preview.fingerprint, explanation="x", by=reviewer, now=clock())


def test_nobody_approves_their_own(asked: SubjectRequest, subject: User, clock: StepClock) -> None:
    preview = say(asked, subject, clock, {"Ann": "Ann Smith"})
    with pytest.raises(OwnRequestError):
        deciding.approve(asked, lines={0}, fingerprint=preview.fingerprint, explanation="x", by=subject, now=clock())


def test_a_second_proposal_is_refused_and_the_first_is_kept(
    asked: SubjectRequest, subject: User, clock: StepClock
) -> None:
    found = what_may_be_corrected(asked)
    assert found is not None
    say(asked, subject, clock, {"Ann": "Ann Smith"})
    first = order_of(asked).path
    with pytest.raises(ImpossibleMoveError):
        propose(asked, texts={0: "Anna"}, reason="No.", shown=found[1], by=subject, now=clock())
    assert order_of(asked).path == first


def test_a_reason_is_needed(asked: SubjectRequest, subject: User, clock: StepClock) -> None:
    found = what_may_be_corrected(asked)
    assert found is not None
    with pytest.raises(ProposalError, match="Say why"):
        propose(asked, texts={0: "Anna"}, reason=" ", shown=found[1], by=subject, now=clock())
    assert order_of(asked).proposed_at is None


def test_a_hash_in_a_row_tells_nothing_of_the_value(asked: SubjectRequest) -> None:
    found = what_may_be_corrected(asked)
    assert found is not None
    proposals = [Proposal(found[0][0], "Anna")]
    hashes = {write_proposals(asked, proposals, "Why.", None)[1] for _ in range(2)}
    assert len(hashes) == 2, "nobody can try values out"


def test_of_two_proposals_that_are_sent_at_once_one_is_taken(
    asked: SubjectRequest, subject: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = what_may_be_corrected(asked)
    assert found is not None

    def send(name: str) -> None:
        propose(asked, texts={0: name}, reason="So.", shown=found[1], by=subject, now=clock())

    def in_between(*args: Any) -> tuple[str, str]:
        monkeypatch.undo()
        send("Anna")
        return write_proposals(*args)

    monkeypatch.setattr(proposing, "write_proposals", in_between)
    with pytest.raises(ImpossibleMoveError, match="already"):
        send("Anne")
    assert read_proposals(asked, order_of(asked)).proposals[0].after == "Anna"
    assert asked.steps.filter(kind=StepKind.PREVIEW, state=StepState.READY).count() == 1
