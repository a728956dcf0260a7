"""Markup in everything that a person or a store can say, as team and person get to see it. Attacks 11, 18, 25."""

from __future__ import annotations

import io
import re
from typing import Any

import orjson
import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingEmail, Tenant, User
from dsar import payloads
from dsar.actions import intake, review
from dsar.actions.restricting import deciding
from dsar.models import RequestType, Restriction, StepState, SubjectRequest
from tests.dsar.views.conftest import browser, file

EVIL = """<svg/onload=alert(1)>"'`</title></textarea>{{7*7}}{% now %}\u202eevil"""
OWN_SCRIPTS = re.compile(r'<script src="/static/[^"]+"(?: defer)?></script>')


def assert_is_text(page: Any) -> None:
    """The markup stands there as text, no script of ours is missing a source, and the policy would stop it anyway."""
    body = page.content.decode()
    assert "<svg/onload" not in body
    assert "&lt;svg/onload=alert(1)&gt;" in body
    assert "49{%" not in body
    assert "</textarea>{{7" not in body
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", OWN_SCRIPTS.sub("", body))
    assert "'unsafe" not in page.headers["Content-Security-Policy"]


@pytest.fixture
def evil(waiting: SubjectRequest) -> SubjectRequest:
    """A request whose store, identities and errors all hold markup."""
    key = payloads.open_key(waiting.sealed_key)
    step = waiting.steps.get(kind="collect", dataset="app")
    rows = [{EVIL: EVIL, "name": EVIL, "nested": {EVIL: [EVIL]}}]
    payloads.put(f"{step.folder}/people.jsonl.age", io.BytesIO(b"\n".join(map(orjson.dumps, rows))), key=key)
    step.report["undeclared"] = [["people", EVIL]]
    step.save()
    waiting.steps.create(
        kind="collect", dataset="shop", stage=2, state=StepState.FAILED, error=EVIL, not_before=timezone.now()
    )
    waiting.identities.create(kind="name", value=EVIL, proven_by=f"only found in {EVIL}")
    return waiting


def test_in_the_case(rita: Client, evil: SubjectRequest) -> None:
    assert_is_text(rita.get(f"/desk/{evil.reference}/"))


def test_in_a_sample_of_rows(rita: Client, evil: SubjectRequest) -> None:
    assert_is_text(rita.get(f"/desk/{evil.reference}/sample/app/people/"))


def test_in_a_question_its_answer_and_a_refusal(
    rita: Client, ann: Client, tenant: Tenant, subject: User, reviewer: User
) -> None:
    answered, refused = (file(tenant, subject, RequestType.ENQUIRY, question=EVIL) for _ in range(2))
    now = timezone.now()
    for page in (rita.get(f"/desk/{answered.reference}/"), ann.get(f"/requests/{answered.reference}/")):
        assert_is_text(page)
    review.answer(answered, text=EVIL, by=reviewer, now=now)
    review.deny(refused, reason="other", explanation=EVIL, by=reviewer, now=now)
    for request in (answered, refused):
        assert_is_text(ann.get(f"/requests/{request.reference}/"))
        assert_is_text(rita.get(f"/desk/{request.reference}/"))
    for message in OutgoingEmail.objects.filter(kind__in=["answered", "denied"]):
        assert "<svg/onload" not in message.html
        assert "<svg/onload" in message.text, "a text is no page and is not escaped"
        assert "svg" not in message.subject


def test_in_a_decision_that_is_disputed(
    rita: Client, ann: Client, tenant: Tenant, subject: User, reviewer: User
) -> None:
    ann.post("/requests/new/", {"type": "human_review"})
    assert_is_text(ann.post("/requests/new/dispute/", {"decision": EVIL, "disputed": EVIL * 200}))
    ann.post("/requests/new/dispute/", {"decision": EVIL, "decided": EVIL, "disputed": EVIL, "wanted": EVIL})
    assert_is_text(ann.get("/requests/new/check/"))
    disputed = file(tenant, subject, RequestType.HUMAN_REVIEW, question=EVIL)
    assert_is_text(rita.post(f"/desk/{disputed.reference}/conclude/", {"outcome": EVIL, "text": EVIL}))
    review.conclude(disputed, outcome="upheld", text=EVIL, by=reviewer, now=timezone.now())
    for page in (rita.get(f"/desk/{disputed.reference}/"), ann.get(f"/requests/{disputed.reference}/")):
        assert_is_text(page)
    message = OutgoingEmail.objects.get(kind="reviewed")
    assert "<svg/onload" not in message.html
    assert "<svg/onload" in message.text


