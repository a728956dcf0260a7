"""A store that fails: its step says why, the reviewer sees it, and nothing is released until it is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError
from pytest_django import Settings

from accounts.models import Tenant, User
from dsar.actions import intake, review
from dsar.actions.delivery.releasing import ReleaseError, release
from dsar.actions.fulfilment.running import run_next, sweep
from dsar.models import RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import StepClock, app_database
from tests.dsar.seconding import decides_alone
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.conftest import browser, second_factor

pytestmark = pytest.mark.thorough


def lose_a_table(tenant: Tenant) -> None:
    with closing(sqlite3.connect(app_database(tenant))) as database:
        database.execute("drop table letters")


def rename_a_column(tenant: Tenant) -> None:
    with closing(sqlite3.connect(app_database(tenant))) as database:
        database.execute("alter table letters rename column body to text")


def fall_silent(tenant: Tenant) -> None:
    """Move the store to a port where nobody listens."""
    address(tenant, "postgresql://nobody:hunter2@127.0.0.1:1/app")


def address(tenant: Tenant, url: str) -> None:
    (Path(settings.TENANTS_DIR) / tenant.slug / "stores.yml").write_text(f"app: {url}\n", encoding="utf-8")


def work_to_the_end(subject_request: SubjectRequest, clock: StepClock) -> None:
    """Run steps and wait for those that wait, until nothing of the request is left to do."""
    for _ in range(60):
        if not run_next(clock=clock):
            clock.now += timedelta(minutes=2)
        subject_request.refresh_from_db()
        if subject_request.status != Status.FULFILLING:
            return
    raise AssertionError("the steps never end")


@pytest.mark.parametrize(
    ("ruin", "says", "attempts"),
    [
        (lose_a_table, "letters", 1),
        (rename_a_column, "letters", 1),
        (fall_silent, "OperationalError", 5),
    ],
)
def test_the_reason_is_on_the_step_and_in_the_way(
    ruin: Callable[[Tenant], None],
    says: str,
    attempts: int,
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    settings: Settings,
) -> None:
    settings.DEFAULT_TENANT_SLUG = ""
    ruin(tenant)
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work_to_the_end(subject_request, clock)
    assert subject_request.status == Status.AWAITING_RELEASE, "a failure forces a review where policy asks for none"
    failed = subject_request.steps.filter(state=StepState.FAILED, dataset="app").first()
    assert failed is not None
    assert says in failed.error
    assert failed.attempts == attempts
    page = browser(second_factor(reviewer)).get(f"/desk/{subject_request.reference}/").content.decode()
    assert failed.error.replace("'", "&#x27;") in page
    assert "hunter2" not in page
    with pytest.raises(ReleaseError):
        release(subject_request, by=reviewer, now=clock())
    decides_alone(tenant)
    review.record_exception(subject_request, dataset="app", reason="It is rebuilt.", by=reviewer, now=clock())
    assert subject_request.status == Status.FULFILLING
    assert subject_request.steps.filter(kind=StepKind.PACK, state=StepState.READY).exists()


def misspell(tenant: Tenant) -> str:
    file = Path(settings.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("identity: email", "identiy: email", 1), encoding="utf-8")
    return "app.yml:10: "


def refer_to_nothing(tenant: Tenant) -> str:
    file = Path(settings.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("people.id", "peeple.id", 1), encoding="utf-8")
    return "app.yml:20: "


def forget_the_scheme(tenant: Tenant) -> str:
    address(tenant, "postgres//hunter2")
    return "stores.yml:1: "


@pytest.mark.parametrize("mistake", [misspell, refer_to_nothing, forget_the_scheme])
def test_a_mistake_in_the_files_is_told_to_the_team_with_its_place(
    mistake: Callable[[Tenant], str],
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.DEFAULT_TENANT_SLUG = ""
    subject_request = file_access(tenant, subject, clock())
    place = mistake(tenant)
    desk = browser(second_factor(reviewer)).get(f"/desk/{subject_request.reference}/")
    own = browser(subject).get(f"/requests/{subject_request.reference}/")
    assert (desk.status_code, own.status_code) == (200, 503)
    assert place in desk.content.decode(), "the case opens, and says what its work waits for"
    assert place not in own.content.decode()
    assert b"Your requests are safe" in own.content
    assert place in caplog.text
    assert "hunter2" not in caplog.text
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLING
    assert not subject_request.steps.exclude(attempts=0).exists()


@pytest.mark.parametrize("mistake", [misspell, forget_the_scheme])
@pytest.mark.parametrize("taken", [0, 1])
def test_a_request_waits_for_its_map_and_goes_on_by_itself_once_it_is_mended(
    taken: int,
    mistake: Callable[[Tenant], str],
    tenant: Tenant,
    subject: User,
    clock: StepClock,
) -> None:
    """Whether it was still to be planned, or had steps that wait (`taken` of them done): no try is lost."""
    folder = Path(settings.TENANTS_DIR) / tenant.slug
    right = {name: (folder / name).read_text(encoding="utf-8") for name in ("stores.yml", "datamap/app.yml")}
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    for _ in range(taken):
        assert run_next(clock=clock)
    place = mistake(tenant)
    for _ in range(10):
        run_next(clock=clock)
        clock.now += timedelta(minutes=5)
    subject_request.refresh_from_db()
    assert place in subject_request.waits_for
    assert subject_request.status == Status.FULFILLING
    assert not subject_request.steps.filter(state=StepState.FAILED).exists()
    for name, text in right.items():
        (folder / name).write_text(text, encoding="utf-8")
    work_to_the_end(subject_request, clock)
    assert (subject_request.status, subject_request.waits_for) == (Status.FULFILLED, "")
    assert set(subject_request.steps.values_list("attempts", flat=True)) == {1}


@pytest.mark.thorough
@pytest.mark.pdf
def test_a_request_waits_for_what_the_map_leaves_out_of_article_15(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    file = Path(settings.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    whole = file.read_text(encoding="utf-8")
    assert "legal_basis_for_processing" in whole
    kept = [line for line in whole.splitlines() if "legal_basis_for_processing" not in line]
    file.write_text("\n".join(kept), encoding="utf-8")
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    for _ in range(10):
        run_next(clock=clock)
        clock.now += timedelta(minutes=5)
    subject_request.refresh_from_db()
    assert "no legal basis" in subject_request.waits_for
    assert not subject_request.steps.filter(state=StepState.FAILED).exists()
    file.write_text(whole, encoding="utf-8")
    work_to_the_end(subject_request, clock)
    assert (subject_request.status, subject_request.waits_for) == (Status.FULFILLED, "")


def test_one_request_that_cannot_be_planned_holds_up_no_other(
    tenant: Tenant, subject: User, outsider: User, reviewer: User, clock: StepClock, settings: Settings
) -> None:
    settings.DEFAULT_TENANT_SLUG = ""
    broken = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    while not broken.steps.filter(kind=StepKind.COLLECT, state=StepState.DONE).exists():
        assert run_next(clock=clock)
    SubjectRequest.objects.filter(pk=broken.pk).update(sealed_key=None)
    broken.steps.exclude(state=StepState.DONE).delete()
    other = intake.file_request(
        tenant=tenant, filing=intake.Filing(RequestType.ACCESS, outsider.email, "t7"), account=outsider, now=clock()
    )
    sweep(clock=clock)
    assert other.steps.filter(state=StepState.READY).exists()
    broken.refresh_from_db()
    assert broken.waits_for == "unexpected: PayloadGoneError"
    page = browser(second_factor(reviewer)).get(f"/desk/{broken.reference}/").content.decode()
    assert "unexpected: PayloadGoneError" in page


def test_a_failed_step_without_a_reason_is_refused_by_the_database(
    tenant: Tenant, subject: User, clock: StepClock
) -> None:
    subject_request = file_access(tenant, subject, clock())
    sweep(clock=clock)
    with pytest.raises(IntegrityError):
        subject_request.steps.update(state=StepState.FAILED)
