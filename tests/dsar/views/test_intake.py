"""Filing: the pages one after another, back and twice, and what is refused."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import OutgoingEmail, Tenant, User
from dsar.models import RequestType, Status, SubjectRequest
from tests.dsar.views.conftest import browser, file, mailed_code, token_of

NEW = "/requests/new/"


def the_request() -> SubjectRequest:
    return SubjectRequest.objects.get()


def test_a_signed_in_person_files_in_two_pages(ann: Client) -> None:
    assert ann.post(NEW, {"type": "access"}).headers["Location"] == f"{NEW}check/"
    check = ann.get(f"{NEW}check/")
    assert b"ann@example.com" in check.content
    sent = ann.post(f"{NEW}check/", {"token": token_of(check)})
    filed = ann.get(sent.headers["Location"])
    assert the_request().reference.encode() in filed.content
    assert the_request().status == Status.FULFILLING
    assert f"/requests/{the_request().reference}/".encode() in filed.content


def test_somebody_without_an_account_proves_the_address_by_a_code(anonymous: Client) -> None:
    assert anonymous.post(NEW, {"type": "portability"}).headers["Location"] == f"{NEW}who/"
    assert anonymous.post(f"{NEW}who/", {"email": "Ann@Example.com"}).headers["Location"] == f"{NEW}check/"
    sent = anonymous.post(f"{NEW}check/", {"token": token_of(anonymous.get(f"{NEW}check/"))})
    confirm = f"/requests/confirm/{the_request().reference}/"
    assert sent.headers["Location"] == confirm
    assert the_request().status == Status.AWAITING_VERIFICATION
    wrong = anonymous.post(confirm, {"code": "00000000"})
    assert (wrong.status_code, the_request().status) == (422, Status.AWAITING_VERIFICATION)
    code = mailed_code()
    right = anonymous.post(confirm, {"code": f"{code[:4]} {code[4:]}"})
    assert the_request().status == Status.FULFILLING
    assert b"Create an account" in anonymous.get(right.headers["Location"]).content


def test_opening_the_mailed_link_changes_nothing(tenant: Tenant, anonymous: Client) -> None:
    subject_request = file(tenant, None)
    mails = OutgoingEmail.objects.count()
    page = anonymous.get(f"/requests/confirm/{subject_request.reference}/")
    assert (page.status_code, OutgoingEmail.objects.count()) == (200, mails)
    assert the_request().status == Status.AWAITING_VERIFICATION
    assert b"ann@example.com" not in page.content  # whoever holds only the link is not told the address


def test_a_new_code_replaces_the_one_before(tenant: Tenant, anonymous: Client) -> None:
    confirm = f"/requests/confirm/{file(tenant, None).reference}/"
    old = mailed_code()
    anonymous.post(confirm, {"action": "send"})
    assert anonymous.post(confirm, {"code": old}).status_code == 422
    assert anonymous.post(confirm, {"code": mailed_code()}).status_code == 302


def test_a_confirmed_request_takes_no_code(tenant: Tenant, anonymous: Client) -> None:
    confirm = f"/requests/confirm/{file(tenant, None).reference}/"
    code = mailed_code()
    anonymous.post(confirm, {"code": code})
    assert b"needs no code" in browser().post(confirm, {"code": code}).content


def test_a_question_waits_while_the_person_goes_back(ann: Client) -> None:
    ann.post(NEW, {"type": "enquiry"})
    ann.post(f"{NEW}question/", {"question": "Do you train on my prompts?"})
    assert b"Do you train on my prompts?" in ann.get(f"{NEW}question/").content
    check = ann.get(f"{NEW}check/")
    ann.post(f"{NEW}check/", {"token": token_of(check)})
    assert (the_request().type, the_request().question) == (RequestType.ENQUIRY, "Do you train on my prompts?")


def test_sending_twice_files_once(ann: Client) -> None:
    ann.post(NEW, {"type": "access"})
    token = token_of(ann.get(f"{NEW}check/"))
    first = ann.post(f"{NEW}check/", {"token": token})
    second = ann.post(f"{NEW}check/", {"token": token})
    assert first.headers["Location"] == second.headers["Location"]
    assert SubjectRequest.objects.count() == 1


def test_a_second_open_request_leads_to_the_first(ann: Client, tenant: Tenant, subject: User) -> None:
    first = file(tenant, subject)
    ann.post(NEW, {"type": "access"})
    refused = ann.post(f"{NEW}check/", {"token": token_of(ann.get(f"{NEW}check/"))})
    assert refused.status_code == 409
    assert f"/requests/{first.reference}/".encode() in refused.content
    assert SubjectRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("page", "before", "lands"),
    [
        ("check/", {}, NEW),
        ("who/", {}, NEW),
        ("question/", {"type": "access"}, NEW),
        ("check/", {"type": "access"}, f"{NEW}who/"),
        ("check/", {"type": "enquiry"}, f"{NEW}question/"),
    ],
)
def test_nobody_skips_a_page(anonymous: Client, page: str, before: dict[str, str], lands: str) -> None:
    if before:
        anonymous.post(NEW, before)
    assert anonymous.get(f"{NEW}{page}").headers["Location"] == lands


@pytest.mark.parametrize("data", [{}, {"type": ""}, {"type": "nonsense"}])
def test_a_type_that_is_not_offered_is_refused(anonymous: Client, data: dict[str, str]) -> None:
    refused = anonymous.post(NEW, data)
    assert refused.status_code == 422
    assert b"error-summary" in refused.content


@pytest.mark.parametrize("email", ["", "ann", "ann@example.com\nbcc: all@example.com", "a" * 300 + "@example.com"])
def test_an_address_that_is_none_is_refused(anonymous: Client, email: str) -> None:
    anonymous.post(NEW, {"type": "access"})
    assert anonymous.post(f"{NEW}who/", {"email": email}).status_code == 422
    assert anonymous.get(f"{NEW}check/").headers["Location"] == f"{NEW}who/"


def test_a_form_of_ten_megabytes_is_refused(anonymous: Client) -> None:
    anonymous.post(NEW, {"type": "access"})
    refused = anonymous.post(f"{NEW}who/", {"email": "a" * 10_000_000})
    assert refused.status_code == 413
    assert b"Nothing was changed" in refused.content


def test_an_endless_question_is_refused(ann: Client) -> None:
    ann.post(NEW, {"type": "enquiry"})
    refused = ann.post(f"{NEW}question/", {"question": "x" * 5001})
    assert refused.status_code == 422
    assert b"x" * 5001 in refused.content  # nothing typed is lost


def test_what_was_filed_is_shown_to_nobody_else(tenant: Tenant, subject: User, otto: Client, anonymous: Client) -> None:
    address = f"/requests/{file(tenant, subject).reference}/filed/"
    assert [otto.get(address).status_code, anonymous.get(address).status_code] == [404, 404]


@pytest.mark.parametrize("page", ["", "question/", "who/", "check/"])
def test_other_methods_are_refused(anonymous: Client, page: str) -> None:
    assert anonymous.delete(f"{NEW}{page}").status_code == 405
