"""A use of somebody's data stops: from the form to the queue, the page and the emails."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar import queries, restrictions
from dsar.actions import intake, preferences
from dsar.actions.restricting import ending
from dsar.models import (
    ChangedBy,
    Decision,
    Ground,
    Outcome,
    PreferenceChange,
    Purpose,
    RequestType,
    Restriction,
    Status,
)
from tests.dsar.views.stops import (
    ANN,
    CHECK,
    COMPLAIN,
    NEW,
    OBJECT,
    STOP,
    USE,
    declare,
    keys,
    mails,
    send,
    stop,
    text,
)


@pytest.fixture(autouse=True)
def _declared(tenant: Tenant) -> None:
    """Let the tenant's map declare a use that rests on no consent."""
    declare(tenant)


def test_an_objection_to_messages_ends_them_at_once(ann: Client, tenant: Tenant, subject: User) -> None:
    now = timezone.now()
    preferences.change(tenant=tenant, account=subject, purpose=Purpose.TIPS, given=True, now=now)
    assert ann.post(NEW, {"type": "objection"}).headers["Location"] == OBJECT
    assert ann.post(OBJECT, {"purposes": ["tips", "product_news"], "words": ""}).headers["Location"] == CHECK
    assert "Tips" in text(ann, CHECK)
    filed = send(ann)
    assert (filed.status, filed.outcome, filed.closed_at is not None) == (Status.FULFILLED, Outcome.FULL, True)
    assert queries.switched_on(tenant=tenant, email=ANN) == set()
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS, Purpose.PRODUCT_NEWS}
    assert not Restriction.objects.exists(), "whoever wants them again needs no one's word"
    said = "Switched off at once: "
    for page in (text(ann, f"/requests/{filed.reference}/filed/"), text(ann, f"/requests/{filed.reference}/")):
        assert said in page
    (mail,) = mails("restriction_taken")
    assert (mail.to, said in mail.text, said in mail.html) == (ANN, True, True)
    assert not mails("acknowledgement")
    assert not mails("review_needed"), "nobody has to agree"


def test_it_needs_no_account_and_no_proof(anonymous: Client, tenant: Tenant, subject: User) -> None:
    preferences.change(tenant=tenant, account=subject, purpose=Purpose.TIPS, given=True, now=timezone.now())
    anonymous.post(NEW, {"type": "objection"})
    anonymous.post(OBJECT, {"purposes": ["tips"]})
    anonymous.post(f"{NEW}who/", {"email": ANN})
    filed = send(anonymous)
    assert filed.status == Status.FULFILLED
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=Purpose.TIPS) is False
    assert "Switched off at once: Tips." in text(anonymous, f"/requests/{filed.reference}/filed/")
    change = PreferenceChange.objects.latest("pk")
    assert (change.how, change.account) == (ChangedBy.OBJECTION, subject), "it is in their history"
    assert AuditEvent.objects.filter(verb="preference.changed").latest("pk").actor_id is None
    assert not mails("verify_code")


def test_other_uses_are_weighed_and_stopped_meanwhile(
    ann: Client, rita: Client, tenant: Tenant, reviewer: User
) -> None:
    ann.post(NEW, {"type": "objection"})
    assert "Count visits" in text(ann, OBJECT)
    refused = ann.post(OBJECT, {"purposes": [USE, "tips"], "words": " "})
    assert (refused.status_code, b"error-summary" in refused.content, b"checked" in refused.content) == (
        422,
        True,
        True,
    )
    ann.post(OBJECT, {"purposes": [USE, "tips"], "words": "I am <b>watched</b>."})
    filed = send(ann)
    row = Restriction.objects.get()
    assert (filed.status, row.purpose, row.title, row.ground) == (
        Status.AWAITING_REVIEW,
        USE,
        "Count visits",
        Ground.OBJECTION,
    )
    assert row.is_in_force, "Article 18(1)(d)"
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert restrictions.may_act(tenant=tenant, email="bob@example.com", purpose=USE)
    (mail,) = mails("restriction_taken")
    assert "Count visits" in mail.text
    assert "Switched off at once: Tips." in mail.text
    assert mails("review_needed")[0].to == reviewer.email
    page = rita.get(f"/desk/{filed.reference}/").content.decode()
    assert "Count visits" in page
    assert "<b>watched" not in page
    assert "/approve/" not in page
    assert f"/desk/{filed.reference}/grant/" in page


