"""Whatever acts for a purpose obeys a stop: services that ask, and choices in stores."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import restrictions
from dsar.actions import intake
from dsar.actions.choosing import running as choices
from dsar.actions.erasing import forgetting
from dsar.actions.restricting import deciding, ending
from dsar.actions.ruling import set_rules
from dsar.fulfilment.choosing import choose as choosing
from dsar.models import (
    ChoiceWriting,
    Ground,
    Policy,
    Purpose,
    RequestType,
    Restriction,
    Status,
    SubjectRequest,
    Suppression,
)
from tests.dsar.choosing import NEWS, listed, make_choosable, wanting
from tests.dsar.conftest import StepClock, make_tenant
from tests.dsar.stopping import ANN, EVERYTHING, stopped, switch_on
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.stops import USE, declare


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def answer(command: str, purpose: str, email: str = ANN) -> int:
    try:
        call_command(command, email, tenant="acme", purpose=purpose, stdout=io.StringIO(), stderr=io.StringIO())
    except SystemExit as error:
        return int(str(error.code))
    return 0


def many(command: str, purpose: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether Ann is among those who may be used."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"bob@example.com\n{ANN}\n"))
    out = io.StringIO()
    call_command(command, "-", tenant="acme", purpose=purpose, stdout=out)
    return ANN in out.getvalue()


@pytest.mark.parametrize("purposes", [(EVERYTHING,), (NEWS,), (NEWS, Purpose.SHARING)])
def test_every_way_out_is_shut_while_it_lasts_and_open_again_after(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
    purposes: tuple[str, ...],
) -> None:
    make_choosable(tenant)
    switch_on(tenant, subject, NEWS, Purpose.SHARING, now=clock())
    choices.run_due(clock=clock)

    def ways_out() -> set[str]:
        choices.run_due(clock=clock)
        found = {
            "written in the application": wanting(tenant) == [0],
            "written in the list": 1 in listed(tenant),
            "asked": answer("consented", NEWS) == 0,
            "asked of many": many("consented", NEWS, monkeypatch),
            "used": answer("may_use", NEWS) == 0,
            "used of many": many("may_use", NEWS, monkeypatch),
        }
        return {name for name, is_open in found.items() if is_open}

    everywhere = ways_out()
    assert len(everywhere) == 6
    filed = stopped(tenant, subject, reviewer, *purposes, now=clock())
    assert ways_out() == set()
    at = deciding.lift(filed, reason="Checked.", by=reviewer, now=clock())
    assert ways_out() == set(), "told, and not over"
    ending.end_due(now=at)
    clock.now = at
    assert ways_out() == everywhere


def test_a_use_that_the_map_declares_is_stopped(
    tenant: Tenant, subject: User, reviewer: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(tenant)
    assert answer("may_use", USE) == 0
    stopped(tenant, subject, reviewer, USE, now=now)
    assert answer("may_use", USE) == 1
    assert not many("may_use", USE, monkeypatch)
    assert answer("may_use", USE, "bob@example.com") == 0, "nobody else's"


@pytest.mark.parametrize(
    ("purpose", "email"), [("nonsense", ANN), ("", ANN), ("tips", "ann"), ("essential.service", ANN)]
)
def test_what_is_mistyped_is_no_yes(tenant: Tenant, purpose: str, email: str) -> None:
    assert answer("may_use", purpose, email) == 2


def test_another_tenants_stop_is_not_ours(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    switch_on(other, subject, Purpose.TIPS, now=now)
    stopped(tenant, subject, reviewer, EVERYTHING, now=now)
    assert restrictions.may_act(tenant=other, email=ANN, purpose=Purpose.TIPS)


def test_what_is_switched_on_meanwhile_is_noted_and_written_after(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    make_choosable(tenant)
    filed = stopped(tenant, subject, reviewer, NEWS, now=clock())
    switch_on(tenant, subject, NEWS, now=clock())
    choices.run_due(clock=clock)
    assert wanting(tenant) == []
    assert not AuditEvent.objects.filter(verb="preference.written").latest("sequence").facts["given"]
    ending.take_back(filed, by=subject, now=clock())
    choices.run_due(clock=clock)
    assert wanting(tenant) == [0]


def test_a_stop_overtakes_a_consent_that_is_being_written(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_choosable(tenant)
    switch_on(tenant, subject, NEWS, now=clock())
    choose, rounds = choosing.choose, list[SubjectRequest]()

    def stop_between(*arguments: object, **named: object) -> object:
        if not rounds:
            rounds.append(stopped(tenant, subject, reviewer, NEWS, now=clock()))
        return choose(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(choices, "choose", stop_between)
    choices.run_due(clock=clock)
    assert wanting(tenant) == []
    assert 1 not in listed(tenant)
    assert ChoiceWriting.objects.get().done_at is not None


def test_of_two_who_end_it_at_once_one_tells(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=now)
    at = deciding.lift(filed, reason="Checked.", by=reviewer, now=now)
    ending.take_back(filed, by=subject, now=at)
    assert ending.end_due(now=at) == 0
    with pytest.raises(ending.NothingStoppedError):
        ending.take_back(filed, by=subject, now=at)
    with pytest.raises(deciding.StopError):
        deciding.lift(filed, reason="Again.", by=reviewer, now=at)
    assert OutgoingEmail.objects.filter(kind="restriction_lifted").count() == 1


def test_an_erasure_ends_it_and_an_objection_stays_off(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    filing = intake.Filing(RequestType.OBJECTION, ANN, "o", purposes=(Purpose.TIPS,))
    intake.file_request(tenant=tenant, filing=filing, account=subject, now=now)
    ended = stopped(tenant, subject, reviewer, Purpose.RESEARCH, now=now)
    ending.take_back(ended, by=subject, now=now)
    stopped(tenant, subject, reviewer, EVERYTHING, now=now, ground=Ground.CLAIMS)
    erasure = file_access(tenant, subject, now, RequestType.ERASURE)
    with transaction.atomic():
        SubjectRequest.objects.filter(pk=erasure.pk).update(status=Status.FULFILLED, closed_at=now)
        forgetting.forget_person(erasure, now=now)
    for row in Restriction.objects.all():
        assert (row.is_in_force, row.address_hash, row.subject_request.email) == (False, "", "")
    assert Suppression.objects.get().purpose == Purpose.TIPS
    assert AuditEvent.objects.filter(verb="restriction.ended").latest("sequence").facts["how"] == "erased"


def test_their_own_requests_go_on(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    stopped(tenant, subject, reviewer, EVERYTHING, now=now)
    for kind in (RequestType.ACCESS, RequestType.PORTABILITY, RequestType.RECTIFICATION, RequestType.ERASURE):
        filed = file_access(tenant, subject, now, kind)
        assert filed.steps.exists(), kind


@pytest.mark.parametrize("broken", [{"since": None}, {"address_hash": ""}])
def test_no_row_is_half_a_stop(
    tenant: Tenant, subject: User, reviewer: User, now: datetime, broken: dict[str, object]
) -> None:
    stopped(tenant, subject, reviewer, EVERYTHING, now=now)
    Restriction.objects.update(lifting_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.update(**broken)


def test_no_purpose_is_stopped_twice_by_one_request(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    row = stopped(tenant, subject, reviewer, EVERYTHING, now=now).restrictions.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_tenant_says_how_long_before_its_end_a_person_is_told(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    set_rules(tenant, by=reviewer, now=now, lifting_days=3)
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=now)
    assert deciding.lift(filed, reason="Checked.", by=reviewer, now=now) == now + timedelta(days=3)
    for days in (0, 31):
        with pytest.raises(ValidationError):
            set_rules(tenant, by=reviewer, now=now, lifting_days=days)
        with pytest.raises(IntegrityError), transaction.atomic():
            Policy.objects.update(lifting_days=days)


def test_nobody_asks_past_the_rule() -> None:
    """What is switched on is for the pages; whoever acts on it asks dsar.restrictions."""
    callers = set()
    for path in (Path(site.BASE_DIR) / "dsar").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "switched_on":
                callers.add(str(path.relative_to(site.BASE_DIR)))
    assert callers == {"dsar/restrictions.py", "dsar/actions/preferences.py", "dsar/views/preferences.py"}
