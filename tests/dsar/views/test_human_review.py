"""A decision that a computer made is looked at by a person: from the form to the queue, the answer and the email."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import queries
from dsar.actions import intake, review, warnings
from dsar.models import Decision, Gate, Outcome, Policy, RequestType, Status, SubjectRequest
from tests.dsar.views.conftest import file, mailed_code, token_of

pytestmark = pytest.mark.thorough

NEW = "/requests/new/"
PAGE = f"{NEW}dispute/"
SAID = {
    "decision": "My API keys were <b>locked</b>.",
    "decided": "On 3 March",
    "disputed": "The calls were a test of yours.",
    "wanted": "Unlock them.",
}
WRITTEN = (
    "The decision:\nMy API keys were <b>locked</b>.\n\nMade:\nOn 3 March\n\n"
    "What is wrong with it:\nThe calls were a test of yours.\n\nWhat should happen instead:\nUnlock them."
)
REPLY = {"outcome": "changed", "text": "Rita <i>looked</i>: it was our own test."}
COMPLAIN = "complain to a data protection authority"


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def send(client: Client) -> SubjectRequest:
    client.post(f"{NEW}check/", {"token": token_of(client.get(f"{NEW}check/"))})
    return SubjectRequest.objects.latest("pk")


@pytest.fixture
def disputed(tenant: Tenant, subject: User) -> SubjectRequest:
    return file(tenant, subject, RequestType.HUMAN_REVIEW, question=WRITTEN)


def test_it_is_offered_and_asked_on_a_page_of_its_own(ann: Client) -> None:
    assert f"{NEW}?type=human_review" in text(ann, "/rights/")
    assert ann.post(NEW, {"type": "human_review"}).headers["Location"] == PAGE
    assert ann.post(PAGE, SAID).headers["Location"] == f"{NEW}check/"
    assert WRITTEN in text(ann, f"{NEW}check/")
    assert b"<b>locked</b>" not in ann.get(f"{NEW}check/").content
    filed = send(ann)
    assert (filed.type, filed.question, filed.status) == (RequestType.HUMAN_REVIEW, WRITTEN, Status.AWAITING_REVIEW)
    assert not filed.steps.exists(), "nothing is collected"
    assert OutgoingEmail.objects.filter(kind="acknowledgement", to="ann@example.com").exists()


def test_somebody_without_an_account_can_ask_too(anonymous: Client, rita: Client) -> None:
    anonymous.post(NEW, {"type": "human_review"})
    assert anonymous.post(PAGE, SAID).headers["Location"] == f"{NEW}who/"
    anonymous.post(f"{NEW}who/", {"email": "ann@example.com"})
    filed = send(anonymous)
    assert filed.status == Status.AWAITING_VERIFICATION
    anonymous.post(f"/requests/confirm/{filed.reference}/", {"code": mailed_code()})
    filed.refresh_from_db()
    assert filed.status == Status.AWAITING_REVIEW
    assert rita.post(f"/desk/{filed.reference}/conclude/", REPLY).status_code == 302
    assert OutgoingEmail.objects.get(kind="reviewed").to == "ann@example.com"


def test_what_is_optional_can_be_left_out(ann: Client) -> None:
    ann.post(NEW, {"type": "human_review"})
    ann.post(PAGE, {"decision": "A price.", "disputed": "It is too high."})
    assert send(ann).question == "The decision:\nA price.\n\nWhat is wrong with it:\nIt is too high."


@pytest.mark.parametrize(
    "lacking",
    [
        {"decision": ""},
        {"disputed": "  "},
        {"decision": "x" * 501},
        {"decided": "x" * 201},
        {"disputed": "x" * 3001},
        {"wanted": "x" * 1001},
        {"disputed": "a\x00b"},
    ],
)
def test_what_lacks_is_said_and_nothing_typed_is_lost(ann: Client, lacking: dict[str, str]) -> None:
    ann.post(NEW, {"type": "human_review"})
    refused = ann.post(PAGE, SAID | lacking)
    assert refused.status_code == 422
    assert b"error-summary" in refused.content
    typed = (SAID | lacking)["disputed" if "decision" in lacking else "decision"]
    assert typed in unescape(refused.content.decode())
    assert ann.get(f"{NEW}check/").headers["Location"] == PAGE


def test_all_that_the_form_takes_can_be_filed(ann: Client) -> None:
    ann.post(NEW, {"type": "human_review"})
    most = {"decision": 500, "decided": 200, "disputed": 3_000, "wanted": 1_000}
    ann.post(PAGE, {name: "ä" * length for name, length in most.items()})
    assert send(ann).question.count("ä") == sum(most.values())


def test_going_back_and_choosing_something_else_keeps_both(ann: Client) -> None:
    ann.post(NEW, {"type": "human_review"})
    ann.post(PAGE, SAID)
    ann.post(NEW, {"type": "enquiry"})
    assert ann.get(f"{NEW}check/").headers["Location"] == f"{NEW}question/", "a dispute is no question"
    assert SAID["disputed"] not in text(ann, f"{NEW}question/")
    ann.post(NEW, {"type": "human_review"})
    for said in SAID.values():
        assert said in text(ann, PAGE)


@pytest.mark.parametrize("before", [{}, {"type": "access"}, {"type": "enquiry"}])
def test_the_page_belongs_to_its_type(ann: Client, before: dict[str, str]) -> None:
    if before:
        ann.post(NEW, before)
    assert ann.get(PAGE).headers["Location"] == NEW
    begun_again = "check/" if not before else ""  # by who sends it after their session was over
    assert ann.post(PAGE, SAID).headers["Location"] == f"{NEW}{begun_again}"


def test_nothing_written_is_refused_by_the_action_too(tenant: Tenant, subject: User) -> None:
    with pytest.raises(intake.FilingError, match="Say which decision"):
        file(tenant, subject, RequestType.HUMAN_REVIEW, question=" ")
    assert not SubjectRequest.objects.exists()


def test_two_decisions_can_be_disputed_at_once(tenant: Tenant, subject: User, disputed: SubjectRequest) -> None:
    file(tenant, subject, RequestType.HUMAN_REVIEW, question="Another one.")
    assert queries.queue(tenant).count() == 2


@pytest.mark.parametrize("gate", Gate)
def test_no_policy_lets_it_pass_by_the_team(tenant: Tenant, subject: User, gate: Gate) -> None:
    Policy.objects.create(tenant=tenant, gates={"human_review": gate})
    filed = file(tenant, subject, RequestType.HUMAN_REVIEW)
    assert (filed.status, filed.steps.exists()) == (Status.AWAITING_REVIEW, False)


def test_it_reaches_the_queue_and_the_team_is_told(rita: Client, disputed: SubjectRequest) -> None:
    assert disputed.reference in text(rita, "/desk/")
    assert disputed.reference in text(rita, "/desk/?type=human_review")
    assert disputed.reference not in text(rita, "/desk/?type=enquiry")
    assert OutgoingEmail.objects.filter(kind="review_needed", to="rita@acme.example").exists()
    page = rita.get(f"/desk/{disputed.reference}/").content.decode()
    assert WRITTEN in unescape(page)
    assert "<b>locked" not in page
    assert f"/desk/{disputed.reference}/conclude/" in page
    assert "/approve/" not in page
    assert "/answer/" not in page


@pytest.mark.parametrize("outcome", ["upheld", "changed", "not_made"])
def test_each_outcome_is_told_by_email_and_page(
    ann: Client, rita: Client, disputed: SubjectRequest, reviewer: User, outcome: str
) -> None:
    assert rita.post(f"/desk/{disputed.reference}/conclude/", REPLY | {"outcome": outcome}).status_code == 302
    disputed.refresh_from_db()
    label = str(Outcome(outcome).label)
    assert (disputed.status, disputed.outcome, disputed.answer) == (Status.FULFILLED, outcome, REPLY["text"])
    assert disputed.closed_at is not None
    assert Decision.objects.get().by == reviewer
    assert AuditEvent.objects.get(verb="request.reviewed").facts == {"outcome": outcome}
    message = OutgoingEmail.objects.get(kind="reviewed")
    pages = [text(ann, f"/requests/{disputed.reference}/"), message.text, unescape(message.html)]
    for page in pages:
        assert label in page
        assert REPLY["text"] in page
        # Article 12(4): whoever does not get what they asked for is told where to complain.
        assert (COMPLAIN in page) == (outcome != "changed")
    assert "<i>looked" not in ann.get(f"/requests/{disputed.reference}/").content.decode()
    assert "We answered" in pages[0]
    assert label in text(rita, f"/desk/{disputed.reference}/")


@pytest.mark.parametrize(
    "lacking", [{"outcome": ""}, {"outcome": "full"}, {"outcome": "nonsense"}, {"text": " "}, {"text": "x" * 10_001}]
)
def test_the_team_says_what_became_of_it_and_why(
    rita: Client, disputed: SubjectRequest, lacking: dict[str, str]
) -> None:
    refused = rita.post(f"/desk/{disputed.reference}/conclude/", REPLY | lacking)
    assert refused.status_code == 422
    assert b"error-summary" in refused.content
    disputed.refresh_from_db()
    assert (disputed.status, disputed.outcome) == (Status.AWAITING_REVIEW, "")
    assert not OutgoingEmail.objects.filter(kind="reviewed").exists()


@pytest.mark.parametrize("reply", [{"outcome": "full", "text": "x"}, {"outcome": "changed", "text": " "}])
def test_the_action_refuses_it_as_well(disputed: SubjectRequest, reviewer: User, reply: dict[str, str]) -> None:
    assert disputed.verified_at is not None
    with pytest.raises(review.ReviewError):
        review.conclude(disputed, **reply, by=reviewer, now=disputed.verified_at)
    assert not Decision.objects.exists()


def test_once(rita: Client, disputed: SubjectRequest) -> None:
    address = f"/desk/{disputed.reference}/conclude/"
    assert [rita.post(address, REPLY).status_code for _ in range(2)] == [302, 409]
    assert (Decision.objects.count(), OutgoingEmail.objects.filter(kind="reviewed").count()) == (1, 1)


def test_each_kind_has_its_own_way(rita: Client, disputed: SubjectRequest, enquiry: SubjectRequest) -> None:
    for address, data in (
        (f"/desk/{disputed.reference}/answer/", {"text": "x"}),
        (f"/desk/{disputed.reference}/approve/", {}),
        (f"/desk/{disputed.reference}/release/", {}),
        (f"/desk/{enquiry.reference}/conclude/", REPLY),
    ):
        assert rita.post(address, data).status_code == 409, address
    assert set(SubjectRequest.objects.values_list("status", flat=True)) == {Status.AWAITING_REVIEW}


def test_it_can_be_refused_and_taken_back(rita: Client, ann: Client, disputed: SubjectRequest, tenant: Tenant) -> None:
    rita.post(f"/desk/{disputed.reference}/deny/", {"reason": "other", "explanation": "It is a game."})
    disputed.refresh_from_db()
    assert disputed.status == Status.DENIED
    assert COMPLAIN in text(ann, f"/requests/{disputed.reference}/")
    other = file(tenant, disputed.account, RequestType.HUMAN_REVIEW, question="Another one.")
    ann.post(f"/requests/{other.reference}/withdraw/")
    other.refresh_from_db()
    assert other.status == Status.WITHDRAWN


def test_both_clocks_run_and_warn(disputed: SubjectRequest, reviewer: User) -> None:
    received = disputed.received_at
    house, legal = queries.clocks(disputed, now=received + timedelta(hours=24))
    assert (house.fraction, legal.name) == (0.5, "gdpr")
    assert warnings.warn(now=received + timedelta(hours=37)) == 1
    warning = OutgoingEmail.objects.get(kind="clock_warning")
    assert (warning.to, disputed.reference in warning.text) == (reviewer.email, True)