def test_a_restriction_is_asked_for_granted_and_shown(ann: Client, rita: Client, tenant: Tenant) -> None:
    ann.post(NEW, {"type": "restriction"})
    ann.post(STOP, {"purposes": ["everything"], "ground": "accuracy", "words": "My name is wrong."})
    shown = text(ann, CHECK)
    assert "Every use of your data" in shown
    assert str(Ground.ACCURACY.label) in shown
    filed = send(ann)
    assert filed.status == Status.AWAITING_REVIEW
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE), "it is only asked for"
    assert mails("acknowledgement")
    (key,) = keys(filed, "")
    assert rita.post(f"/desk/{filed.reference}/grant/", {"granted": [key]}).status_code == 302
    filed.refresh_from_db()
    assert (filed.status, filed.outcome) == (Status.FULFILLED, Outcome.FULL)
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    (mail,) = mails("restriction_granted")
    assert "Every use of your data" in mail.text
    for page in (f"/requests/{filed.reference}/", "/preferences/"):
        assert "Every use of your data" in text(ann, page)
    assert "Stopped since" in text(rita, f"/desk/{filed.reference}/")


def test_a_part_is_granted_and_why_not_the_rest_is_told(rita: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, "training", USE, ground="unlawful")
    address = f"/desk/{filed.reference}/grant/"
    sent = {"granted": keys(filed, "training")}
    assert rita.post(address, sent).status_code == 422, "why is missing"
    assert rita.post(address, sent | {"explanation": "It is lawful <i>here</i>."}).status_code == 302
    filed.refresh_from_db()
    assert filed.outcome == Outcome.PARTIAL
    assert restrictions.restricted(tenant=tenant, email=ANN) == {"training"}
    (mail,) = mails("restriction_granted")
    assert "It is lawful <i>here</i>." in mail.text
    assert "<i>here" not in mail.html
    assert COMPLAIN in mail.text


def test_it_is_lifted_once_the_person_was_told_before(ann: Client, rita: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, "", ground="accuracy")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "")})
    address = f"/desk/{filed.reference}/lift/"
    assert rita.post(address, {"reason": " "}).status_code == 422
    assert rita.post(address, {"reason": "It was checked."}).status_code == 302
    row = filed.restrictions.get()
    assert row.lifting_at is not None
    (told,) = mails("restriction_lifting")
    assert "It was checked." in told.text
    assert COMPLAIN in told.text
    assert "ends" in text(ann, f"/requests/{filed.reference}/")
    assert rita.post(address, {"reason": "Again."}).status_code == 409, "once"
    assert ending.end_due(now=row.lifting_at - timedelta(seconds=1)) == 0
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert [ending.end_due(now=row.lifting_at + timedelta(minutes=n)) for n in range(2)] == [1, 0]
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert len(mails("restriction_lifted")) == 1
    assert (row.lifting_at - told.created_at).days == 7


def test_the_person_takes_it_back_at_once(
    ann: Client, otto: Client, rita: Client, tenant: Tenant, subject: User
) -> None:
    filed = stop(tenant, subject, "", ground="claims")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "")})
    address = f"/requests/{filed.reference}/take-back/"
    assert otto.post(address).status_code == 404
    assert restrictions.restricted(tenant=tenant, email=ANN) == {""}
    ann.post(address)
    assert restrictions.restricted(tenant=tenant, email=ANN) == set()
    ann.post(address)
    assert len(mails("restriction_lifted")) == 1, "pressed twice"
    assert AuditEvent.objects.get(verb="restriction.ended").facts == {"how": "taken_back", "purposes": 1}


