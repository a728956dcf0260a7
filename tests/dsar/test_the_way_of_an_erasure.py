"""From the wish to be forgotten to the proof, through the actions, on a real store."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import Membership, OutgoingEmail, Role, Tenant, User
from dsar.actions import expiry, intake, review
from dsar.actions.erasing import certifying, deciding, watching
from dsar.actions.erasing.deciding import ErasureError
from dsar.actions.erasing.planning import order_of
from dsar.actions.erasing.steps import erase
from dsar.actions.erasing.work import latest_preview, shown
from dsar.actions.fulfilment.leases import claim, lease
from dsar.actions.fulfilment.running import run_next
from dsar.actions.holding import lift_holds, set_hold
from dsar.models import ErasureOrder, Outcome, RequestType, Status, StepKind, StepState, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import StepClock, app_database
from tests.dsar.erasing import change, make_erasable, others, rows
from tests.dsar.test_the_way_of_a_request import file_access, work

pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _erasable(tenant: Tenant, settings: Settings, tmp_path: Path) -> None:
    make_erasable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"  # of this tenant alone, and not of one of that name before


def ask(tenant: Tenant, account: User | None, now: datetime, token: str = "e1") -> SubjectRequest:
    filing = intake.Filing(type=RequestType.ERASURE, email="ann@example.com", token=token)
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


def seen(subject_request: SubjectRequest) -> str:
    latest = latest_preview(list(subject_request.steps.all()))
    preview = shown(latest) if latest else None
    assert preview is not None
    return preview.fingerprint


@pytest.fixture
def asked(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = ask(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    return subject_request


@pytest.fixture
def approved(asked: SubjectRequest, reviewer: User, clock: StepClock) -> SubjectRequest:
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    return asked


def end_of_window(clock: StepClock) -> None:
    clock.now += timedelta(hours=24)


def test_what_is_approved_is_erased_and_nothing_else(
    tenant: Tenant, approved: SubjectRequest, subject: User, clock: StepClock
) -> None:
    before = others(tenant)
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    assert (approved.status, approved.outcome) == (Status.FULFILLED, Outcome.PARTIAL), "invoices are kept"
    assert rows(tenant, "select count(*) from people where id = 0") == [(0,)]
    assert rows(tenant, "select count(*) from old_emails where id = 1") == [(0,)]
    letters = rows(tenant, "select email, body from letters where id in (1, 2)")
    assert all(str(email).startswith("erased-") and body is None for email, body in letters)
    assert rows(tenant, "select id from invoices order by id") == [(1,), (2,)]
    assert others(tenant) == before
    kinds = [(step.kind, step.dataset, step.state) for step in approved.steps.order_by("pk")]
    assert kinds == [
        (StepKind.PREVIEW, "", StepState.DONE),
        (StepKind.PREVIEW, "", StepState.DONE),
        (StepKind.ERASE, "app", StepState.DONE),
        (StepKind.VERIFY, "", StepState.DONE),
        (StepKind.PACK, "", StepState.DONE),
    ]


def certificate_of(subject_request: SubjectRequest, clock: StepClock, form: str = "json") -> bytes:
    """Fetch it as the person does, with the secret of the last message."""
    last = OutgoingEmail.objects.get(kind="erasure_done")
    secret = next(line.strip() for line in last.text.splitlines() if re.fullmatch(r" {4}[\w-]{27}", line))
    tenant = subject_request.tenant
    return certifying.fetch(tenant=tenant, reference=subject_request.reference, secret=secret, form=form, now=clock())


def test_the_certificate_tells_what_was_done(
    tenant: Tenant, approved: SubjectRequest, clock: StepClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    content = certificate_of(approved, clock)
    told = json.loads(content)
    assert told["proven"] is True
    assert told["totals"] | {"deleted": 2, "masked": 2, "kept": 1, "left": 0} == told["totals"]
    (app,) = told["stores"]
    invoices = next(item for item in app["collections"] if item["name"] == "invoices")
    assert invoices["kept"][0]["duty"] == "Tax law section 147"
    assert b"ann@" not in content, "no value of hers is in it"
    assert b"ann.old" not in content
    (tmp_path / "certificate.json").write_bytes(content)
    call_command("verify_certificate", str(tmp_path / "certificate.json"))
    with pytest.raises(certifying.NoCertificateError):
        certifying.fetch(tenant=tenant, reference=approved.reference, secret="", form="json", now=clock())
    clock.now += timedelta(days=30)
    with pytest.raises(certifying.NoCertificateError):
        certificate_of(approved, clock)
    expiry.purge(now=clock())
    approved.certificate.refresh_from_db()
    assert (approved.certificate.sealed_key, approved.certificate.secret_hash) == (None, "")
    assert not (Path(site.VAR_DIR) / "storage" / "certificates" / approved.reference).exists()


def run(*words: str) -> int:
    """Run a command that always exits; return its status."""
    with pytest.raises(SystemExit) as caught:
        call_command(*words)
    return int(caught.value.code or 0)


def test_an_error_in_the_map_can_be_undone_for_a_while(
    tenant: Tenant, approved: SubjectRequest, clock: StepClock
) -> None:
    people = rows(tenant, "select * from people order by id")
    letters = rows(tenant, "select * from letters order by id")
    clock.now = datetime.now(UTC)  # the command goes by the clock on the wall
    ErasureOrder.objects.update(undo_until=clock.now)
    approved.steps.filter(state=StepState.READY).update(not_before=clock.now)
    work(clock)
    told = json.loads(certificate_of(approved, clock))["restoration"]
    assert told["state"] == "kept"
    assert run("restore_erasure", approved.reference, "--tenant", "acme") == 0
    assert rows(tenant, "select * from people order by id") == people
    assert rows(tenant, "select * from letters order by id") == letters
    assert run("restore_erasure", approved.reference, "--tenant", "acme") == 3


def test_whoever_refuses_the_copy_leaves_none(
    tenant: Tenant, approved: SubjectRequest, subject: User, clock: StepClock
) -> None:
    deciding.refuse_copy(approved, by=subject, now=clock())
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    assert json.loads(certificate_of(approved, clock))["restoration"] == {"state": "refused", "until": None}
    assert run("restore_erasure", approved.reference, "--tenant", "acme") == 3


def test_a_restored_backup_is_erased_again(
    tenant: Tenant, approved: SubjectRequest, clock: StepClock, tmp_path: Path
) -> None:
    before = others(tenant)
    shutil.copy(app_database(tenant), tmp_path / "backup")
    taken_at = clock().isoformat()
    end_of_window(clock)
    work(clock)
    shutil.copy(tmp_path / "backup", app_database(tenant))
    assert rows(tenant, "select count(*) from people where id = 0") == [(1,)]
    assert run("replay_erasures", "--backup-taken-at", taken_at) == 0
    assert rows(tenant, "select count(*) from people where id = 0") == [(0,)]
    assert rows(tenant, "select count(*) from letters where email like '%ann%'") == [(0,)]
    assert others(tenant) == before


def test_rows_that_are_there_again_raise_an_alarm_once_a_day(
    tenant: Tenant, approved: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    end_of_window(clock)
    work(clock)
    assert watching.watch(clock=clock) == 0
    change(tenant, "insert into letters values (77, 'ann@example.com', 'an old copy')")
    clock.now += timedelta(days=1)
    assert [watching.watch(clock=clock) for _ in range(2)] == [1, 0], "it is looked at once a day"
    alarm = OutgoingEmail.objects.get(kind="erasure_reappeared")
    assert (alarm.to, "Letters" in alarm.text) == (reviewer.email, True)
    assert "ann@" not in alarm.text
    clock.now += timedelta(days=1)
    watching.watch(clock=clock)
    assert OutgoingEmail.objects.filter(kind="erasure_reappeared").count() == 2
    clock.now += timedelta(days=30)
    assert watching.watch(clock=clock) == 0


@pytest.mark.pdf
def test_the_certificate_is_a_pdf_too(
    tenant: Tenant, approved: SubjectRequest, clock: StepClock, tmp_path: Path
) -> None:
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    kept = tmp_path / "certificate.pdf"
    kept.write_bytes(certificate_of(approved, clock, "pdf"))
    call_command("verify_certificate", str(kept))


def test_nothing_is_erased_before_it_can_not_be_taken_back(
    tenant: Tenant, approved: SubjectRequest, subject: User, clock: StepClock
) -> None:
    clock.now += timedelta(hours=23)
    work(clock)
    assert rows(tenant, "select count(*) from people where id = 0") == [(1,)]
    review.withdraw(approved, by=subject, now=clock())
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.WITHDRAWN
    assert rows(tenant, "select count(*) from people where id = 0") == [(1,)]


def test_what_has_begun_cannot_be_stopped(
    tenant: Tenant, approved: SubjectRequest, subject: User, reviewer: User, clock: StepClock
) -> None:
    end_of_window(clock)
    while not approved.steps.filter(kind=StepKind.ERASE, state=StepState.DONE).exists():
        assert run_next(clock=clock)
    approved.refresh_from_db()
    with pytest.raises(ImpossibleMoveError, match="has begun"):
        review.withdraw(approved, by=subject, now=clock())
    approved.refresh_from_db()
    with pytest.raises(ImpossibleMoveError, match="has begun"):
        review.deny(approved, reason="other", explanation="No.", by=reviewer, now=clock())
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.FULFILLED, "what was refused has stopped nothing"


def test_other_rows_than_were_seen_cannot_be_approved(asked: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    with pytest.raises(ErasureError, match="not the rows that you saw"):
        review.approve(asked, by=reviewer, now=clock(), fingerprint="0" * 64)
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_REVIEW


def test_rows_that_came_since_are_approved_anew(
    tenant: Tenant, approved: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    change(tenant, "insert into letters values (9, 'ann@example.com', 'just now')")
    end_of_window(clock)
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.AWAITING_REVIEW
    assert rows(tenant, "select count(*) from people where id = 0") == [(1,)], "nothing is erased"
    assert OutgoingEmail.objects.filter(kind="review_needed", to=reviewer.email).count() == 2
    review.approve(approved, by=reviewer, now=clock(), fingerprint=seen(approved))
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.FULFILLED
    assert rows(tenant, "select body from letters where id = 9") == [(None,)]


def test_rows_that_come_after_the_deed_are_found_when_it_is_read_again(
    tenant: Tenant, approved: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    end_of_window(clock)
    while not approved.steps.filter(kind=StepKind.ERASE, state=StepState.DONE).exists():
        assert run_next(clock=clock)
    change(tenant, "insert into letters values (9, 'ann.old@example.com', 'late')")
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.AWAITING_REVIEW
    review.approve(approved, by=reviewer, now=clock(), fingerprint=seen(approved))
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.FULFILLED, "what led to the letter is gone, but not forgotten"
    assert rows(tenant, "select body from letters where id = 9") == [(None,)]


def test_a_worker_that_dies_after_the_store_has_changed_is_followed_by_one_that_knows(
    tenant: Tenant, approved: SubjectRequest, clock: StepClock
) -> None:
    end_of_window(clock)
    while not approved.steps.filter(kind=StepKind.ERASE).exists():
        assert run_next(clock=clock)
    hold = claim(now=clock())
    assert hold is not None
    erase(hold, clock=clock)  # and nothing of it is written here: the worker is gone
    assert rows(tenant, "select count(*) from people where id = 0") == [(0,)]
    clock.now += 2 * lease()
    work(clock)
    approved.refresh_from_db()
    assert (approved.status, approved.outcome) == (Status.FULFILLED, Outcome.PARTIAL)
    assert approved.steps.get(kind=StepKind.ERASE).report["erased"]["people"] == {"deleted": 1, "masked": 0}


def test_a_store_that_is_down_is_tried_again_and_loses_nothing(
    tenant: Tenant, approved: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    end_of_window(clock)
    change(tenant, "alter table letters rename to hidden")
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.AWAITING_REVIEW
    with pytest.raises(ErasureError, match="in the way"):
        review.approve(approved, by=reviewer, now=clock(), fingerprint=seen(approved))
    change(tenant, "alter table hidden rename to letters")
    approved.refresh_from_db()
    review.look_again(approved, by=reviewer, now=clock())
    work(clock)
    approved.refresh_from_db()
    review.approve(approved, by=reviewer, now=clock(), fingerprint=seen(approved))
    work(clock)
    approved.refresh_from_db()
    assert approved.status == Status.FULFILLED


def test_the_account_ends_with_what_was_asked(
    tenant: Tenant, subject: User, outsider: User, clock: StepClock, reviewer: User
) -> None:
    earlier = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work(clock)
    asked = ask(tenant, subject, clock())
    work(clock)
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    earlier.refresh_from_db()
    assert not User.objects.filter(pk=subject.pk).exists()
    assert "Your account in this portal is gone too" in OutgoingEmail.objects.get(kind="erasure_done").text
    assert User.objects.filter(pk=outsider.pk).exists()
    for item in (asked, earlier):
        assert (item.email, item.account, item.identities.count()) == ("", None, 0)
        assert item.received_at
        assert item.status == Status.FULFILLED
    assert earlier.bundles.get().sealed_key is None
    assert not OutgoingEmail.objects.filter(to="ann@example.com").exclude(kind="erasure_done").exists()


def test_somebody_of_the_team_keeps_the_account(
    tenant: Tenant, reviewer: User, subject: User, clock: StepClock
) -> None:
    Membership.objects.create(user=subject, tenant=tenant, role=Role.REVIEWER)
    asked = ask(tenant, subject, clock())
    work(clock)
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    assert asked.status == Status.FULFILLED
    assert User.objects.filter(pk=subject.pk).exists()
    assert "Your account" not in OutgoingEmail.objects.get(kind="erasure_done").text


def test_who_is_under_legal_hold_is_not_erased(
    tenant: Tenant, asked: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    set_hold(asked, reason="A court asks.", until=None, by=reviewer, now=clock())
    with pytest.raises(ErasureError, match="legal hold"):
        review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    lift_holds(asked, reason="It is over.", by=reviewer, now=clock())
    asked.refresh_from_db()
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    set_hold(asked, reason="Another court.", until=None, by=reviewer, now=clock())
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_REVIEW
    assert rows(tenant, "select count(*) from people where id = 0") == [(1,)]


def test_one_of_two_at_once_waits(
    tenant: Tenant, subject: User, asked: SubjectRequest, reviewer: User, clock: StepClock
) -> None:
    other = file_access(tenant, subject, clock(), RequestType.ACCESS)
    with pytest.raises(ErasureError, match=other.reference):
        review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    asked.refresh_from_db()
    assert asked.status == Status.AWAITING_REVIEW
    assert order_of(asked).approved == ""


def test_somebody_of_whom_nothing_is_held_is_told_so(
    tenant: Tenant, outsider: User, reviewer: User, clock: StepClock
) -> None:
    filing = intake.Filing(type=RequestType.ERASURE, email=outsider.email, token="e3")
    asked = intake.file_request(tenant=tenant, filing=filing, account=outsider, now=clock())
    work(clock)
    asked.refresh_from_db()
    review.approve(asked, by=reviewer, now=clock(), fingerprint=seen(asked))
    end_of_window(clock)
    work(clock)
    asked.refresh_from_db()
    assert (asked.status, asked.outcome) == (Status.FULFILLED, Outcome.NONE)
