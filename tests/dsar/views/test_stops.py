"""A use of somebody's data stops: from the form to the queue, the page and the emails."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import queries, restrictions
from dsar.actions import intake, preferences
from dsar.actions.restricting import deciding, ending
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
    SubjectRequest,
)
from tests.dsar.views.conftest import mailed_code, token_of

NEW, CHECK = "/requests/new/", "/requests/new/check/"
OBJECT, STOP = f"{NEW}objection/", f"{NEW}restriction/"
USE = "analytics.reporting"
ANN = "ann@example.com"
COMPLAIN = "complain to a data protection authority"
DECLARED = f"""
  - name: Count visits
    data_use: {USE}
    data_categories: [user.behavior]
    data_subjects: [customer]
    dataset_references: [app]
    legal_basis_for_processing: Legitimate interests
    retention_period: 90 days.
"""


@pytest.fixture(autouse=True)
def _declared(tenant: Tenant) -> None:
    """Let the tenant's map declare a use that rests on no consent."""
    declare(tenant)


def declare(tenant: Tenant) -> None:
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + DECLARED, encoding="utf-8")


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def send(client: Client) -> SubjectRequest:
    client.post(CHECK, {"token": token_of(client.get(CHECK))})
    return SubjectRequest.objects.latest("pk")


def stop(
    tenant: Tenant, account: User | None, *purposes: str, ground: str = "", email: str = ANN, words: str = "Because."
) -> SubjectRequest:
    kind = RequestType.RESTRICTION if ground else RequestType.OBJECTION
    now = timezone.now()
    filing = intake.Filing(
        type=kind, email=email, token=f"{now} {kind}", question=words, purposes=purposes, ground=ground
    )
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


def keys(subject_request: SubjectRequest, *purposes: str) -> list[int]:
    return [row.pk for row in subject_request.restrictions.all() if row.purpose in purposes]


def mails(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=kind))


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


def test_nobody_decides_their_own(rita: Client, tenant: Tenant, reviewer: User) -> None:
    filed = stop(tenant, reviewer, "", ground="accuracy", email=reviewer.email)
    for act, sent in (("grant", {"granted": keys(filed, "")}), ("lift", {"reason": "x"}), ("keep", {})):
        assert rita.post(f"/desk/{filed.reference}/{act}/", sent).status_code == 409, act
    assert deciding.open_rows(filed)[0].is_asked


@pytest.mark.parametrize(
    ("page", "lacking"),
    [
        (OBJECT, {"purposes": []}),
        (OBJECT, {"purposes": ["everything"]}),
        (OBJECT, {"purposes": ["nonsense"]}),
        (OBJECT, {"purposes": ["essential.service"]}),
        (OBJECT, {"words": "x" * 3001}),
        (OBJECT, {"words": "a\x00b"}),
        (STOP, {"purposes": []}),
        (STOP, {"ground": ""}),
        (STOP, {"ground": "objection"}),
        (STOP, {"ground": "nonsense"}),
        (STOP, {"words": "  "}),
        (STOP, {"purposes": ["everything", "nonsense"]}),
    ],
)
def test_what_lacks_is_said_and_nothing_typed_is_lost(ann: Client, page: str, lacking: dict[str, object]) -> None:
    ann.post(NEW, {"type": "objection" if page == OBJECT else "restriction"})
    said = {"purposes": ["tips", USE], "ground": "claims", "words": "Mine."}
    refused = ann.post(page, said | lacking)
    assert refused.status_code == 422
    assert b"error-summary" in refused.content
    if "words" not in lacking:
        assert b"Mine." in refused.content
    assert ann.get(CHECK).headers["Location"] == page


@pytest.mark.parametrize("page", [OBJECT, STOP])
@pytest.mark.parametrize("before", [{}, {"type": "access"}])
def test_a_page_belongs_to_its_type(ann: Client, page: str, before: dict[str, str]) -> None:
    if before:
        ann.post(NEW, before)
    assert ann.get(page).headers["Location"] == NEW


@pytest.mark.parametrize("purposes", [(), ("nonsense",), ("tips", "nonsense"), ("",)])
def test_the_action_refuses_what_no_page_offers(tenant: Tenant, subject: User, purposes: tuple[str, ...]) -> None:
    with pytest.raises(intake.FilingError):
        stop(tenant, subject, *purposes)
    assert not SubjectRequest.objects.exists()
    assert not PreferenceChange.objects.exists(), "nothing half done"


def test_somebody_without_an_account_confirms_what_is_weighed(anonymous: Client, tenant: Tenant) -> None:
    anonymous.post(NEW, {"type": "objection"})
    anonymous.post(OBJECT, {"purposes": ["tips", USE], "words": "Mine."})
    anonymous.post(f"{NEW}who/", {"email": ANN})
    filed = send(anonymous)
    assert filed.status == Status.AWAITING_VERIFICATION
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS}, "at once, whoever asks"
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE), "nobody has proven who asks"
    anonymous.post(f"/requests/confirm/{filed.reference}/", {"code": mailed_code()})
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert len(mails("restriction_taken")) == 2


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


def test_granted_twice_it_is_granted_once(rita: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, "", ground="accuracy")
    sent = {"granted": keys(filed, "")}
    assert [rita.post(f"/desk/{filed.reference}/grant/", sent).status_code for _ in range(2)] == [302, 409]
    assert (Decision.objects.count(), len(mails("restriction_granted"))) == (1, 1)


def test_another_requests_rows_cannot_be_granted(rita: Client, tenant: Tenant, subject: User, outsider: User) -> None:
    own, other = (
        stop(tenant, subject, "", ground="accuracy"),
        stop(tenant, outsider, "", ground="accuracy", email=outsider.email),
    )
    assert rita.post(f"/desk/{own.reference}/grant/", {"granted": keys(other, "")}).status_code == 422
    assert not Restriction.objects.filter(since__isnull=False).exists()


def test_a_new_address_changes_nothing(tenant: Tenant, rita: Client, subject: User) -> None:
    filed = stop(tenant, subject, "training", ground="unlawful")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "training")})
    EmailAddress.objects.create(user=subject, email="ann.new@example.com", verified=True)
    assert restrictions.restricted(tenant=tenant, email="Ann.New@example.com") == {"training"}
    EmailAddress.objects.create(user=subject, email="ann.unproven@example.com", verified=False)
    assert restrictions.restricted(tenant=tenant, email="ann.unproven@example.com") == set()


def test_with_a_broken_map_messages_can_still_be_ended(ann: Client, tenant: Tenant) -> None:
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text("dataset: [", encoding="utf-8")
    ann.post(NEW, {"type": "objection"})
    assert "cannot be listed just now" in text(ann, OBJECT)
    ann.post(OBJECT, {"purposes": ["tips"]})
    assert send(ann).status == Status.FULFILLED


def test_nobodys_mailbox_is_flooded_by_objections(tenant: Tenant) -> None:
    for purpose in Purpose:
        stop(tenant, None, purpose)
    with pytest.raises(intake.FilingError, match="Too many"):
        stop(tenant, None, Purpose.TIPS)
    assert len(mails("restriction_taken")) == 5


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
    assert "need the data for a legal claim, and now ask for its deletion" in page
    assert filed.reference in page
