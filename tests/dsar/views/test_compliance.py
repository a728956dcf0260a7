"""The public page: of companies that want it, of months that are over, made by beat and never by looking."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Tenant
from dsar.actions.figures.publishing import publish_all
from dsar.actions.ruling import set_rules
from dsar.models import PublishedFigures
from tests.dsar.figures.registers import Made, write

PAGE, FILE = "/compliance/", "/compliance/figures.json"


def made(number: int, *, kind: str = "access", took: int = 120) -> Made:
    return Made(type=kind, regime="gdpr", received=number, end="full", took=took, reason="other", pauses=())


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def publishing(tenant: Tenant, now: datetime) -> Tenant:
    set_rules(tenant, by=None, now=now, publishes_figures=True)
    return tenant


@pytest.fixture
def register(publishing: Tenant, now: datetime) -> Tenant:
    """Twelve copies two months ago, one of them late; three deletions, and 20 of this month that is not over."""
    copies = [made(number, took=120 if number else 60 * 60) for number in range(12)]
    write(publishing, now - timedelta(days=62), [*copies, *(made(number, kind="erasure") for number in range(3))])
    publish_all(now=now)
    return publishing


def test_a_company_that_does_not_publish_has_no_such_page(anonymous: Client, tenant: Tenant) -> None:
    assert [anonymous.get(path).status_code for path in (PAGE, FILE)] == [404, 404]


def test_before_anything_was_made_it_says_so(anonymous: Client, publishing: Tenant) -> None:
    assert "There are no figures yet" in anonymous.get(PAGE).content.decode()
    assert anonymous.get(FILE).status_code == 404


def test_anybody_reads_it_without_small_numbers(anonymous: Client, register: Tenant) -> None:
    page = anonymous.get(PAGE).content.decode()
    assert "10+" in page
    assert "93 %" in page  # 14 of 15
    assert "fewer than 10" in page
    assert anonymous.get(FILE)["Cache-Control"].startswith("public")
    found = json.loads(anonymous.get(FILE).content)
    assert found["all"]["received"] == 10
    assert found["by_type"]["erasure"] == dict.fromkeys(found["all"])
    assert len(found["by_month"]) in (2, 3), "nothing was asked before"


def test_it_is_made_once_a_month_and_goes_with_the_wish(register: Tenant, now: datetime, anonymous: Client) -> None:
    assert publish_all(now=now) == 0
    assert publish_all(now=now + timedelta(days=32)) == 1
    set_rules(register, by=None, now=now, publishes_figures=False)
    assert anonymous.get(PAGE).status_code == 404
    publish_all(now=now)
    assert not PublishedFigures.objects.exists()


def test_a_month_that_is_not_over_is_not_told(publishing: Tenant, now: datetime, anonymous: Client) -> None:
    start = now.replace(day=1, hour=0, minute=0)
    write(publishing, start, [made(number) for number in range(20)])
    publish_all(now=now)
    assert json.loads(anonymous.get(FILE).content)["all"]["received"] is None


def test_two_companies_tell_each_of_its_own(register: Tenant, now: datetime) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@example.com")
    set_rules(other, by=None, now=now, publishes_figures=True)
    publish_all(now=now)
    assert PublishedFigures.objects.get(tenant=other).document["by_type"] == {}


def test_it_asks_the_database_little(anonymous: Client, register: Tenant) -> None:
    anonymous.get(PAGE)
    with CaptureQueriesContext(connection) as captured:
        anonymous.get(PAGE)
    assert len(captured) <= 4
