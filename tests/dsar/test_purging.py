"""Purges of a tenant's real store: a report, an approval, then the deed by the hour; people's own days and holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar.actions import intake
from dsar.actions.erasing import forgetting
from dsar.actions.holding import set_hold
from dsar.actions.purging import choosing, running
from dsar.actions.purging.approving import NotApprovableError, approve
from dsar.models import PurgeApproval, PurgeRun, RequestType, RetentionChoice, Status, SubjectRequest
from dsar.tenantmap import tenant_map
from tests.dsar.conftest import StepClock, account
from tests.dsar.purges import add_visits, map_file, see, seen
from tests.dsar.test_the_way_of_a_request import file_access

ANN, BOB = 0, 1


@pytest.fixture(autouse=True)
def _visits(tenant: Tenant, now: datetime) -> None:
    add_visits(tenant)
    see(tenant, now, [(1, ANN, 31), (2, ANN, 8), (3, BOB, 31), (4, BOB, 8), (5, None, 31)])


def fingerprint(tenant: Tenant) -> str:
    return tenant_map(tenant).platform.data_map.fingerprint


def approved(tenant: Tenant, by: User, clock: StepClock) -> None:
    running.report(tenant, clock=clock)
    approve(tenant=tenant, fingerprint=fingerprint(tenant), by=by, now=clock())


def part(run: PurgeRun | None) -> dict[str, object]:
    assert run is not None
    found: dict[str, object] = next(item for item in run.report["collections"] if item["collection"] == "visits")
    return found


def test_the_first_run_is_a_report(tenant: Tenant, clock: StepClock) -> None:
    assert running.run_due(clock=clock) == 1
    run = PurgeRun.objects.get()
    assert not run.deletes
    assert (part(run)["past"], part(run)["deleted"]) == (3, 0)
    assert seen(tenant) == {1, 2, 3, 4, 5}
    assert running.run_due(clock=clock) == 0  # nobody needs it every hour
    clock.now += timedelta(days=1)
    assert running.run_due(clock=clock) == 1
    assert AuditEvent.objects.filter(verb="purge.reported").count() == 2


def test_a_run_that_was_stopped_goes_on_the_next_hour(
    tenant: Tenant, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(tenant, reviewer, clock)
    monkeypatch.setattr(running, "MOST_TIME", timedelta(0))
    assert running.run_due(clock=clock) == 1
    assert not part(PurgeRun.objects.last())["finished"]
    assert running.run_due(clock=clock) == 1
    monkeypatch.undo()
    assert running.run_due(clock=clock) == 1
    assert part(PurgeRun.objects.last())["finished"]
    assert running.run_due(clock=clock) == 0
    clock.now += timedelta(hours=6)
    assert running.run_due(clock=clock) == 1


def test_what_was_approved_is_done(tenant: Tenant, reviewer: User, clock: StepClock) -> None:
    approved(tenant, reviewer, clock)
    assert running.run_due(clock=clock) == 1
    run = PurgeRun.objects.last()
    assert (part(run)["past"], part(run)["deleted"], part(run)["finished"]) == (0, 3, True)
    assert seen(tenant) == {2, 4}
    facts = AuditEvent.objects.get(verb="purge.done").facts
    assert (facts["deleted"], facts["past"], facts["problems"]) == (3, 0, 0)


def test_a_changed_map_is_a_report_again(tenant: Tenant, reviewer: User, clock: StepClock) -> None:
    approved(tenant, reviewer, clock)
    file = map_file(tenant)
    file.write_text(file.read_text(encoding="utf-8").replace("days: 30", "days: 7"), encoding="utf-8")
    running.run_due(clock=clock)
    run = PurgeRun.objects.last()
    assert run is not None
    assert not run.deletes
    assert part(run)["past"] == 5
    assert seen(tenant) == {1, 2, 3, 4, 5}


def test_people_keep_their_rows_as_they_chose(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    bob = account("bob@example.com")
    for who, days in ((subject, 7), (bob, 60)):
        choosing.choose(tenant=tenant, account=who, category="Visits & clicks", days=days, by=who, now=clock())
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    RetentionChoice.objects.create(tenant=other, account=bob, category="Visits & clicks", days=1, chosen_at=clock())
    approved(tenant, reviewer, clock)
    running.run(tenant, clock=clock)
    assert seen(tenant) == {3, 4}


def test_a_tenant_says_days_for_everybody_else(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    choosing.choose(tenant=tenant, account=None, category="Visits & clicks", days=5, by=reviewer, now=clock())
    choosing.choose(tenant=tenant, account=subject, category="Visits & clicks", days=10, by=subject, now=clock())
    approved(tenant, reviewer, clock)
    running.run(tenant, clock=clock)
    assert seen(tenant) == {2}


def test_who_is_held_loses_nothing(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    asked = file_access(tenant, subject, clock())
    set_hold(asked, reason="A court asks.", until=None, by=reviewer, now=clock())
    choosing.choose(tenant=tenant, account=subject, category="Visits & clicks", days=1, by=subject, now=clock())
    approved(tenant, reviewer, clock)
    run = running.run(tenant, clock=clock)
    assert seen(tenant) == {1, 2, 4}
    assert part(run)["held"] == 1


def test_two_at_once_are_one(tenant: Tenant, reviewer: User, clock: StepClock) -> None:
    approved(tenant, reviewer, clock)
    now = clock()
    other = PurgeRun.objects.create(
        tenant=tenant, fingerprint="x", deletes=True, started_at=now, lease_until=now + running.LEASE
    )
    assert running.run(tenant, clock=clock) is None
    assert seen(tenant) == {1, 2, 3, 4, 5}
    clock.now += running.LEASE  # its worker was killed
    assert running.run(tenant, clock=clock) is not None
    assert seen(tenant) == {2, 4}
    other.refresh_from_db()
    assert (other.finished_at is not None, other.report) == (True, {})


def test_nobody_approves_what_nobody_has_seen(tenant: Tenant, reviewer: User, clock: StepClock) -> None:
    with pytest.raises(NotApprovableError, match="a report"):
        approve(tenant=tenant, fingerprint=fingerprint(tenant), by=reviewer, now=clock())
    running.report(tenant, clock=clock)
    with pytest.raises(NotApprovableError, match="as it is now"):
        approve(tenant=tenant, fingerprint="0" * 64, by=reviewer, now=clock())
    auditor = account("olga@acme.example")
    Membership.objects.create(user=auditor, tenant=tenant, role=Role.AUDITOR)
    for outsider in (auditor, account("otto@example.com")):
        with pytest.raises(NotApprovableError, match="no role"):
            approve(tenant=tenant, fingerprint=fingerprint(tenant), by=outsider, now=clock())
    assert not PurgeApproval.objects.exists()


def test_a_broken_map_of_one_tenant_holds_up_no_other(tenant: Tenant, clock: StepClock) -> None:
    Tenant.objects.create(slug="broken", name="Broken", contact_email="privacy@broken.example")
    assert running.run_due(clock=clock) == 1


def test_the_command_reports_approves_and_deletes(
    tenant: Tenant, reviewer: User, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    see(tenant, now, [(11, ANN, 31), (12, ANN, -2)])
    assert command("acme") == 0
    said = capsys.readouterr().out
    assert "6 older than 30 days, the oldest of" in said
    assert "1 in the future: they stay  app:visits" in said
    assert f"--approve {fingerprint(tenant)} --by EMAIL" in said
    assert command("acme", "--delete") == 3
    assert "nothing was deleted" in capsys.readouterr().err
    assert command("acme", "--approve", fingerprint(tenant), "--by", reviewer.email) == 0
    assert command("acme", "--delete") == 0
    assert "6 deleted  app:visits" in capsys.readouterr().out
    assert seen(tenant) == {12}


def command(*words: str) -> object:
    with pytest.raises(SystemExit) as caught:
        call_command("retention", *words)
    return caught.value.code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("acme", "--set", "Visits & clicks=0"), "greater than or equal to 1"),
        (("acme", "--set", "Visits & clicks=91"), "less than or equal to 90"),
        (("acme", "--set", "Visits & clicks=soon"), "DAYS from 1 to 90, not 'Visits & clicks=soon'"),
        (("acme", "--set", "Letters=7"), "has no category 'Letters'"),
        (("acme", "--leave-open", "Letters"), "has no category 'Letters'"),
        (("acme", "--approve", "x"), "--by EMAIL"),
        (("acme", "--approve", "x", "--by", "rita@acme.example"), "as it is now"),
        (("other",), "no tenant 'other'"),
    ],
)
def test_bad_input_changes_nothing(
    tenant: Tenant, reviewer: User, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert command(*words) == 2
    assert message in capsys.readouterr().err
    assert not RetentionChoice.objects.exists()
    assert not PurgeApproval.objects.exists()


def test_the_command_sets_a_tenants_days(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("acme", "--set", "Visits & clicks=12") == 0
    row = RetentionChoice.objects.get()
    assert (row.account, row.days) == (None, 12)
    assert command("acme", "--leave-open", "Visits & clicks") == 0
    assert not RetentionChoice.objects.exists()


def test_what_somebody_chose_is_forgotten_with_them(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    for who in (subject, reviewer):
        choosing.choose(tenant=tenant, account=who, category="Searches", days=7, by=who, now=clock())
    filing = intake.Filing(type=RequestType.ERASURE, email=subject.email, token="t")
    erasure = intake.file_request(tenant=tenant, filing=filing, account=subject, now=clock())
    SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.FULFILLED, closed_at=clock())
    with transaction.atomic():
        forgetting.forget_person(erasure, now=clock())
    assert RetentionChoice.objects.get().account == reviewer
