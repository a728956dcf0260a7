"""Whatever acts for a purpose obeys a stop: services that ask, choices in stores, purges, our own retention."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.models import AuditEvent, OutgoingEmail, Tenant, User
from dsar import restrictions
from dsar.actions import intake, preferences
from dsar.actions.choosing import running as choices
from dsar.actions.erasing import forgetting
from dsar.actions.holding import set_hold
from dsar.actions.purging import running as purges
from dsar.actions.purging.approving import approve
from dsar.actions.restricting import deciding, ending
from dsar.actions.retention.enforce import enforce
from dsar.actions.ruling import set_rules
from dsar.fulfilment.choosing import choose as choosing
from dsar.fulfilment.purging.purge import Purge
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
from dsar.tenantmap import tenant_map
from tests.dsar.choosing import NEWS, listed, make_choosable, wanting
from tests.dsar.conftest import StepClock, account, make_tenant
from tests.dsar.purges import add_visits, see, seen
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.test_stops import USE, declare

ANN = "ann@example.com"
EVERYTHING = restrictions.EVERYTHING


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def stopped(
    tenant: Tenant, person: User | None, by: User, *purposes: str, now: datetime, ground: Ground = Ground.UNLAWFUL
) -> SubjectRequest:
    """File a stop and grant all of it."""
    filing = intake.Filing(
        type=RequestType.RESTRICTION,
        email=person.email if person else ANN,
        token=uuid4().hex,
        question="Mine.",
        purposes=purposes,
        ground=ground,
    )
    filed = intake.file_request(tenant=tenant, filing=filing, account=person, now=now)
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="", by=by, now=now)
    return filed


def switch_on(tenant: Tenant, person: User, *purposes: Purpose, now: datetime) -> None:
    for purpose in purposes:
        preferences.change(tenant=tenant, account=person, purpose=purpose, given=True, now=now)


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


def purged(tenant: Tenant, reviewer: User, clock: StepClock) -> set[int]:
    """Approve the map as it is, purge, and return the visits that are left."""
    purges.report(tenant, clock=clock)
    fingerprint = tenant_map(tenant).platform.data_map.fingerprint
    approve(tenant=tenant, fingerprint=fingerprint, by=reviewer, now=clock())
    purges.run_due(clock=clock)
    return seen(tenant)


def visits(tenant: Tenant, now: datetime) -> None:
    add_visits(tenant)
    see(tenant, now, [(1, 0, 31), (2, 0, 8), (3, 1, 31), (4, 1, 8)])


@pytest.mark.parametrize(
    ("purposes", "ground", "left"),
    [
        ((EVERYTHING,), Ground.ACCURACY, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.UNLAWFUL, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.CLAIMS, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.ACCURACY, {2, 4}),
    ],
)
def test_a_purge_keeps_what_a_stop_preserves(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    purposes: tuple[str, ...],
    ground: Ground,
    left: set[int],
) -> None:
    visits(tenant, clock.now)
    filed = stopped(tenant, subject, reviewer, *purposes, now=clock(), ground=ground)
    assert purged(tenant, reviewer, clock) == left
    ending.take_back(filed, by=subject, now=clock())
    clock.now += timedelta(hours=6)
    purges.run_due(clock=clock)
    assert seen(tenant) == {2, 4}


def test_a_stop_that_is_only_asked_for_keeps_nothing(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    visits(tenant, clock.now)
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    filed.restrictions.update(since=None)
    assert purged(tenant, reviewer, clock) == {2, 4}


@pytest.mark.parametrize(("purpose", "is_seen"), [(EVERYTHING, True), (Purpose.TIPS, False)])
def test_a_stop_that_comes_while_a_purge_runs_is_seen_by_the_next(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
    purpose: str,
    is_seen: bool,
) -> None:
    visits(tenant, clock.now)
    run, stops = Purge.run, []

    def stop_first(purge: Purge, **named: object) -> object:
        stopped(tenant, subject, reviewer, purpose, now=clock() - timedelta(hours=1), ground=Ground.ACCURACY)
        stops.append(named["stop"]())  # type: ignore[operator]
        return run(purge, stop=lambda: True)

    monkeypatch.setattr(Purge, "run", stop_first)
    purged(tenant, reviewer, clock)
    assert stops == [is_seen], "it is asked between two batches, and the run ends there"


def test_a_hold_that_comes_while_a_purge_runs_is_seen_by_the_next(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits(tenant, clock.now)
    request, run, stops = file_access(tenant, subject, clock()), Purge.run, []

    def hold_first(purge: Purge, **named: object) -> object:
        set_hold(request, reason="A dispute.", until=None, by=reviewer, now=clock())
        stops.append(named["stop"]())  # type: ignore[operator]
        return run(purge, stop=lambda: True)

    monkeypatch.setattr(Purge, "run", hold_first)
    purged(tenant, reviewer, clock)
    assert stops == [True]


def closed(tenant: Tenant, person: User, now: datetime) -> SubjectRequest:
    """Return a request of somebody's that is closed."""
    filed = file_access(tenant, person, now, token=person.email)
    ended = {"status": Status.DENIED, "denial_reason": "other", "closed_at": now, "sealed_key": None}
    SubjectRequest.objects.filter(pk=filed.pk).update(**ended)
    return filed


def test_a_stop_keeps_its_request_as_long_as_it_lasts(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    """100 days and 25 months on."""
    person = account("cara@example.com")
    other = closed(tenant, person, now)
    stranger = closed(tenant, account("dora@example.com"), now)
    partial = stopped(tenant, subject, reviewer, Purpose.TIPS, now=now, ground=Ground.ACCURACY)
    whole = stopped(tenant, person, reviewer, EVERYTHING, now=now)
    for later in (now + timedelta(days=100), now + timedelta(days=770)):
        enforce(now=later)
        for kept in (partial, whole, other):
            kept.refresh_from_db()
            assert kept.email, "how else could they be told before it ends"
    assert whole.question == "Mine."
    assert not SubjectRequest.objects.filter(pk=stranger.pk).exists(), "nobody else's is kept"
    ending.take_back(whole, by=person, now=later)
    enforce(now=later)
    assert list(SubjectRequest.objects.all()) == [partial]
    at = deciding.lift(partial, reason="Checked.", by=reviewer, now=later)
    ending.end_due(now=at)
    enforce(now=at)
    assert not SubjectRequest.objects.exists()
    assert not Restriction.objects.exists()


def test_a_stop_of_one_purpose_keeps_no_other_request(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    other = closed(tenant, subject, now)
    stopped(tenant, subject, reviewer, Purpose.TIPS, now=now, ground=Ground.ACCURACY)
    enforce(now=now + timedelta(days=100))
    other.refresh_from_db()
    assert other.email == ""


def test_the_words_of_a_granted_objection_go(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    declare(tenant)
    filing = intake.Filing(RequestType.OBJECTION, ANN, "o", question="My illness.", purposes=(USE,), residence="eu")
    filed = intake.file_request(tenant=tenant, filing=filing, account=subject, now=now)
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="We see.", by=reviewer, now=now)
    for days, words in ((89, "My illness."), (90, ""), (800, "")):
        enforce(now=now + timedelta(days=days))
        filed.refresh_from_db()
        assert (filed.question, filed.email) == (words, ANN), days
    assert (filed.explanation, filed.residence, filed.decisions.get().reason) == ("", "", "")
    assert filed.identities.exists(), "a worker finds their rows by it"


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
