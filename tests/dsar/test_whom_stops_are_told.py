"""Which recipients are told of which stop, and of which none is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions import review
from dsar.actions.restricting import deciding, ending, running
from dsar.actions.telling.sending import tell_due
from dsar.models import Purpose, RecipientNotice, StopWriting
from tests.dsar.conftest import StepClock, make_tenant
from tests.dsar.stopping import EVERYTHING, stopped
from tests.dsar.stops_told import EVERY, KNOWN_BY, MAIL, MAILER, OVER, add, map_file, notices, objected, said
from tests.dsar.telling import SPELT, VARIABLE, by_email, by_webhook, say
from tests.dsar.test_stops_in_stores import make_markable
from tests.dsar.views.stops import DECLARED, USE, declare
from tests.stores.http_server import Reply, Service
from tests.stores.http_server import running as serving

OTHER = "analytics"


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    for tenant in make_tenant():
        make_markable(tenant)
        yield tenant


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SPELT)
    monkeypatch.setattr("dsar.fulfilment.engine.WAITS", ())


@pytest.fixture
def kontor() -> Iterator[Service]:
    with serving(Service({"erasures": lambda _asked: Reply(status=204, body=b"")})) as service:
        yield service


@pytest.mark.parametrize(
    ("purpose", "whom"),
    [
        (EVERYTHING, ["Postbox", "Printer"]),
        (USE, ["Postbox"]),
        ("marketing.communications.email", ["Printer"]),
        (Purpose.PRODUCT_NEWS, ["Postbox", "Printer"]),
        (Purpose.RESEARCH, ["Printer"]),
        (Purpose.SHARING, ["Postbox", "Printer"]),
        (Purpose.TIPS, ["Postbox", "Printer"]),
    ],
)
def test_told_are_those_whose_system_carries_it_out_and_all_where_the_map_names_none(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, purpose: str, whom: list[str]
) -> None:
    file = map_file(tenant)
    text = file.read_text("utf-8").replace("references: [app, lists]", "references: [app]")
    file.write_text(text.replace("purposes: [research,", "purposes: [sharing, research,"), "utf-8")
    say(tenant, by_email())
    declare(tenant)
    add(tenant, MAILER)
    stopped(tenant, subject, reviewer, purpose, now=clock())
    running.run_due(clock=clock)
    assert [name for _, name in notices()] == whom


def test_the_end_of_one_request_says_what_another_stops(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, kontor: Service
) -> None:
    say(tenant, by_webhook(kontor.url, KNOWN_BY), by_email())
    first = stopped(tenant, subject, reviewer, Purpose.TRAINING, now=clock())
    stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    running.run_due(clock=clock)
    ending.take_back(first, by=subject, now=clock())
    running.run_due(clock=clock)
    assert tell_due(clock=clock) == 1
    assert [data["restricted"] for _, data in said(kontor)] == [[EVERY]], "nobody had tried to tell of the first"
    over = OutgoingEmail.objects.get(kind="recipient_unrestricted")
    assert "of which you are told apart:\n- Every use of the data\n" in over.text
    assert "What it may be used for again:\n- Training on the data\n" in over.text


def test_an_objection_is_told_when_it_is_granted_and_not_while_it_is_weighed(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    say(tenant, by_email())
    declare(tenant)
    add(tenant, DECLARED.replace(USE, OTHER).rstrip("\n"))
    add(tenant, MAILER)
    filed = objected(tenant, subject, USE, OTHER, MAIL, clock=clock)
    running.run_due(clock=clock)
    assert notices() == []
    (granted,) = [row.pk for row in filed.restrictions.all() if row.purpose == USE]
    deciding.grant(filed, granted=[granted], explanation="Needed.", by=reviewer, now=clock())
    running.run_due(clock=clock)
    told = [(notice.name, notice.purposes) for notice in RecipientNotice.objects.all()]
    assert told == [("Postbox", [USE])], "what was refused has its end"
    deciding.keep(filed, by=reviewer, now=clock())
    running.run_due(clock=clock)
    told = [(notice.name, notice.purposes) for notice in RecipientNotice.objects.order_by("pk")[1:]]
    assert told == [("Postbox", [OTHER]), ("Printer", [MAIL])]
    ending.take_back(filed, by=subject, now=clock())
    running.run_due(clock=clock)
    over = [(notice.name, set(notice.purposes)) for notice in RecipientNotice.objects.filter(kind=OVER)]
    assert over == [("Postbox", {USE, OTHER}), ("Printer", {MAIL})]


def test_a_refused_objection_is_told_to_nobody(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> None:
    say(tenant, by_email())
    declare(tenant)
    filed = objected(tenant, subject, USE, clock=clock)
    review.deny(filed, by=reviewer, now=clock(), reason="other", explanation="Needed.")
    StopWriting.objects.update(done_at=None)
    running.run_due(clock=clock)
    clock.now += timedelta(days=8)
    assert ending.end_due(now=clock()) == 1
    running.run_due(clock=clock)
    assert notices() == []


def test_marketing_that_is_switched_off_is_told_to_nobody(tenant: Tenant, subject: User, clock: StepClock) -> None:
    say(tenant, by_email())
    objected(tenant, subject, Purpose.PRODUCT_NEWS, Purpose.SHARING, clock=clock)
    running.run_due(clock=clock)
    assert notices() == []
