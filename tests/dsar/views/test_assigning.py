"""Who has a request: taken, assigned, given back, one by one and many at once; and who else looks at it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from dsar.actions.assigning.one import AssignmentError, assign
from dsar.actions.looking import LOOKS_FOR
from dsar.models import CaseViewer, RequestType, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor

pytestmark = pytest.mark.thorough


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    user = account("zoe@acme.example")
    User.objects.filter(pk=user.pk).update(name="Zoë Ng")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def zoe(colleague: User) -> Client:
    return browser(second_factor(colleague))


def verbs(subject_request: SubjectRequest) -> list[tuple[str, object]]:
    told = AuditEvent.objects.filter(target_id=str(subject_request.pk), verb__contains="assigned").order_by("pk")
    return [(event.verb, event.facts.get("assignee")) for event in told]


def test_taken_on_the_case_and_given_back(rita: Client, reviewer: User, enquiry: SubjectRequest) -> None:
    address = f"/desk/{enquiry.reference}/"
    assert "Take it" in rita.get(address).content.decode()
    assert rita.post(f"{address}assign/", {"to": "me", "was": ""}).headers["Location"] == address
    enquiry.refresh_from_db()
    assert enquiry.assigned_to == reviewer
    page = rita.get(address).content.decode()
    assert "It is yours now." in page
    assert "Take it" not in page
    rita.post(f"{address}assign/", {"to": "nobody", "was": str(reviewer.pk)})
    assert SubjectRequest.objects.get(pk=enquiry.pk).assigned_to is None
    assert verbs(enquiry) == [("request.assigned", reviewer.pk), ("request.unassigned", None)]
    assert not OutgoingEmail.objects.filter(kind="assigned").exists(), "nobody is told what they did themselves"


def test_who_gets_it_from_somebody_else_is_told(rita: Client, colleague: User, enquiry: SubjectRequest) -> None:
    rita.post(f"/desk/{enquiry.reference}/assign/", {"to": str(colleague.pk), "was": ""})
    mail = OutgoingEmail.objects.get(kind="assigned")
    assert (mail.to, mail.subject) == ("zoe@acme.example", f"rita@acme.example assigned {enquiry.reference} to you")
    assert f"/desk/{enquiry.reference}/" in mail.text


def test_of_two_who_take_it_the_second_is_told_who_has_it(
    rita: Client, zoe: Client, reviewer: User, enquiry: SubjectRequest
) -> None:
    rita.post(f"/desk/{enquiry.reference}/assign/", {"to": "me", "was": ""})
    answer = zoe.post(f"/desk/{enquiry.reference}/assign/", {"to": "me", "was": ""})
    assert answer.status_code == 409
    assert "rita has taken it meanwhile." in answer.content.decode()
    enquiry.refresh_from_db()
    assert enquiry.assigned_to == reviewer


def test_of_two_at_the_same_moment_one_has_it(reviewer: User, colleague: User, enquiry: SubjectRequest) -> None:
    read_before = SubjectRequest.objects.get(pk=enquiry.pk)
    assign(enquiry, to=reviewer, by=reviewer, now=timezone.now())
    with pytest.raises(AssignmentError, match="Somebody else"):
        assign(read_before, to=colleague, by=colleague, now=timezone.now())
    assert verbs(enquiry) == [("request.assigned", reviewer.pk)]


def test_nobody_has_or_hands_out_their_own_request(
    rita: Client, reviewer: User, colleague: User, tenant: Tenant
) -> None:
    own, other = (file(tenant, user, RequestType.ENQUIRY, email=user.email) for user in (reviewer, colleague))
    refused = rita.post(f"/desk/{own.reference}/assign/", {"to": str(colleague.pk)})
    assert refused.status_code == 409
    refused = rita.post(f"/desk/{other.reference}/assign/", {"to": str(colleague.pk)})
    assert "It is their own request" in refused.content.decode()
    assert not SubjectRequest.objects.exclude(assigned_to=None).exists()


@pytest.mark.parametrize("whom", ["", "0", "x", "²", "9" * 30, "nobody-such"])
def test_it_goes_to_reviewers_of_this_team_alone(
    rita: Client, subject: User, enquiry: SubjectRequest, whom: str
) -> None:
    assert rita.post(f"/desk/{enquiry.reference}/assign/", {"to": whom}).status_code == 422
    assert rita.post(f"/desk/{enquiry.reference}/assign/", {"to": str(subject.pk)}).status_code == 422


def test_a_closed_request_stays_with_whom_it_was(rita: Client, reviewer: User, released: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=released.pk).update(assigned_to=reviewer)
    answer = rita.post(f"/desk/{released.reference}/assign/", {"to": "nobody"})
    assert "It is closed." in answer.content.decode()
    released.refresh_from_db()
    assert released.assigned_to == reviewer


def test_many_are_assigned_and_each_that_was_not_is_named(
    rita: Client, reviewer: User, colleague: User, tenant: Tenant, subject: User
) -> None:
    items = [file(tenant, None, RequestType.ENQUIRY, email=f"p{number}@example.com") for number in range(3)]
    own = file(tenant, reviewer, RequestType.ENQUIRY, email=reviewer.email)
    chosen = [item.reference for item in [*items, own]]
    sent = {"request": [*chosen, "R-0000-0000-00"], "to": "member", "member": str(colleague.pk), "back": "type=enquiry"}
    page = rita.post("/desk/assign/", sent).content.decode()
    assert "3 requests assigned." in page
    assert "1 request was left as it is" in page
    assert "This is your own request" in page
    assert 'value="enquiry" selected' in page, "the filters are as they were"
    assert SubjectRequest.objects.filter(assigned_to=colleague).count() == 3
    mail = OutgoingEmail.objects.get(kind="assigned")
    assert mail.subject == "rita@acme.example assigned 3 requests to you"
    assert all(item.reference in mail.text for item in items)
    assert "/desk/?who=me" in mail.text


def test_what_nobody_selected_or_chose_is_said(rita: Client, enquiry: SubjectRequest) -> None:
    for sent, said in (
        ({"to": "me"}, "Select at least one request."),
        ({"to": "member", "request": enquiry.reference}, "Choose whom to assign to."),
    ):
        answer = rita.post("/desk/assign/", sent)
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_another_tenants_request_is_not_assigned(rita: Client, enquiry: SubjectRequest) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    SubjectRequest.objects.filter(pk=enquiry.pk).update(tenant=other)
    assert rita.post("/desk/assign/", {"request": enquiry.reference, "to": "me"}).status_code == 422
    enquiry.refresh_from_db()
    assert enquiry.assigned_to is None


def test_what_people_who_left_had_is_found(rita: Client, colleague: User, enquiry: SubjectRequest) -> None:
    SubjectRequest.objects.update(assigned_to=colleague)
    assert "no reviewer any more" not in rita.get("/desk/").content.decode()
    Membership.objects.filter(user=colleague).delete()
    page = rita.get("/desk/").content.decode()
    assert "1 open request is assigned to somebody who is no reviewer any more." in page
    assert enquiry.reference in rita.get("/desk/?who=left").content.decode()
    assert "left the team" in rita.get(f"/desk/{enquiry.reference}/").content.decode()
    rita.post("/desk/assign/", {"request": enquiry.reference, "to": "me"})
    assert "no reviewer any more" not in rita.get("/desk/").content.decode()


def test_an_account_that_is_deleted_leaves_nobody(colleague: User, enquiry: SubjectRequest) -> None:
    SubjectRequest.objects.update(assigned_to=colleague)
    colleague.delete()
    enquiry.refresh_from_db()
    assert enquiry.assigned_to is None


def test_who_else_has_a_case_open_is_shown(rita: Client, zoe: Client, colleague: User, enquiry: SubjectRequest) -> None:
    address = f"/desk/{enquiry.reference}/"
    assert "has this case open now" not in rita.get(address).content.decode()
    zoe.get(address)
    assert "Zoë Ng has this case open now." in rita.get(address).content.decode()
    assert "Zoë Ng has it open" in rita.get("/desk/").content.decode()
    assert "has it open" in zoe.get("/desk/").content.decode(), "rita's name"
    CaseViewer.objects.filter(account=colleague).update(seen_at=timezone.now() - LOOKS_FOR - timedelta(seconds=1))
    assert "Zoë" not in rita.post(f"{address}looking/").content.decode()
    assert not CaseViewer.objects.filter(account=colleague).exists(), "it is not kept"
    zoe.post(f"{address}looking/")
    assert "Zoë Ng has this case open now." in rita.post(f"{address}looking/").content.decode()
    assert AuditEvent.objects.filter(verb="request.opened").count() == 3, "a page that stays open is opened once"
