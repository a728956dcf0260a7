"""A portal that lives on for 100 days, and for 25 months: what is left in every table and in storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from pytest_django import Settings

from accounts import outbox
from accounts.audit.verify import verify_tenant
from accounts.models import AuditEvent, Tenant, User
from dsar import payloads
from dsar.actions import expiry, holding, intake, review
from dsar.actions.delivery.releasing import release
from dsar.actions.retention.enforce import enforce
from dsar.models import RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access, work
from tests.dsar.test_time_passes import confirm

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def pass_by(now: datetime) -> None:
    """Let beat's tasks run as of a moment."""
    expiry.purge(now=now)
    outbox.forget(now=now)
    enforce(now=now, size=2)


def counts() -> dict[str, int]:
    """Return how many rows each table of ours has, but for those that have none."""
    models = [model for app in ("accounts", "dsar") for model in apps.get_app_config(app).get_models()]
    numbers = {model.__name__: model._default_manager.count() for model in models}
    return {name: number for name, number in numbers.items() if number}


def stored() -> set[str]:
    """Return the references that have a folder in storage."""
    return {name for folder in ("requests", "bundles") for name in payloads.storage().names(folder)}


def ask(tenant: Tenant, account: User | None, now: datetime, text: str) -> SubjectRequest:
    filing = intake.Filing(type=RequestType.ENQUIRY, email="ann@example.com", token=text, question=text, residence="uk")
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


@pytest.fixture
def portal(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> Mapping[str, SubjectRequest]:
    """Requests of every fate: released, answered (somebody without an account), refused, held, and open for years."""
    released = file_access(tenant, subject, clock())
    work(clock)
    released.refresh_from_db()
    release(released, by=reviewer, now=clock())
    answered = ask(tenant, None, clock(), "Who reads this?")
    confirm(answered, clock())
    answered.refresh_from_db()
    review.answer(answered, text="Nobody.", by=reviewer, now=clock())
    refused = ask(tenant, subject, clock(), "Who read this?")
    review.deny(refused, reason="other", explanation="Ann has asked before.", by=reviewer, now=clock())
    held = file_access(tenant, subject, clock(), RequestType.PORTABILITY, token="held")
    work(clock)
    held.refresh_from_db()
    assert held.is_final
    holding.set_hold(held, reason="A dispute.", until=None, by=reviewer, now=clock())
    return {
        "released": released,
        "answered": answered,
        "refused": refused,
        "held": held,
        "open": ask(tenant, subject, clock(), "And who will?"),
    }


def texts_of(subject_request: SubjectRequest) -> tuple[str, ...]:
    found = SubjectRequest.objects.get(pk=subject_request.pk)
    return (found.email, found.question, found.answer, found.explanation, found.residence)


#: Tables of the company, of accounts and of the trail: what requests do is not seen there.
ELSEWHERE = {"Tenant", "TenantHost", "User", "Membership", "AuditChain", "AuditEvent", "AuditCut"}


def rows_of(subject_requests: Iterable[SubjectRequest]) -> dict[str, int]:
    """Return, by table, how many rows hang on requests, and on their bundles."""
    numbers = {"SubjectRequest": len(list(subject_requests))}
    models: list[Any] = [relation.related_model for relation in SubjectRequest._meta.related_objects]
    for model in (model for model in models if model is not SubjectRequest):  # an appeal hangs on another request
        numbers[model.__name__] = model.objects.filter(subject_request__in=subject_requests).count()
    return {name: number for name, number in numbers.items() if number}


def test_after_100_days_texts_are_gone_and_after_25_months_the_register(
    portal: Mapping[str, SubjectRequest], tenant: Tenant, now: datetime
) -> None:
    before = counts()
    held, open_one = portal["held"], portal["open"]
    closed = [portal[name] for name in ("released", "answered", "refused")]
    stay = rows_of([held, open_one])
    assert stored() >= {portal["released"].reference, held.reference}

    pass_by(now + 89 * DAY)
    assert {**counts(), "AuditEvent": 0} == {**before, "AuditEvent": 0}, "but for bytes and keys no row is gone"
    assert all(all(texts_of(request)[:1]) for request in portal.values())
    assert stored() & {each.reference for each in closed} == set(), "bundles live for days"

    pass_by(now + 100 * DAY)
    for request in closed:
        assert texts_of(request) == ("", "", "", "", "")
        request.refresh_from_db()
        assert request.texts_deleted_at == now + 100 * DAY
        assert (request.type, request.status, request.closed_at) != ("", "", None)
        assert set(request.decisions.values_list("reason", flat=True)) <= {""}
    left = {name: number for name, number in counts().items() if name not in ELSEWHERE}
    gone = {"OutgoingEmail", "Identity", "Step", "VerificationCode"}
    kept = {name: number for name, number in before.items() if name not in {*ELSEWHERE, *gone}}
    assert left == {**kept, **{name: number for name, number in stay.items() if name in gone}}
    assert rows_of([held, open_one]) == stay
    assert stored() == {held.reference}

    pass_by(now + 760 * DAY)
    left = {name: number for name, number in counts().items() if name not in ELSEWHERE}
    assert left == stay
    assert texts_of(held)[0] == "ann@example.com"
    assert SubjectRequest.objects.get(pk=held.pk).sealed_key is not None
    assert texts_of(open_one) == ("ann@example.com", "And who will?", "", "", "uk")
    assert stored() == {held.reference}
    bundle = held.bundles.get()
    assert payloads.read(bundle.path, key=payloads.open_key(bundle.sealed_key)), "what is held can still be opened"


def test_the_trail_is_cut_at_what_is_held_and_goes_once_nothing_is(
    portal: Mapping[str, SubjectRequest], tenant: Tenant, reviewer: User, now: datetime
) -> None:
    events = AuditEvent.objects.order_by("sequence")
    first_of_held = events.filter(target_type="subjectrequest", target_id=str(portal["held"].pk)).first()
    assert first_of_held is not None
    pass_by(now + 100 * DAY)
    pass_by(now + 760 * DAY)
    assert events.first() == first_of_held
    assert verify_tenant(tenant.slug).cut_events == first_of_held.sequence - 1 > 10
    holding.lift_holds(portal["held"], reason="It is over.", by=reviewer, now=now + 761 * DAY)
    pass_by(now + 762 * DAY)
    assert set(SubjectRequest.objects.all()) == {portal["open"]}
    assert stored() == set()
    oldest = events.first()
    assert oldest is not None
    assert oldest.at > now + 30 * DAY
    assert verify_tenant(tenant.slug).holds
