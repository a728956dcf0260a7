"""What takes two people: proposed by one, confirmed by another, of the case as it was seen, or not done at all."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.audit import SYSTEM
from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from accounts.team import remove_member
from dsar import queries
from dsar.actions import review
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.actions.previewing import PreviewError
from dsar.actions.seconding import confirming, proposing, standing
from dsar.actions.seconding.proposing import ProposalError
from dsar.models import (
    Decision,
    ErasureOrder,
    Policy,
    Proposal,
    RequestType,
    Status,
    StepState,
    SubjectRequest,
)
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import account
from tests.dsar.seconding import approver
from tests.dsar.views.conftest import browser, collect, file, pack, second_factor
from tests.dsar.views.test_erasing import SHOWN, look

EXCESSIVE = {"reason": "too_many_requests", "explanation": "It is the ninth this week."}


@pytest.fixture
def amir(tenant: Tenant) -> User:
    return approver(tenant)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def erasure(tenant: Tenant, subject: User) -> SubjectRequest:
    """A deletion of three rows, where three are much."""
    Policy.objects.create(tenant=tenant, two_from_rows=3)
    tenant.refresh_from_db()
    asked = file(tenant, subject, RequestType.ERASURE)
    look(asked)
    return asked


@pytest.fixture
def failed(waiting: SubjectRequest) -> SubjectRequest:
    waiting.steps.filter(kind="collect", dataset="app").update(state=StepState.FAILED, error="app: no such table")
    waiting.steps.filter(kind="pack").delete()
    return waiting


def fingerprint(subject_request: SubjectRequest) -> str:
    return standing.fingerprint_now(subject_request, "erasure")


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_related("by", "subject_request__tenant").get(pk=proposal.pk)


def proposed(made: Proposal | None) -> Proposal:
    assert made is not None
    return fresh(made)


def verbs(subject_request: SubjectRequest) -> list[str]:
    events = AuditEvent.objects.filter(target_type="subjectrequest", target_id=subject_request.pk)
    return [verb for verb in events.order_by("sequence").values_list("verb", flat=True) if "proposal" in verb]


def test_much_is_erased_once_a_second_person_has_confirmed_it(
    erasure: SubjectRequest, reviewer: User, amir: User, now: datetime
) -> None:
    proposal = proposed(review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure)))
    erasure.refresh_from_db()
    assert erasure.status == Status.AWAITING_REVIEW
    assert ErasureOrder.objects.get().approved_at is None
    assert OutgoingEmail.objects.get(kind="proposal_made").to == amir.email
    confirming.confirm(proposal, fingerprint=proposal.fingerprint, by=amir, now=now)
    erasure.refresh_from_db()
    assert erasure.status == Status.FULFILLING
    assert ErasureOrder.objects.get().approved == proposal.fingerprint
    decision = Decision.objects.get(kind="approve")
    assert (decision.by, decision.second) == (reviewer, amir)
    assert verbs(erasure) == ["proposal.made", "proposal.confirmed"]
    assert OutgoingEmail.objects.get(kind="proposal_ended").to == reviewer.email


def test_little_is_erased_by_one(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    asked = file(tenant, subject, RequestType.ERASURE)
    look(asked)
    assert review.approve(asked, by=reviewer, now=now, fingerprint=fingerprint(asked)) is None
    assert asked.status == Status.FULFILLING


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rules", "needs"),
    [
        ({"two_from_rows": 3}, True),
        ({"two_from_rows": 4, "two_from_collections": 1}, True),
        ({"two_from_rows": 4, "two_from_collections": 2}, False),
        ({"two_from_rows": 3, "two_for_erasure": False}, False),
    ],
)
def test_what_is_much_the_policy_says(
    tenant: Tenant, subject: User, reviewer: User, now: datetime, rules: dict[str, Any], needs: bool
) -> None:
    Policy.objects.create(tenant=tenant, **rules)
    tenant.refresh_from_db()
    asked = file(tenant, subject, RequestType.ERASURE)
    look(asked)
    made = review.approve(asked, by=reviewer, now=now, fingerprint=fingerprint(asked))
    assert (made is not None) == needs


@pytest.mark.thorough
def test_nothing_is_proposed_that_could_not_be_done(erasure: SubjectRequest, reviewer: User, now: datetime) -> None:
    with pytest.raises(PreviewError, match="not the rows that you saw"):
        review.approve(erasure, by=reviewer, now=now, fingerprint="f" * 64)
    with pytest.raises(review.ReviewError):
        review.deny(erasure, reason="too_many_requests", explanation=" ", by=reviewer, now=now)
    SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.WITHDRAWN, closed_at=now)
    erasure.refresh_from_db()
    with pytest.raises(ImpossibleMoveError):
        review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure))
    with pytest.raises(ImpossibleMoveError):
        review.deny(erasure, **EXCESSIVE, by=reviewer, now=now)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("ground", "needs"), [("too_many_requests", True), ("suspected_fraud", True), ("other", False), ("no_match", False)]
)
def test_a_refusal_as_excessive_takes_two(
    waiting: SubjectRequest, reviewer: User, amir: User, now: datetime, ground: str, needs: bool
) -> None:
    made = review.deny(waiting, reason=ground, explanation="So it is.", by=reviewer, now=now)
    assert (made is not None) == needs
    assert (waiting.status == Status.DENIED) != needs
    assert OutgoingEmail.objects.filter(kind="denied").exists() != needs
    if made is not None:
        confirming.confirm(proposed(made), fingerprint=made.fingerprint, by=amir, now=now)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.denial_reason, waiting.explanation) == (Status.DENIED, ground, "So it is.")


def test_an_exception_takes_two(failed: SubjectRequest, reviewer: User, amir: User, now: datetime) -> None:
    made = proposed(review.record_exception(failed, dataset="app", reason="Rebuilt.", by=reviewer, now=now))
    assert queries.open_failures(failed)
    confirming.confirm(made, fingerprint=made.fingerprint, by=amir, now=now)
    failed.refresh_from_db()
    assert failed.status == Status.FULFILLING
    assert Decision.objects.get(kind="exception").reason == "Rebuilt."


def test_the_second_is_neither_the_first_nor_the_person_nor_without_the_role(
    tenant: Tenant, waiting: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    colleague = account("rolf@acme.example")
    Membership.objects.create(user=colleague, tenant=tenant, role=Role.REVIEWER)
    for user in (reviewer, subject):
        Membership.objects.create(user=user, tenant=tenant, role=Role.APPROVER)
    for who, error in ((reviewer, ProposalError), (subject, OwnRequestError), (colleague, ProposalError)):
        with pytest.raises(error):
            confirming.confirm(fresh(made), fingerprint=made.fingerprint, by=who, now=now)
        with pytest.raises(error):
            confirming.refuse(fresh(made), reason="No.", by=who, now=now)
    waiting.refresh_from_db()
    assert (waiting.status, fresh(made).ended_at) == (Status.AWAITING_RELEASE, None)


@pytest.mark.thorough
def test_an_approver_of_another_tenant_is_none_here(waiting: SubjectRequest, reviewer: User, now: datetime) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@other.example")
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    with pytest.raises(ProposalError):
        confirming.confirm(made, fingerprint=made.fingerprint, by=approver(other), now=now)


def test_of_two_who_confirm_at_once_one_does_it(
    waiting: SubjectRequest, reviewer: User, amir: User, tenant: Tenant, now: datetime
) -> None:
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    late = fresh(made)  # read before the other has confirmed
    confirming.confirm(made, fingerprint=made.fingerprint, by=amir, now=now)
    with pytest.raises(ProposalError, match="Somebody has just ended"):
        confirming.confirm(late, fingerprint=made.fingerprint, by=approver(tenant, "eve@acme.example"), now=now)
    assert Decision.objects.filter(kind="deny").count() == 1
    assert OutgoingEmail.objects.filter(kind="denied").count() == 1
    assert fresh(made).ended_by == amir


def test_the_database_lets_nobody_confirm_their_own(waiting: SubjectRequest, reviewer: User, now: datetime) -> None:
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    with pytest.raises(IntegrityError, match="proposal_of_two_people"), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(ended_at=now, ended_by=reviewer, end="confirmed")


@pytest.mark.thorough
def test_refused_it_goes_back_with_the_reason(
    waiting: SubjectRequest, reviewer: User, amir: User, now: datetime
) -> None:
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    with pytest.raises(ProposalError):
        confirming.refuse(made, reason=" ", by=amir, now=now)
    confirming.refuse(made, reason="Nine a week are not too many.", by=amir, now=now)
    waiting.refresh_from_db()
    assert waiting.status == Status.AWAITING_RELEASE
    message = OutgoingEmail.objects.get(kind="proposal_ended")
    assert "Nine a week are not too many." in message.text
    assert verbs(waiting) == ["proposal.made", "proposal.refused"]
    assert not OutgoingEmail.objects.filter(kind="denied").exists()


@pytest.mark.thorough
def test_only_the_first_takes_it_back(waiting: SubjectRequest, reviewer: User, amir: User, now: datetime) -> None:
    made = proposed(review.deny(waiting, **EXCESSIVE, by=reviewer, now=now))
    with pytest.raises(ProposalError):
        proposing.take_back(fresh(made), by=amir, now=now)
    proposing.take_back(made, by=reviewer, now=now)
    with pytest.raises(ProposalError):
        confirming.confirm(fresh(made), fingerprint=made.fingerprint, by=amir, now=now)
    assert verbs(waiting) == ["proposal.made", "proposal.withdrawn"]


@pytest.mark.thorough
def test_it_is_proposed_once(waiting: SubjectRequest, reviewer: User, now: datetime) -> None:
    review.deny(waiting, **EXCESSIVE, by=reviewer, now=now)
    with pytest.raises(ProposalError, match="proposed already"):
        review.deny(waiting, **EXCESSIVE, by=reviewer, now=now)


def looked_at_again(erasure: SubjectRequest, reviewer: User, now: datetime) -> None:
    review.look_again(erasure, by=reviewer, now=now)


def other_rows_found(erasure: SubjectRequest, reviewer: User, now: datetime) -> None:
    review.look_again(erasure, by=reviewer, now=now)
    more = ["app", "old_emails", {"rows": [["delete", "", 1]], "rows_digest": "0c", "rule": {}}]
    look(erasure, {**SHOWN, "parts": [*SHOWN["parts"], more]})  # type: ignore[misc]


def taken_back(erasure: SubjectRequest, reviewer: User, now: datetime) -> None:
    assert erasure.account is not None
    review.withdraw(erasure, by=erasure.account, now=now)


def left_the_team(erasure: SubjectRequest, reviewer: User, now: datetime) -> None:
    remove_member(tenant=erasure.tenant, email=reviewer.email, role=Role.REVIEWER, by=SYSTEM, at=now)


@pytest.mark.thorough
@pytest.mark.parametrize("change", [looked_at_again, other_rows_found, taken_back, left_the_team])
def test_it_is_void_once_the_case_has_changed(
    erasure: SubjectRequest, reviewer: User, amir: User, now: datetime, change: Any
) -> None:
    made = proposed(review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure)))
    assert standing.void_stale(now=now) == 0
    change(erasure, reviewer, now)
    before = SubjectRequest.objects.get(pk=erasure.pk).status
    with pytest.raises(ProposalError, match="void"):
        confirming.confirm(fresh(made), fingerprint=made.fingerprint, by=amir, now=now)
    assert SubjectRequest.objects.get(pk=erasure.pk).status == before
    assert ErasureOrder.objects.get().approved_at is None
    assert fresh(made).end == "void"
    assert "void" in OutgoingEmail.objects.get(kind="proposal_ended").subject


@pytest.mark.thorough
def test_beat_ends_what_is_void_and_a_new_proposal_can_be_made(
    erasure: SubjectRequest, reviewer: User, now: datetime
) -> None:
    made = proposed(review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure)))
    other_rows_found(erasure, reviewer, now)
    assert standing.void_stale(now=now) == 1
    assert standing.void_stale(now=now) == 0
    assert verbs(erasure) == ["proposal.made", "proposal.void"]
    again = proposed(review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure)))
    assert again.fingerprint != made.fingerprint


@pytest.mark.thorough
def test_another_failure_of_the_store_is_another_exception(
    failed: SubjectRequest, reviewer: User, amir: User, now: datetime
) -> None:
    made = proposed(review.record_exception(failed, dataset="app", reason="Rebuilt.", by=reviewer, now=now))
    failed.steps.filter(dataset="app", state=StepState.FAILED).update(error="app: permission denied")
    with pytest.raises(ProposalError, match="void"):
        confirming.confirm(made, fingerprint=made.fingerprint, by=amir, now=now)
    assert not Decision.objects.exists()


def test_what_was_seen_is_what_is_confirmed(erasure: SubjectRequest, reviewer: User, amir: User, now: datetime) -> None:
    made = proposed(review.approve(erasure, by=reviewer, now=now, fingerprint=fingerprint(erasure)))
    with pytest.raises(ProposalError, match="not what you saw"):
        confirming.confirm(made, fingerprint="0" * 64, by=amir, now=now)
    assert fresh(made).ended_at is None


def test_the_queue_knows_what_waits_for_a_second_person(
    tenant: Tenant, waiting: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    pack(collect(file(tenant, account("bob@example.com"), email="bob@example.com")))
    review.deny(waiting, **EXCESSIVE, by=reviewer, now=now)
    flagged = queries.queue(tenant).filter(queries.WAITS_FOR_SECOND)
    assert [item.pk for item in flagged] == [waiting.pk]
    SubjectRequest.objects.filter(pk=waiting.pk).update(status=Status.FULFILLING)
    assert not flagged.all().exists(), "it is void then"


# The pages


def case(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/desk/{subject_request.reference}/{page}"


def test_the_way_of_a_deletion_over_the_pages(erasure: SubjectRequest, rita: Client, ann: Client, amir: User) -> None:
    page = rita.get(case(erasure)).content.decode()
    assert "Propose this deletion" in page
    assert "Approve this deletion" not in page
    said = rita.post(case(erasure, "approve/"), {"fingerprint": fingerprint(erasure)}, follow=True).content.decode()
    assert "A second person has been asked" in said
    assert "Propose this deletion" not in said
    assert "Confirm this deletion" not in said, "not one's own"
    assert "Withdraw the proposal" in said
    own = ann.get(f"/requests/{erasure.reference}/").content.decode()
    assert "With the privacy team" in own
    assert not [word for word in ("propos", "second person", amir.email) if word in own.casefold()]
    second = browser(second_factor(amir))
    page = second.get(case(erasure)).content.decode()
    found = re.search(r'action="([^"]+/confirm/)"', page)
    assert found
    fingerprints = set(re.findall(r'name="fingerprint" value="([0-9a-f]{64})"', page))
    assert fingerprints == {fingerprint(erasure)}
    assert rita.post(found[1], {"fingerprint": fingerprint(erasure)}).status_code == 403
    done = second.post(found[1], {"fingerprint": fingerprint(erasure)}, follow=True).content.decode()
    assert "Confirmed. It is done." in done
    assert f"confirmed by {amir.email}" in done
    assert second.post(found[1], {"fingerprint": fingerprint(erasure)}).status_code == 409


@pytest.mark.thorough
def test_it_is_sent_back_with_a_reason_that_stays_typed(
    waiting: SubjectRequest, rita: Client, reviewer: User, amir: User
) -> None:
    page = rita.get(case(waiting)).content.decode()
    assert "a second person has to confirm the refusal" in page
    rita.post(case(waiting, "deny/"), EXCESSIVE)
    second = browser(second_factor(amir))
    page = second.get(case(waiting)).content.decode()
    assert "It is the ninth this week." in page
    assert "Too many requests" in page
    found = re.search(r'action="([^"]+/refuse/)"', page)
    assert found
    assert second.post(found[1], {"second-reason": " "}).status_code == 422
    said = second.post(found[1], {"second-reason": "Nine are few."}, follow=True).content.decode()
    assert "Not confirmed. Your colleague has been told why." in said
    assert "Nine are few." in rita.get(case(waiting)).content.decode()


@pytest.mark.thorough
def test_the_first_withdraws_on_the_case(waiting: SubjectRequest, rita: Client) -> None:
    rita.post(case(waiting, "deny/"), EXCESSIVE)
    page = rita.get(case(waiting)).content.decode()
    assert "Nobody can confirm this" in page, "there is no approver"
    found = re.search(r'action="([^"]+/withdraw/)"', page)
    assert found
    assert "Withdrawn. Nothing was done." in rita.post(found[1], follow=True).content.decode()


@pytest.mark.thorough
def test_a_proposal_is_found_under_its_own_request_only(waiting: SubjectRequest, rita: Client, tenant: Tenant) -> None:
    rita.post(case(waiting, "deny/"), EXCESSIVE)
    other = file(tenant, None, email="bob@example.com")
    page = case(other, f"second/{Proposal.objects.get().pk}/withdraw/")
    assert rita.post(page).status_code == 404
