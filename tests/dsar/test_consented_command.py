"""What a sending service is told by manage.py consented: yes for what was switched on, no for all the rest."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Tenant, User
from dsar.actions import preferences
from dsar.actions.unsubscribing import read_unsubscribe_token
from dsar.models import Purpose
from tests.dsar.conftest import make_tenant


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


def ask(email: str, purpose: str = "tips", tenant: str = "acme") -> tuple[int, str, str]:
    """Return the exit status, and what was written and complained of."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("consented", email, tenant=tenant, purpose=purpose, stdout=out, stderr=err)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def switch(tenant: Tenant, account: User, given: bool, now: datetime, purpose: Purpose = Purpose.TIPS) -> None:
    preferences.change(tenant=tenant, account=account, purpose=purpose, given=given, now=now)


def test_only_what_was_switched_on_is_a_yes(tenant: Tenant, subject: User, now: datetime) -> None:
    assert ask("ann@example.com") == (1, "", "")
    switch(tenant, subject, True, now)
    assert ask(" ANN@example.com")[0] == 0
    assert ask("ann@example.com", "research")[0] == 1
    assert ask("bob@example.com")[0] == 1
    switch(tenant, subject, False, now)
    assert ask("ann@example.com") == (1, "", "")


def test_a_yes_brings_the_link_that_takes_it_back(
    tenant: Tenant, subject: User, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_BASE_URL = "https://portal.example"
    switch(tenant, subject, True, now)
    headers = json.loads(ask("ann@example.com")[1])["headers"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = headers["List-Unsubscribe"].rpartition("/unsubscribe/")[2].removesuffix("/>")
    preferences.unsubscribe(read_unsubscribe_token(token, tenant=tenant), now=now)
    assert ask("ann@example.com")[0] == 1


def test_a_use_of_data_has_no_headers(tenant: Tenant, subject: User, now: datetime) -> None:
    switch(tenant, subject, True, now, Purpose.TRAINING)
    assert json.loads(ask("ann@example.com", "training")[1]) == {"email": "ann@example.com", "headers": {}}


def test_many_are_asked_at_once(
    tenant: Tenant, subject: User, outsider: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch(tenant, subject, True, now)
    switch(tenant, outsider, False, now)
    monkeypatch.setattr(sys, "stdin", io.StringIO("otto@example.com\n\nann@example.com\nbob@example.com\n"))
    status, written, _complaints = ask("-")
    assert status == 0
    assert [json.loads(line)["email"] for line in written.splitlines()] == ["ann@example.com"]


@pytest.mark.parametrize("email", ["", "ann", "ann@example.com\nbob@example.com", "@", "ann@@example.com"])
def test_what_is_no_address_is_no_yes(tenant: Tenant, email: str) -> None:
    status, written, complaints = ask(email)
    assert (status, written) == (2, "")
    assert "not an email address" in complaints


def test_an_unknown_company_is_named(tenant: Tenant) -> None:
    status, written, complaints = ask("ann@example.com", tenant="acmee")
    assert (status, written) == (2, "")
    assert "no tenant 'acmee'; known: acme" in complaints


def test_an_unknown_purpose_is_no_yes(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("consented", "ann@example.com", "--tenant=acme", "--purpose=spam")
