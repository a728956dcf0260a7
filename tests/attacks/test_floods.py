"""One place that files, signs up or asks for codes in bulk is stopped with a page that says so. Attacks 6, 8."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import OutgoingEmail, Tenant
from dsar.models import SubjectRequest
from tests.dsar.views.conftest import browser, token_of

NEW = "/requests/new/"


def file_for(number: int) -> Any:
    client = browser()
    client.post(NEW, {"type": "access"})
    client.post(f"{NEW}who/", {"email": f"p{number}@example.com"})
    return client.post(f"{NEW}check/", {"token": token_of(client.get(f"{NEW}check/"))})


@pytest.mark.thorough
def test_requests_without_an_account_from_one_place(tenant: Tenant) -> None:
    answers = [file_for(number) for number in range(32)]
    assert [answer.status_code for answer in answers] == [302] * 30 + [429] * 2
    assert b"Too many tries" in answers[-1].content
    assert SubjectRequest.objects.count() == OutgoingEmail.objects.count() == 30


@pytest.mark.thorough
def test_a_signed_in_person_is_not_counted_among_them(tenant: Tenant, ann: Client) -> None:
    for number in range(30):
        file_for(number)
    ann.post(NEW, {"type": "access"})
    assert ann.post(f"{NEW}check/", {"token": token_of(ann.get(f"{NEW}check/"))}).status_code == 302


@pytest.mark.thorough
@pytest.mark.parametrize(("where", "field"), [("signup", "email"), ("login", "login")])
def test_codes_to_many_addresses_from_one_place(tenant: Tenant, where: str, field: str) -> None:
    addresses = [f"p{number}@example.com" for number in range(30)]
    answers = [browser().post(f"/accounts/{where}/", {field: address}) for address in addresses]
    assert OutgoingEmail.objects.count() <= 20
    assert answers[-1].status_code in {200, 429}
    assert b"Too many" in answers[-1].content
