"""The dashboard: its numbers, its files, who sees it, and that it asks as much of a full register as of a small one."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role, Tenant, User
from dsar.actions.figures.keeping import keep_all
from dsar.models import DecisionKind, MorningDigest, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.figures.registers import Made, write

PAGE = "/desk/dashboard/"
TABLES = ("volume", "types", "ages", "speed", "stores", "load", "risks")


def made(*, received: int, end: str = "full", took: int = 60, kind: str = "access") -> Made:
    return Made(type=kind, regime="gdpr", received=received, end=end, took=took, reason="other", pauses=())


@pytest.fixture
def start() -> datetime:
    return timezone.now() - timedelta(days=30)


def register(tenant: Tenant, start: datetime, count: int = 4) -> None:
    """Write a register of a month: most in time, some late, some of them open and old."""
    ends = [made(received=number * 60, end="full", took=120) for number in range(count)]
    late = [made(received=number * 60, end="denied", took=60 * 60, kind="erasure") for number in range(count)]
    write(tenant, start, [*ends, *late, *(made(received=number, end="open") for number in range(count))])


def text(client: Client, query: str = "") -> str:
    page = client.get(PAGE + query)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def rows(client: Client, name: str, query: str = "") -> list[dict[str, str]]:
    file = client.get(f"{PAGE}{name}.csv{query}")
    assert (file.status_code, file["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert file.content.startswith(b"\xef\xbb\xbf"), "Excel would take it for the machine's old code page"
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_it_tells_what_is_open_how_quick_we_are_and_when_it_will_be_empty(
    rita: Client, tenant: Tenant, start: datetime
) -> None:
    register(tenant, start)
    found = text(rita)
    assert "50 % of 8 answered" in found
    assert "Open now 4" in found
    assert "never at this pace" in found
    assert "R-0008" in found, "what is overdue is listed, with the way to its case"
    by_type = {row["type"]: row for row in rows(rita, "types")}
    assert by_type["access"]["half_within_hours"] == "2"
    assert (by_type["erasure"]["share_within_promise"], by_type["erasure"]["p95_within_hours"]) == ("0.0", "60")
    assert sum(int(row["received"]) for row in rows(rita, "volume")) == 12
    assert [row["open_at_end"] for row in rows(rita, "volume")][-1] == "4"
    assert rows(rita, "ages")[-1] == {"age": "168 h-", "with_us": "4", "waiting_for_person": "0"}


def test_kept_figures_tell_the_same(rita: Client, tenant: Tenant, start: datetime) -> None:
    register(tenant, start)
    before = {name: rows(rita, name) for name in TABLES}
    keep_all(now=timezone.now())
    assert {name: rows(rita, name) for name in TABLES} == before


def test_it_is_narrowed_by_its_address(rita: Client, tenant: Tenant, start: datetime) -> None:
    register(tenant, start)
    assert [row["type"] for row in rows(rita, "types", "?type=erasure")] == ["erasure"]
    assert len(rows(rita, "volume", "?period=4w")) == 28
    assert len(rows(rita, "volume", "?period=12m")) == 12
    assert not rows(rita, "types", "?law=ccpa")
    assert (
        'href="/desk/dashboard/volume.csv?period=4w&amp;type=erasure"'
        in rita.get(f"{PAGE}?period=4w&type=erasure").content.decode()
    )
    assert len(rows(rita, "volume", "?period=1y&type=nothing")) == 13, "what nobody can choose is the usual"
    assert rita.get(f"{PAGE}nothing.csv").status_code == 404


def test_what_waits_for_the_person_is_not_at_risk(rita: Client, tenant: Tenant) -> None:
    now = timezone.now()
    asked = Made("access", "gdpr", 0, "open", 0, "other", ())
    write(tenant, now - timedelta(hours=40), [asked])
    assert len(rows(rita, "risks")) == 1
    SubjectRequest.objects.get().pauses.create(reason="asked", started_at=now - timedelta(hours=1))
    assert rows(rita, "risks") == []
    assert "Nothing breaks the promise" in text(rita)
    SubjectRequest.objects.update(due_at=now - timedelta(hours=2))
    assert len(rows(rita, "risks")) == 1, "it was broken before we asked"


def test_a_store_that_fails_is_on_top(rita: Client, tenant: Tenant, start: datetime) -> None:
    register(tenant, start)
    waiting = SubjectRequest.objects.filter(closed_at=None)[0]
    at = timezone.now() - timedelta(hours=1)
    step = {"not_before": at, "started_at": at, "stage": 1, "finished_at": at + timedelta(seconds=2)}
    waiting.steps.create(kind=StepKind.COLLECT, dataset="=away", state=StepState.FAILED, error="gone", **step)
    waiting.steps.create(kind=StepKind.COLLECT, dataset="app", state=StepState.DONE, rows=7, attempts=3, **step)
    away, app, *_rest = rows(rita, "stores")
    assert (away["store"], away["requests_waiting"], away["failed"]) == ("'=away", "1", "1"), "no formula"
    assert (app["done"], app["tried_again"], app["mean_seconds"], app["rows"]) == ("1", "2", "2.0", "7")
    assert "wait for 1 store" in text(rita)
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Asia/Kolkata")
    assert rows(rita, "stores")[1]["last_success"].endswith("+05:30"), "by the tenant's clock"


def test_nobody_reads_what_one_colleague_did(rita: Client, olga: Client, reviewer: User, tenant: Tenant) -> None:
    write(tenant, timezone.now() - timedelta(days=1), [made(received=0, end="open")])
    waiting, now = SubjectRequest.objects.get(), timezone.now()
    others = [account(f"{name}@acme.example") for name in ("ben", "cy", "di")]
    for number, other in enumerate(others, start=1):
        Membership.objects.create(user=other, tenant=tenant, role=Role.REVIEWER)
        for _ in range(number):
            waiting.decisions.create(kind=DecisionKind.RETRY, by=other, at=now)
    told = {row["what"]: row["how_much"] for row in rows(rita, "load")}
    assert told == {"deciders": "4", "open_each": "0.2", "decisions": "6", "decisions_each": "1.5"}
    waiting.decisions.create(kind=DecisionKind.RETRY, by=reviewer, at=now)
    assert {row["what"]: row["how_much"] for row in rows(rita, "load")}["spread"] == "1 to 3"
    assert "yours" in {row["what"] for row in rows(rita, "load")}
    assert "yours" not in {row["what"] for row in rows(olga, "load")}
    assert "ben@" not in text(rita)


def test_a_tenant_without_requests_has_a_dashboard(rita: Client, tenant: Tenant) -> None:
    found = text(rita)
    assert "Nothing was received or closed in this period" in found
    assert "The queue is empty now" in found
    for name in TABLES:
        rows(rita, name)


def test_another_tenants_requests_are_not_told(rita: Client, tenant: Tenant, start: datetime) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@example.com")
    register(other, start)
    for _ in range(2):
        assert "Open now 0" in text(rita)
        assert "R-00" not in text(rita)
        keep_all(now=timezone.now())


@pytest.mark.parametrize("is_kept", [False, True])
def test_it_asks_as_much_of_a_full_register(rita: Client, tenant: Tenant, start: datetime, is_kept: bool) -> None:
    register(tenant, start, count=1)
    asked = []
    for _ in range(2):
        if is_kept:
            keep_all(now=timezone.now())
        rita.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            assert rita.get(PAGE).status_code == 200
        asked.append(len(captured))
        SubjectRequest.objects.all().delete()
        register(tenant, start, count=30)
    assert asked[0] == asked[1] < 40


def test_a_message_in_the_morning_is_each_ones_own_choice(rita: Client, olga: Client, reviewer: User) -> None:
    assert "Mail me each morning" in text(rita)
    for wanted in ("yes", "yes"):
        assert rita.post(f"{PAGE}digest/", {"wanted": wanted}).status_code == 302
    assert MorningDigest.objects.get().user == reviewer
    assert "Stop the morning message" in text(rita)
    rita.post(f"{PAGE}digest/", {"wanted": "no"})
    assert not MorningDigest.objects.exists()
    assert "Mail me each morning" not in text(olga), "who decides nothing has nothing to be reminded of"
