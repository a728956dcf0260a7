"""The token of an unsubscribe link, and the header that a message carries it in (RFC 8058)."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core import mail
from pytest_django import Settings

from accounts import outbox
from accounts.models import Tenant
from dsar.actions.unsubscribing import (
    NoMailingError,
    OtherTenantsTokenError,
    UnsubscribeTokenError,
    read_unsubscribe_token,
    unsubscribe_headers,
    unsubscribe_token,
)
from dsar.models import MAILINGS, Purpose
from tests.dsar.conftest import make_tenant

ANN = "ann@example.com"


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture
def other(tenant: Tenant) -> Tenant:
    return Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")


def token(tenant: Tenant) -> str:
    return unsubscribe_token(tenant=tenant, email=ANN, purpose=Purpose.TIPS)


def test_a_token_says_who_and_what_without_the_address(tenant: Tenant) -> None:
    assert read_unsubscribe_token(token(tenant), tenant=tenant).purpose is Purpose.TIPS
    assert "ann" not in token(tenant).lower().split(".")


def test_no_part_of_a_token_can_be_changed(tenant: Tenant) -> None:
    right = token(tenant)
    wrong = [right[:place] + ("A" if right[place] != "A" else "B") + right[place + 1 :] for place in range(len(right))]
    wrong += [right[:-1], right + "A", "", "....", right.replace("tips", "research"), "é" * 20]
    for one in wrong:
        with pytest.raises(UnsubscribeTokenError):
            read_unsubscribe_token(one, tenant=tenant)


def test_another_tenants_token_is_known_as_such(tenant: Tenant, other: Tenant) -> None:
    with pytest.raises(OtherTenantsTokenError):
        read_unsubscribe_token(token(other), tenant=tenant)
    forged = token(other).replace(f"1.{other.pk}.", f"1.{tenant.pk}.")
    with pytest.raises(UnsubscribeTokenError, match="signature"):
        read_unsubscribe_token(forged, tenant=tenant)


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - MAILINGS))
def test_a_use_of_data_has_no_link(tenant: Tenant, purpose: Purpose) -> None:
    with pytest.raises(NoMailingError):
        unsubscribe_token(tenant=tenant, email=ANN, purpose=purpose)


def test_the_header_arrives_as_it_was_written(tenant: Tenant, settings: Settings, now: datetime) -> None:
    """A long header is folded on its way: what a mail service reads must still be one address."""
    settings.PUBLIC_BASE_URL = "https://acme.test"
    headers = unsubscribe_headers(tenant=tenant, email=ANN, purpose=Purpose.PRODUCT_NEWS)
    outbox.put(
        tenant=tenant,
        kind="news",
        to=ANN,
        subject="News",
        text="New!",
        html="",
        at=now,
        headers=headers,
        essential=False,
    )
    assert outbox.send_due(now=now) == 1
    wire = mail.outbox[0].message().as_bytes()
    assert b"=?" not in wire.split(b"\n\n")[0], "no mail service decodes words in this header"
    received = email.message_from_bytes(wire, policy=email.policy.default)
    said = unsubscribe_token(tenant=tenant, email=ANN, purpose=Purpose.PRODUCT_NEWS)
    assert received["List-Unsubscribe"].strip() == f"<https://acme.test/unsubscribe/{said}/>"
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_https_there_is_a_link_and_no_one_click(tenant: Tenant, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "http://localhost:8000"
    headers = unsubscribe_headers(tenant=tenant, email=ANN, purpose=Purpose.TIPS)
    assert set(headers) == {"List-Unsubscribe"}
    assert headers["List-Unsubscribe"].startswith("<http://acme.test:8000/unsubscribe/")
