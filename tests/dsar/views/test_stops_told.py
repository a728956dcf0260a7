"""The pages of a stop list who is told of it, and the case says why somebody waits."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Tenant, User
from dsar.actions.restricting import deciding, ending, running
from dsar.models import Purpose
from tests.dsar.conftest import app_database
from tests.dsar.telling import by_email, say
from tests.dsar.views.stops import keys, stop, text


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())


def test_both_pages_list_who_is_told_of_the_stop_and_of_its_end(
    tenant: Tenant, subject: User, reviewer: User, ann: Client, rita: Client
) -> None:
    say(tenant, by_email())
    filed = stop(tenant, subject, Purpose.SHARING, ground="unlawful")
    pages = ((rita, f"/desk/{filed.reference}/"), (ann, f"/requests/{filed.reference}/"))
    deciding.grant(filed, granted=keys(filed, Purpose.SHARING), explanation="", by=reviewer, now=timezone.now())
    running.run_due(clock=timezone.now)
    for client, address in pages:
        page = text(client, address)
        assert "Who is told that it may not be used" in page
        assert "Postbox" in page
        assert "Who is told that it may be used again" not in page
    ending.take_back(filed, by=subject, now=timezone.now())
    running.run_due(clock=timezone.now)
    for client, address in pages:
        assert "Who is told that it may be used again" in text(client, address)


def test_the_case_alone_says_why_somebody_waits(
    tenant: Tenant, subject: User, reviewer: User, ann: Client, rita: Client
) -> None:
    say(tenant, by_email(", identifier: app.people.id"))
    filed = stop(tenant, subject, Purpose.SHARING, ground="unlawful")
    granted = keys(filed, Purpose.SHARING)
    deciding.grant(filed, granted=granted, explanation="", by=reviewer, now=timezone.now())
    away = app_database(tenant).rename(app_database(tenant).with_suffix(".away"))
    running.run_due(clock=timezone.now)
    app_database(tenant).unlink(missing_ok=True)
    away.rename(app_database(tenant))
    case, own = text(rita, f"/desk/{filed.reference}/"), text(ann, f"/requests/{filed.reference}/")
    assert "is told once it is known what they know the person by" in case
    assert "app:" in case
    assert "know the person by" not in own
