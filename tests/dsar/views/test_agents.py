"""Somebody asks for another person: with a signed permission or the person's own yes, and never behind their back."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingEmail, Tenant, User
from dsar import payloads, queries
from dsar.actions import review, verification
from dsar.actions.agents import deciding, evidence
from dsar.actions.agents.asking import AGENT_TYPES, link_token
from dsar.actions.delivery.releasing import OwnRequestError, release
from dsar.actions.retention.texts import blank
from dsar.models import AgentAuthority, Purpose, Status, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import BYTES, browser, collect, pack, token_of

PAGE = "/requests/new/agent/"
PDF = b"%PDF-1.7 signed by Ann"
SAID = {
    "type": "access",
    "email": "Ann@Example.com",
    "residence": "california",
    "agent_name": "Abe <Agent>",
    "organisation": "Rights Help",
    "agent_email": "abe@help.example",
    "permission": "ask",
}


def send(client: Client, **more: Any) -> Any:
    return client.post(PAGE, {**SAID, "token": token_of(client.get(PAGE)), **more})


def signed(content: bytes = PDF) -> dict[str, Any]:
    return {"permission": "signed", "proof": SimpleUploadedFile("permission.pdf", content)}


def the_request() -> SubjectRequest:
    return SubjectRequest.objects.select_related("agent", "tenant").get()


def link() -> str:
    """Return the path of the link that was mailed to the person."""
    found = re.search(
        r"http://acme\.test[:0-9]*(/requests/agent/\S+)", OutgoingEmail.objects.get(kind="agent_asked").text
    )
    assert found
    return found[1]


def told() -> list[str]:
    """Return what the agent was told, the latest first."""
    return [mail.text for mail in OutgoingEmail.objects.filter(kind="agent_told").order_by("-pk")]


def case() -> str:
    return f"/desk/{the_request().reference}/"


def test_the_person_is_asked_and_says_yes(anonymous: Client, ann: Client) -> None:
    sent = send(anonymous)
    filed = the_request()
    assert (filed.email, filed.status, filed.residence) == (
        "ann@example.com",
        Status.AWAITING_VERIFICATION,
        "california",
    )
    assert filed.pauses.filter(ended_at=None).exists(), "the clock stands still: it is the person's turn"
    shown = anonymous.get(sent.headers["Location"]).content.decode()
    assert "We have asked the person" in shown
    assert "ann@example.com" not in shown.lower()
    assert not OutgoingEmail.objects.filter(kind="verify_code").exists()
    mail = OutgoingEmail.objects.get(kind="agent_asked")
    assert mail.to == "ann@example.com"
    assert "Abe <Agent> of Rights Help" in mail.text
    page = unescape(anonymous.get(link()).content.decode())
    assert "Abe <Agent>" in page
    assert the_request().status == Status.AWAITING_VERIFICATION, "a mail scanner that opens the link says nothing"
    anonymous.post(link(), {"action": "confirm"})
    filed = the_request()
    assert filed.status == Status.FULFILLING
    assert filed.identities.get().value == "ann@example.com"
    assert not filed.pauses.filter(ended_at=None).exists()
    assert "You may ask for this person" in told()[0]
    assert "Abe" in ann.get(f"/requests/{filed.reference}/").content.decode(), "and finds it among their own"


@pytest.mark.thorough
def test_one_click_stops_it_at_any_time(anonymous: Client) -> None:
    send(anonymous)
    anonymous.post(link(), {"action": "confirm"})
    anonymous.post(link(), {"action": "stop"})
    assert the_request().status == Status.WITHDRAWN
    assert "The person has stopped this request" in told()[0]
    again = anonymous.post(link(), {"action": "confirm"}, follow=True)
    assert b"This has been answered already" in again.content
    assert the_request().status == Status.WITHDRAWN


@pytest.mark.thorough
def test_only_the_mailed_link_answers(anonymous: Client, tenant: Tenant) -> None:
    send(anonymous)
    reference = the_request().reference
    wrong = f"/requests/agent/{reference}/{'0' * 40}/"
    assert anonymous.get(wrong).status_code == 404
    assert anonymous.post(wrong, {"action": "confirm"}).status_code == 404
    assert link_token(the_request()) != "0" * 40
    confirm = anonymous.post(f"/requests/confirm/{reference}/", {"action": "send"})
    assert b"Nothing to do here" in confirm.content
    assert not OutgoingEmail.objects.filter(kind="verify_code").exists(), "no code is to be had instead"
    assert the_request().status == Status.AWAITING_VERIFICATION


def test_the_team_looks_at_a_signed_permission(anonymous: Client, rita: Client, olga: Client) -> None:
    send(anonymous, **signed())
    authority = the_request().agent
    assert not the_request().pauses.exists(), "it is the team's turn"
    assert PDF not in b"".join(payloads.storage().open(authority.proof_path))
    assert evidence.read(authority) == PDF
    assert "See the signed permission" in rita.get(case()).content.decode()
    got = rita.get(f"{case()}agent/permission/")
    assert (got.content, got.headers["Content-Type"]) == (PDF, "application/octet-stream")
    assert olga.get(f"{case()}agent/permission/").status_code == 403
    path = authority.proof_path
    assert rita.post(f"{case()}agent/accept/", {"reason": "Signed on 3 May."}).status_code == 302
    assert the_request().status == Status.FULFILLING
    assert the_request().agent.is_accepted
    assert "Signed on 3 May." in told()[0]
    with pytest.raises(FileNotFoundError):
        payloads.storage().open(path)
    assert rita.get(f"{case()}agent/permission/").status_code == 404


@pytest.mark.thorough
def test_a_permission_that_is_refused_closes_the_request_with_the_reason(anonymous: Client, rita: Client) -> None:
    send(anonymous, **signed())
    path = the_request().agent.proof_path
    assert rita.post(f"{case()}agent/refuse/", {"reason": " "}).status_code == 422
    rita.post(f"{case()}agent/refuse/", {"reason": "No signature."})
    assert (the_request().status, the_request().denial_reason) == (Status.DENIED, "insuf_verification")
    assert "No signature." in told()[0]
    person = OutgoingEmail.objects.filter(kind="agent_asked", to="ann@example.com").latest("pk")
    assert "No signature." in person.text
    assert "You can also complain" in person.text
    assert not OutgoingEmail.objects.filter(kind="denied").exists(), "they asked for nothing"
    with pytest.raises(FileNotFoundError):
        payloads.storage().open(path)
    assert rita.post(f"{case()}agent/accept/", {"reason": "After all."}).status_code == 409


def deny(reviewer: User) -> None:
    review.deny(the_request(), reason="other", explanation="No.", by=reviewer, now=timezone.now())


@pytest.mark.thorough
@pytest.mark.parametrize("end", ["stop", "deny"])
def test_the_permission_goes_however_it_ends(anonymous: Client, reviewer: User, end: str) -> None:
    send(anonymous, **signed())
    path = the_request().agent.proof_path
    deny(reviewer) if end == "deny" else anonymous.post(link(), {"action": "stop"})
    with pytest.raises(FileNotFoundError):
        payloads.storage().open(path)


def test_an_opt_out_needs_the_signed_permission_alone(anonymous: Client, subject: User, tenant: Tenant) -> None:
    refused = send(anonymous, type="objection")
    assert refused.status_code == 422
    sent = send(anonymous, type="objection", **signed())
    filed = the_request()
    assert filed.status == Status.FULFILLED
    assert queries.refused(tenant=tenant, email="ann@example.com") == frozenset(Purpose)
    assert filed.agent.proof_path == "", "nobody looks at it, so it is not kept"
    assert b"The opt-out is done" in anonymous.get(sent.headers["Location"]).content
    assert "done already" in OutgoingEmail.objects.get(kind="agent_asked").text


def fulfilled(reviewer: User) -> SubjectRequest:
    found = collect(the_request())
    pack(found)
    release(found, by=reviewer, now=timezone.now())
    return found


@pytest.mark.thorough
@pytest.mark.parametrize(("allows", "accepts"), [(True, True), (True, False), (False, False)])
def test_the_copy_goes_to_the_agent_only_if_person_and_team_say_so(
    anonymous: Client, rita: Client, reviewer: User, allows: bool, accepts: bool
) -> None:
    send(anonymous, wants_copy="on")
    anonymous.post(link(), {"action": "confirm", **({"with_copy": "on"} if allows else {})})
    if accepts:
        assert rita.post(f"{case()}agent/accept/", {"with_copy": "on", "reason": "They said so."}).status_code == 302
    abe = browser(account("abe@help.example"))
    page = f"/requests/{the_request().reference}/for-agent/"
    assert abe.post(page).status_code == 404, "not before it is released"
    assert OutgoingEmail.objects.filter(kind="ready").count() == 0
    fulfilled(reviewer)
    assert OutgoingEmail.objects.get(kind="ready").to == "ann@example.com", "it goes to the person by default"
    assert ("The copy is ready" in told()[0]) == accepts
    got = abe.post(page)
    assert got.status_code == (200 if accepts else 404)
    if accepts:
        assert got.getvalue() == BYTES
    assert abe.get(f"/requests/{the_request().reference}/").status_code == 404, "the person's page is not the agent's"
    assert abe.get(page).status_code == 200
    assert b"ann@example.com" not in abe.get(page).content


@pytest.mark.thorough
def test_the_team_gives_no_copy_that_the_person_has_not_allowed(
    anonymous: Client, rita: Client, reviewer: User
) -> None:
    send(anonymous, wants_copy="on")
    anonymous.post(link(), {"action": "confirm"})
    refused = rita.post(f"{case()}agent/accept/", {"with_copy": "on", "reason": "Why not."})
    assert refused.status_code == 409
    assert not the_request().agent.copy_accepted
    with pytest.raises(IntegrityError), transaction.atomic():
        AgentAuthority.objects.update(copy_accepted=True)


def test_nobody_accepts_what_they_filed_themselves(anonymous: Client, reviewer: User) -> None:
    send(anonymous, agent_email=reviewer.email, **signed())
    with pytest.raises(OwnRequestError):
        deciding.accept(the_request(), with_copy=False, reason="Mine.", by=reviewer, now=timezone.now())


def test_what_is_offered_is_what_an_agent_may_ask_for_in_their_words(anonymous: Client) -> None:
    page = anonymous.get(PAGE).content.decode()
    assert set(re.findall(r'name="type" value="(\w+)"', page)) == {str(kind) for kind in AGENT_TYPES}
    assert "A copy of my data" not in page


@pytest.mark.thorough
def test_sent_twice_it_is_one(anonymous: Client) -> None:
    data = {**SAID, "token": token_of(anonymous.get(PAGE))}
    assert anonymous.post(PAGE, data).headers["Location"] == anonymous.post(PAGE, data).headers["Location"]
    assert SubjectRequest.objects.count() == 1
    assert OutgoingEmail.objects.filter(kind="agent_asked").count() == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"type": "rectification"}, "Choose one of these"),
        ({"type": "enquiry"}, "Choose one of these"),
        ({"agent_name": " "}, "Enter your name"),
        ({"agent_email": "ann@example.com"}, "Both addresses are the same"),
        ({"permission": "signed"}, "Add the signed permission"),
        (signed(b"MZ a program"), "PDF, PNG or JPEG"),
        ({"email": "ann"}, "email"),
        ({"token": "short"}, ""),
    ],
)
def test_what_is_wrong_is_refused(anonymous: Client, wrong: dict[str, Any], said: str) -> None:
    refused = send(anonymous, **wrong)
    assert refused.status_code == 422
    assert said in unescape(refused.content.decode())
    assert not SubjectRequest.objects.exists()
    assert not OutgoingEmail.objects.exists()


@pytest.mark.thorough
def test_known_and_unknown_people_are_answered_alike(anonymous: Client, subject: User) -> None:
    pages = []
    for email in ("ann@example.com", "nobody@example.com"):
        sent = send(anonymous, email=email)
        pages.append(anonymous.get(sent.headers["Location"]).content.decode())
    strip = re.compile(r'R-[0-9A-Z-]+|csrfmiddlewaretoken" value="\w+"')
    assert strip.sub("", pages[0]) == strip.sub("", pages[1])


@pytest.mark.thorough
def test_time_passes(anonymous: Client, tenant: Tenant) -> None:
    """Who does not answer is asked again, twice, and then it is closed; what waits for the team stays."""
    send(anonymous)
    waiting = the_request()
    send(anonymous, email="bob@example.com", **signed())
    for days in (3, 10, 15):
        verification.lapse(now=waiting.received_at + timedelta(days=days, hours=1))
    assert OutgoingEmail.objects.filter(kind="agent_asked", to="ann@example.com").count() == 3
    assert not OutgoingEmail.objects.filter(kind__in=["verification_reminder", "denied"]).exists()
    assert "The person has not answered" in told()[0]
    statuses = dict(SubjectRequest.objects.values_list("email", "status"))
    assert statuses == {"ann@example.com": Status.DENIED, "bob@example.com": Status.AWAITING_VERIFICATION}


def test_who_the_agent_was_goes_with_the_texts(anonymous: Client) -> None:
    send(anonymous)
    blank([the_request().pk])
    kept = AgentAuthority.objects.values("name", "organisation", "email", "reason").get()
    assert set(kept.values()) == {""}