def test_in_a_stop(rita: Client, ann: Client, tenant: Tenant, subject: User, reviewer: User) -> None:
    ann.post("/requests/new/", {"type": "restriction"})
    said = {"purposes": ["tips", "everything"], "ground": "claims"}
    assert_is_text(ann.post("/requests/new/restriction/", said | {"words": EVIL * 200}))
    assert_is_text(ann.post("/requests/new/restriction/", {"purposes": [EVIL], "ground": EVIL, "words": EVIL}))
    ann.post("/requests/new/restriction/", said | {"words": EVIL})
    assert_is_text(ann.get("/requests/new/check/"))
    filing = intake.Filing(RequestType.RESTRICTION, "", "x", EVIL, purposes=("tips", "research"), ground="claims")
    stop = intake.file_request(tenant=tenant, filing=filing, account=subject, now=timezone.now())
    Restriction.objects.update(title=EVIL)
    assert_is_text(rita.post(f"/desk/{stop.reference}/grant/", {"granted": [EVIL], "explanation": EVIL}))
    key = stop.restrictions.get(purpose="tips").pk
    deciding.grant(stop, granted=[key], explanation=EVIL, by=reviewer, now=timezone.now())
    deciding.lift(stop, reason=EVIL, by=reviewer, now=timezone.now())
    for page in (f"/requests/{stop.reference}/", "/preferences/"):
        assert_is_text(ann.get(page))
    assert_is_text(rita.get(f"/desk/{stop.reference}/"))
    for message in OutgoingEmail.objects.filter(kind__in=["restriction_granted", "restriction_lifting"]):
        assert "<svg/onload" not in message.html
        assert "<svg/onload" in message.text


def test_in_a_form_that_is_shown_again(ann: Client, rita: Client, enquiry: SubjectRequest) -> None:
    ann.post("/requests/new/", {"type": "enquiry"})
    assert_is_text(ann.post("/requests/new/question/", {"question": EVIL * 200}))
    assert_is_text(rita.post(f"/desk/{enquiry.reference}/deny/", {"explanation": EVIL}))
    assert b"<svg/onload" not in rita.get("/desk/", {"q": EVIL, "status": EVIL, "type": EVIL, "after": EVIL}).content


def test_in_the_name_of_a_browser(ann: Client, subject: User) -> None:
    key = ann.session.session_key
    UserSession.objects.create(user=subject, session_key=key, ip="192.0.2.7", user_agent=EVIL)
    assert_is_text(ann.get("/accounts/sessions/"))


def test_in_the_name_of_a_person(subject: User, rita: Client, waiting: SubjectRequest) -> None:
    User.objects.filter(pk=subject.pk).update(name=EVIL)
    client = browser(subject)
    for page in (client.get("/"), client.get("/requests/"), rita.get(f"/desk/{waiting.reference}/")):
        assert b"<svg/onload" not in page.content


def test_in_the_name_of_the_company(tenant: Tenant, ann: Client, waiting: SubjectRequest) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name=EVIL)
    for page in ("/", f"/requests/{waiting.reference}/", "/requests/new/", "/nothing-there"):
        assert_is_text(ann.get(page))


def test_in_the_address_of_a_request(rita: Client, waiting: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(email='"<svg/onload=alert(1)>"@example.com', account=None)
    assert b"<svg/onload" not in rita.get("/desk/").content
    assert_is_text(rita.get(f"/desk/{waiting.reference}/"))


def test_no_page_of_a_person_leaves_a_trace_behind(ann: Client, rita: Client, released: SubjectRequest) -> None:
    own, desk = f"/requests/{released.reference}/", f"/desk/{released.reference}/"
    answers = [
        ann.get(page) for page in ("/", "/requests/", own, f"{own}download/", f"{own}progress/", "/accounts/email/")
    ]
    answers += [rita.get(page) for page in ("/desk/", desk, f"{desk}sample/app/people/")]
    for answer in [*answers, ann.post(f"{own}download/")]:
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        if not answer.streaming:
            assert not re.search(rb"[\"'(]https?://(?!www\.w3\.org)", answer.content), (
                "nothing is loaded from elsewhere"
            )