def test_a_refused_objection_says_why_and_when_it_goes_on(
    ann: Client, rita: Client, tenant: Tenant, subject: User
) -> None:
    filed = stop(tenant, subject, USE)
    refusal = {"reason": "claim_not_covered", "explanation": "Fraud would go unseen."}
    assert rita.post(f"/desk/{filed.reference}/deny/", refusal).status_code == 302
    (mail,) = mails("restriction_refused")
    assert not mails("denied")
    for said in ("Fraud would go unseen.", COMPLAIN, "Count visits", "goes on after"):
        assert said in mail.text
    row = filed.restrictions.get()
    assert row.is_in_force, "Article 18(3): told before"
    assert COMPLAIN in text(ann, f"/requests/{filed.reference}/")
    assert row.lifting_at is not None
    ending.end_due(now=row.lifting_at)
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)


def test_what_was_to_be_lifted_can_be_kept(rita: Client, tenant: Tenant, subject: User, reviewer: User) -> None:
    filed = stop(tenant, subject, "", ground="accuracy")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "")})
    assert rita.post(f"/desk/{filed.reference}/keep/").status_code == 409
    rita.post(f"/desk/{filed.reference}/lift/", {"reason": "Checked."})
    assert rita.post(f"/desk/{filed.reference}/keep/").status_code == 302
    assert filed.restrictions.get().lifting_at is None
    assert len(mails("restriction_kept")) == 1
    assert [item.kind for item in Decision.objects.all()] == ["approve", "lift", "keep"]


def test_withdrawn_while_it_is_weighed_it_ends_at_once(ann: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, USE, "tips")
    ann.post(f"/requests/{filed.reference}/withdraw/")
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS}
    filed.refresh_from_db()
    assert filed.status == Status.WITHDRAWN
    (mail,) = mails("withdrawn")
    for page in (text(ann, f"/requests/{filed.reference}/"), mail.text, unescape(mail.html)):
        assert "What it had stopped goes on." in page
        assert "Switched off at once: Tips. That stays so." in page
        assert "collected is deleted" not in page


def test_what_is_switched_on_while_it_is_stopped_is_said_to_wait(
    ann: Client, rita: Client, tenant: Tenant, subject: User
) -> None:
    filed = stop(tenant, subject, "tips", ground="unlawful")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "tips")})
    page = ann.post("/preferences/", {"purpose": "tips", "given": "on"}, follow=True).content.decode()
    assert "It takes effect once the stop that you asked for ends." in page
    assert queries.switched_on(tenant=tenant, email=ANN) == {Purpose.TIPS}, "it is recorded"
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=Purpose.TIPS)


def test_a_deletion_of_somebody_who_needs_the_data_for_a_claim_says_so(
    rita: Client, tenant: Tenant, subject: User
) -> None:
    filed = stop(tenant, subject, "", ground="claims")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "")})
    now = timezone.now()
    deletion = intake.file_request(
        tenant=tenant, filing=intake.Filing(RequestType.ERASURE, ANN, "e"), account=subject, now=now
    )
    page = text(rita, f"/desk/{deletion.reference}/")
    assert "need the data for a legal claim, and now asks for its deletion" in page
    assert filed.reference in page


def test_every_use_is_asked_for_alone_since_the_others_are_in_it(ann: Client) -> None:
    ann.post("/requests/new/", {"type": "restriction"})
    both = {"purposes": ["everything", "tips"], "ground": "accuracy", "words": "My age is wrong."}
    ann.post("/requests/new/restriction/", both)
    check = ann.get("/requests/new/check/").content.decode()
    assert "Every use of your data</dd>" in check
    assert "Tips" not in check
