"""An answer is appealed against: once, to somebody else, and what is granted is done anew."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from dsar.actions import intake, review
from dsar.actions.appealing import asking, deciding
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.models import Outcome, RequestType, Restriction, Status, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor

WORDS = "My invoices of <b>2024</b> are missing."
COMPLAIN = "complain to a data protection authority"


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def page(subject_request: SubjectRequest) -> str:
    return f"/requests/{subject_request.reference}/"


def case(subject_request: SubjectRequest) -> str:
    return f"/desk/{subject_request.reference}/"


@pytest.fixture
def refused(waiting: SubjectRequest, reviewer: User) -> SubjectRequest:
    review.deny(waiting, reason="other", explanation="You asked before.", by=reviewer, now=timezone.now())
    return waiting


@pytest.fixture
def rob(tenant: Tenant) -> User:
    """Another reviewer."""
    user = account("rob@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return second_factor(user)


@pytest.fixture
def appeal(refused: SubjectRequest, subject: User) -> SubjectRequest:
    return asking.appeal(refused, words=WORDS, account=subject, language="en", now=timezone.now())


def test_a_refusal_is_appealed_against_once_from_its_page(ann: Client, refused: SubjectRequest) -> None:
    assert f"{page(refused)}appeal/" in text(ann, page(refused))
    assert COMPLAIN in text(ann, f"{page(refused)}appeal/")
    sent = ann.post(f"{page(refused)}appeal/", {"words": WORDS})
    filed = SubjectRequest.objects.get(type=RequestType.APPEAL)
    assert sent.headers["Location"] == f"{page(filed)}filed/"
    assert (filed.appeal_of, filed.question, filed.status) == (refused, WORDS, Status.AWAITING_REVIEW)
    assert filed.due_at - filed.received_at == timedelta(hours=48), "with clocks of its own"
    assert OutgoingEmail.objects.filter(kind="acknowledgement", text__contains=filed.reference).exists()
    assert ann.post(f"{page(refused)}appeal/", {"words": WORDS}).headers["Location"] == f"{page(filed)}filed/"
    again = ann.post(f"{page(refused)}appeal/", {"words": "And another thing."})
    told = unescape(again.content.decode())
    assert again.status_code == 409
    assert SubjectRequest.objects.filter(type=RequestType.APPEAL).count() == 1
    for said in ("You have asked once already", page(filed), COMPLAIN, "And another thing."):
        assert said in told
    for one, other in ((refused, filed), (filed, refused)):
        assert page(other) in text(ann, page(one)), "linked both ways"
    assert "Ask for another look" not in text(ann, page(refused))


@pytest.mark.thorough
@pytest.mark.parametrize("words", ["", "  ", "x" * 4_001])
def test_an_appeal_says_what_is_wrong(ann: Client, refused: SubjectRequest, words: str) -> None:
    assert ann.post(f"{page(refused)}appeal/", {"words": words}).status_code == 422
    assert not SubjectRequest.objects.filter(type=RequestType.APPEAL).exists()


@pytest.mark.thorough
def test_an_incomplete_answer_too_but_none_that_was_not_given(
    tenant: Tenant, ann: Client, released: SubjectRequest, subject: User
) -> None:
    assert "Ask for another look" in text(ann, page(released))
    asking.check(released)
    open_one = file(tenant, subject, RequestType.ENQUIRY)
    review.withdraw(open_one, by=subject, now=timezone.now())
    other = file(tenant, subject, RequestType.ENQUIRY, question="Still open?")
    for nothing in (open_one, other):
        assert "Ask for another look" not in text(ann, page(nothing))
        with pytest.raises(asking.NoAppealError):
            asking.check(nothing)
    SubjectRequest.objects.filter(pk=released.pk).update(texts_deleted_at=timezone.now())
    released.refresh_from_db()
    with pytest.raises(asking.NoAppealError, match="Ask again"):
        asking.check(released)


def test_nobody_decides_an_appeal_against_their_own_decision(
    rita: Client, reviewer: User, rob: User, appeal: SubjectRequest
) -> None:
    assert "Somebody else decides this" in text(rita, case(appeal))
    assert "decide_appeal" not in text(rita, case(appeal))
    with pytest.raises(OwnRequestError):
        deciding.decide(appeal, outcome="upheld", text="No.", by=reviewer, now=timezone.now())
    with pytest.raises(OwnRequestError):
        review.deny(appeal, reason="other", explanation="No.", by=reviewer, now=timezone.now())
    assert rita.post(f"{case(appeal)}appeal/", {"outcome": "upheld", "text": "No."}).status_code == 409
    appeal.refresh_from_db()
    assert appeal.status == Status.AWAITING_REVIEW
    assert browser(rob).post(f"{case(appeal)}appeal/", {"outcome": "upheld", "text": "No."}).status_code == 302


@pytest.mark.thorough
def test_an_answer_that_stands_says_why_and_where_to_complain(ann: Client, rob: User, appeal: SubjectRequest) -> None:
    robs = browser(rob)
    assert WORDS in text(robs, case(appeal))
    assert "You asked before." in text(robs, case(appeal)), "what it is against is read beside it"
    robs.post(f"{case(appeal)}appeal/", {"outcome": "upheld", "text": "They are <i>there</i>: page 3."})
    appeal.refresh_from_db()
    assert (appeal.status, appeal.outcome) == (Status.FULFILLED, Outcome.UPHELD)
    message = OutgoingEmail.objects.get(kind="appealed")
    for told in (text(ann, page(appeal)), message.text, unescape(message.html)):
        for said in ("Our answer stands", "They are <i>there</i>: page 3.", COMPLAIN):
            assert said in told
    assert "<i>" not in ann.get(page(appeal)).content.decode()
    assert AuditEvent.objects.get(verb="appeal.decided").facts == {"outcome": "upheld"}
    with pytest.raises(asking.NoAppealError, match="no appeal against that"):
        asking.check(appeal)
    assert "Ask for another look" not in text(ann, page(appeal))


def test_what_is_granted_is_filed_anew_as_it_was(ann: Client, rob: User, appeal: SubjectRequest) -> None:
    part = {"topics": ["Letters"], "first_day": None, "last_day": None}
    SubjectRequest.objects.filter(appeal=appeal).update(narrowing=part)
    robs = browser(rob)
    robs.post(f"{case(appeal)}appeal/", {"outcome": "granted", "text": "You are right."})
    appeal.refresh_from_db()
    anew = SubjectRequest.objects.get(granted_by=appeal)
    assert (anew.type, anew.status, anew.narrowing) == (RequestType.ACCESS, Status.FULFILLING, part)
    assert anew.received_at > appeal.received_at
    assert anew.steps.exists(), "it is being collected"
    for one, other in ((appeal, anew), (anew, appeal)):
        assert page(other) in text(ann, page(one))
        assert case(other) in text(robs, case(one))
    message = OutgoingEmail.objects.get(kind="appealed")
    assert page(anew) in message.text
    assert COMPLAIN in message.text


@pytest.mark.thorough
def test_what_was_asked_again_meanwhile_is_taken_for_it(
    tenant: Tenant, rob: User, appeal: SubjectRequest, subject: User
) -> None:
    meanwhile = file(tenant, subject)
    deciding.decide(appeal, outcome="granted", text="Yes.", by=rob, now=timezone.now())
    assert SubjectRequest.objects.get(granted_by=appeal) == meanwhile


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (RequestType.RESTRICTION, {"purposes": ("training",), "ground": "accuracy"}),
        (RequestType.ENQUIRY, {}),
        (RequestType.RECTIFICATION, {}),
    ],
)
def test_every_kind_is_filed_anew(
    tenant: Tenant, subject: User, reviewer: User, rob: User, kind: RequestType, more: dict[str, object]
) -> None:
    now = timezone.now()
    filing = intake.Filing(type=kind, email=subject.email, token="old", question="Why?", **more)  # type: ignore[arg-type]
    old = intake.file_request(tenant=tenant, filing=filing, account=subject, now=now)
    review.deny(old, reason="other", explanation="No.", by=reviewer, now=now)
    appeal = asking.appeal(old, words=WORDS, account=subject, language="en", now=now)
    deciding.decide(appeal, outcome="granted", text="Yes.", by=rob, now=now)
    anew = SubjectRequest.objects.get(granted_by=appeal)
    assert (anew.type, anew.question) == (kind, old.question)
    kept = [list(Restriction.objects.filter(subject_request=item).values("purpose", "ground")) for item in (old, anew)]
    assert kept[0] == kept[1]


@pytest.mark.thorough
def test_a_decision_lacks_nothing(rob: User, appeal: SubjectRequest) -> None:
    robs = browser(rob)
    for wrong in ({"outcome": "", "text": "Yes."}, {"outcome": "changed", "text": "Yes."}, {"outcome": "granted"}):
        assert robs.post(f"{case(appeal)}appeal/", wrong).status_code == 422
    for outcome, said in (("full", "Yes."), ("granted", " ")):
        with pytest.raises(deciding.AppealError):
            deciding.decide(appeal, outcome=outcome, text=said, by=rob, now=timezone.now())
    with pytest.raises(deciding.AppealError, match="no appeal"):
        deciding.decide(appeal.appeal_of, outcome="granted", text="Yes.", by=rob, now=timezone.now())  # type: ignore[arg-type]


@pytest.mark.thorough
def test_the_database_holds_one_appeal_an_answer(tenant: Tenant, subject: User, appeal: SubjectRequest) -> None:
    other = file(tenant, subject, RequestType.ENQUIRY)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubjectRequest.objects.filter(pk=other.pk).update(appeal_of=appeal.appeal_of)


def test_the_form_of_new_requests_offers_no_appeal(ann: Client, subject: User, tenant: Tenant) -> None:
    assert ann.post("/requests/new/", {"type": "appeal"}).status_code == 422
    with pytest.raises(intake.FilingError):
        file(tenant, subject, RequestType.APPEAL)
