"""Codes that prove an address without an account: guessed, replayed, carried elsewhere. Attacks 1, 2, 5, 6, 7."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import queries
from dsar.actions import verification
from dsar.models import Status, Step, SubjectRequest
from tests.dsar.views.conftest import browser, file, mailed_code, token_of

NEW = "/requests/new/"


def confirm(subject_request: SubjectRequest) -> str:
    return f"/requests/confirm/{subject_request.reference}/"


def guess(client: Client, subject_request: SubjectRequest, code: str) -> int:
    return client.post(confirm(subject_request), {"code": code}).status_code


def test_the_right_code_is_void_after_three_guesses_and_each_is_recorded(tenant: Tenant, anonymous: Client) -> None:
    subject_request = file(tenant, None)
    code = mailed_code()
    assert [guess(anonymous, subject_request, "00000000") for _ in range(3)] == [422] * 3
    assert guess(anonymous, subject_request, code) == 422
    subject_request.refresh_from_db()
    assert subject_request.status == Status.AWAITING_VERIFICATION
    assert AuditEvent.objects.filter(verb="request.code_refused").count() == 3
    assert not Step.objects.exists()


@pytest.mark.thorough
def test_new_codes_give_a_guesser_fifteen_tries_in_all(tenant: Tenant, anonymous: Client) -> None:
    subject_request = file(tenant, None)
    for _ in range(20):
        guess(anonymous, subject_request, "00000000")
        anonymous.post(confirm(subject_request), {"action": "send"})
    assert subject_request.codes.count() == verification.MOST_CODES
    assert sum(code.attempts for code in subject_request.codes.all()) <= verification.MOST_CODES * 3
    assert OutgoingEmail.objects.filter(kind="verify_code").count() == verification.MOST_CODES


def test_a_code_ends_with_its_ten_minutes(tenant: Tenant, anonymous: Client) -> None:
    subject_request = file(tenant, None, at=timezone.now() - verification.CODE_LIFETIME - timedelta(seconds=1))
    assert guess(anonymous, subject_request, mailed_code()) == 422


def test_a_code_works_once_and_for_its_own_request_alone(tenant: Tenant, anonymous: Client) -> None:
    first, second = file(tenant, None), file(tenant, None, email="bob@example.com")
    theirs = mailed_code()
    assert guess(anonymous, first, theirs) == 422
    assert guess(anonymous, second, theirs) == 302
    before = SubjectRequest.objects.get(pk=second.pk)
    assert b"needs no code" in browser().post(confirm(second), {"code": theirs}).content
    assert SubjectRequest.objects.get(pk=second.pk).verified_at == before.verified_at


def test_a_code_is_not_kept_as_it_is(tenant: Tenant) -> None:
    file(tenant, None)
    code = mailed_code()
    assert code not in repr(list(SubjectRequest.objects.get().codes.values()))


def test_a_request_for_somebody_elses_address_starts_nothing(tenant: Tenant, otto: Client, anonymous: Client) -> None:
    for client in (otto, anonymous):
        client.post(NEW, {"type": "access"})
        client.post(f"{NEW}who/", {"email": "ann@example.com"})
        client.post(f"{NEW}check/", {"token": token_of(client.get(f"{NEW}check/")), "email": "ann@example.com"})
    signed_in, without = SubjectRequest.objects.get(email="otto@example.com"), SubjectRequest.objects.get(account=None)
    assert list(signed_in.identities.values_list("value", flat=True)) == ["otto@example.com"]
    assert (without.status, without.identities.count()) == (Status.AWAITING_VERIFICATION, 0)
    assert not Step.objects.filter(subject_request=without).exists()
    assert set(OutgoingEmail.objects.filter(kind="verify_code").values_list("to", flat=True)) == {"ann@example.com"}


@pytest.mark.parametrize("alike", ["ann+x@example.com", "a.nn@example.com", "ánn@example.com", "аnn@example.com"])
def test_an_address_that_only_looks_alike_shows_nothing_of_another(
    tenant: Tenant, subject: User, outsider: User, alike: str
) -> None:
    theirs = file(tenant, None, email=alike)
    verification.confirm(theirs, code=mailed_code(), now=timezone.now())
    assert theirs not in queries.visible_to(account=subject, tenant=tenant)
    assert file(tenant, subject) not in queries.visible_to(account=outsider, tenant=tenant)


def test_an_unconfirmed_request_is_not_in_the_list_of_whoever_owns_the_address(tenant: Tenant, ann: Client) -> None:
    assert file(tenant, None).reference.encode() not in ann.get("/requests/").content


def test_filing_looks_the_same_for_a_known_and_an_unknown_address(tenant: Tenant, subject: User) -> None:
    file(tenant, subject)  # known, with an open request of this very kind
    known, unknown = (filed_by_a_stranger(email) for email in ("ann@example.com", "nobody@example.com"))
    assert known == unknown


def filed_by_a_stranger(email: str) -> list[tuple[int, str]]:
    client = browser()
    pages = [client.post(NEW, {"type": "access"}), client.post(f"{NEW}who/", {"email": email})]
    check = client.get(f"{NEW}check/")
    sent = client.post(f"{NEW}check/", {"token": token_of(check)})
    link = sent.headers["Location"]
    pages += [check, client.get(link), client.post(link, {"code": "00000000"})]
    return [(sent.status_code, ""), *((page.status_code, as_seen(page.content.decode(), email)) for page in pages)]


def as_seen(page: str, email: str) -> str:
    """Leave out what differs for everybody: the address typed, the reference, tokens and moments."""
    page = page.replace(email, "@")
    page = re.sub(r"R-[0-9A-Z-]{12}|(?<=value=\")[\w-]{20,}|datetime=\"[^\"]+\"", "", page)
    return re.sub(r">[^<]*\b\d\d:\d\d\b[^<]*<", "><", page)
