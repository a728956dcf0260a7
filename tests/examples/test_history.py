"""The demo's past: marked as made up, consistent, and of the same make each time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.audit.verify import verify_all
from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant
from dsar.deadlines import HOUSE_PROMISE
from dsar.models import ClockPause, Decision, SubjectRequest
from examples.macrosora.history.invented import DAYS, invented
from tests.dsar.conftest import account
from tests.dsar.views.conftest import HOST, browser, second_factor

NOW = datetime(2026, 3, 2, 10, 20, tzinfo=UTC)


@pytest.fixture
def demo(db: None) -> Tenant:
    tenant = Tenant.objects.create(slug="macrosora", name="Macrosora", contact_email="p@macrosora.example")
    tenant.hosts.create(host=HOST)
    Membership.objects.create(user=account("rita@macrosora.example"), tenant=tenant, role=Role.REVIEWER)
    return tenant


@pytest.fixture
def team(demo: Tenant) -> Client:
    return browser(second_factor(Membership.objects.get(tenant=demo).user))


def test_nothing_of_it_is_older_than_texts_are_kept_or_yet_to_come() -> None:
    for seed in range(5):
        pasts = invented(now=NOW, seed=seed)
        assert pasts == invented(now=NOW, seed=seed)
        assert len(pasts) > 80
        for past in pasts:
            assert NOW - timedelta(days=DAYS + 1) <= past.received_at <= (past.verified_at or NOW)
            assert (past.verified_at or past.received_at) <= (past.closed_at or NOW) <= NOW
        assert {past.closed_at is None for past in pasts} == {True, False}


def test_it_is_written_once_and_its_chain_holds(demo: Tenant) -> None:
    began = time.process_time()
    call_command("seed_history")
    assert time.process_time() - began < 3, "the demo starts with it"
    count, events = SubjectRequest.objects.count(), AuditEvent.objects.count()
    call_command("seed_history")
    assert (SubjectRequest.objects.count(), AuditEvent.objects.count()) == (count, events)
    assert all(verdict.holds for verdict in verify_all())
    assert not OutgoingEmail.objects.exists(), "nobody is mailed about people who are not there"


def test_every_row_says_that_it_is_made_up_and_fits_the_others(demo: Tenant) -> None:
    call_command("seed_history")
    for row in SubjectRequest.objects.prefetch_related("pauses"):
        assert row.filing_token.startswith("demo-history-")
        assert row.email.endswith("@history.example") or (row.type == "erasure" and row.texts_deleted_at)
        stopped = sum((pause.ended_at - pause.started_at for pause in row.pauses.all() if pause.ended_at), timedelta())
        if row.verified_at:
            assert row.due_at == row.received_at + HOUSE_PROMISE + stopped
    closed = SubjectRequest.objects.filter(closed_at__isnull=False)
    assert not ClockPause.objects.filter(subject_request__in=closed, ended_at=None).exists()
    denied = closed.filter(status="denied", verified_at__isnull=False)
    assert denied.exists()
    assert set(Decision.objects.filter(kind="deny").values_list("subject_request", flat=True)) == set(
        denied.values_list("pk", flat=True)
    )


@pytest.mark.thorough
def test_every_page_of_it_opens(demo: Tenant, team: Client) -> None:
    call_command("seed_history")
    kinds: dict[tuple[str, str, bool], str] = {}
    for row in SubjectRequest.objects.all():
        kinds[row.type, row.status, row.verified_at is None] = row.reference
    for reference in kinds.values():
        assert team.get(f"/desk/{reference}/").status_code == 200, reference
    assert team.get("/desk/").status_code == 200
    assert timezone.now() - SubjectRequest.objects.latest("received_at").received_at < timedelta(days=1)
