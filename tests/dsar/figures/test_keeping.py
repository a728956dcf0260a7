"""Figures that are kept are those of a recount, in every zone, and of one tenant alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Tenant
from dsar.actions.figures.keeping import keep, keep_all
from dsar.counting.days import Part, days
from dsar.counting.figures import Narrowed, figures, kept_days, today_of
from dsar.figures import Figure, total
from dsar.models import DailyFigure, FigureSpan, SubjectRequest
from tests.dsar.figures.registers import REGISTERS, STARTS, ZONES, Made, recount, write

pytestmark = pytest.mark.django_db
EMPTY = Figure()


def tenant(slug: str = "acme", zone: str = "Europe/Berlin") -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug, contact_email="p@example.com", time_zone=zone)


def told(found: dict[Part, Figure]) -> dict[tuple[object, ...], Figure]:
    return {tuple(part): figure for part, figure in found.items() if figure != EMPTY}


def made(number: int = 0, *, received: int = 0, end: str = "full", took: int = 60, kind: str = "access") -> Made:
    return Made(type=kind, regime="gdpr", received=received, end=end, took=took, reason="other", pauses=())


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(register=REGISTERS, start=st.sampled_from(STARTS), zone=st.sampled_from(ZONES), after=st.integers(0, 15))
def test_kept_or_counted_now_figures_are_those_of_a_recount(
    register: list[Made], start: datetime, zone: str, after: int
) -> None:
    with transaction.atomic():
        acme = tenant(zone=zone)
        write(acme, start, register)
        first, last = start.date() - timedelta(days=2), start.date() + timedelta(days=20)
        keep(acme, now=start + timedelta(days=after))  # some days are kept, the others counted when they are asked for
        found = figures(acme, first=first, last=last, span=kept_days(acme))
        assert told(found) == recount(start, register, ZoneInfo(zone))
        transaction.set_rollback(True)


def test_a_register_of_nobody_has_no_figures() -> None:
    acme = tenant()
    assert keep(acme, now=STARTS[0]) == 0
    assert figures(acme, first=date(2024, 1, 1), last=date(2026, 1, 1), span=kept_days(acme)) == {}


def test_two_tenants_are_never_mixed() -> None:
    acme, other = tenant(), tenant("other")
    write(other, STARTS[0], [made()])
    keep_all(now=STARTS[0] + timedelta(days=3))
    for day in (STARTS[0].date(), today_of(acme, now=STARTS[0])):
        assert figures(acme, first=day, last=day, span=kept_days(acme)) == {}
    assert set(DailyFigure.objects.values_list("tenant__slug", flat=True)) == {"other"}


def test_to_keep_them_twice_changes_nothing() -> None:
    acme = tenant()
    write(
        acme,
        STARTS[0],
        [
            made(),
        ],
    )
    now = STARTS[0] + timedelta(days=40)
    assert keep(acme, now=now) == 40
    before = list(DailyFigure.objects.values_list("day", "received", "fulfilled"))
    assert keep(acme, now=now) == 2
    assert list(DailyFigure.objects.values_list("day", "received", "fulfilled")) == before


def test_a_day_that_is_over_is_counted_again_for_what_was_committed_late() -> None:
    acme = tenant(zone="UTC")
    write(acme, STARTS[0], [made()])
    keep(acme, now=STARTS[0] + timedelta(days=1))
    SubjectRequest.objects.filter(tenant=acme).update(type="erasure")
    keep(acme, now=STARTS[0] + timedelta(days=2))
    assert set(DailyFigure.objects.values_list("type", flat=True)) == {"erasure"}


def test_figures_outlive_the_register() -> None:
    acme = tenant()
    write(acme, STARTS[0], [made()])
    keep(acme, now=STARTS[0] + timedelta(days=3))
    SubjectRequest.objects.all().delete()
    later = STARTS[0] + timedelta(days=900)
    FigureSpan.objects.update(last_day=later.date() - timedelta(days=2))  # beat has counted the days between
    keep(acme, now=later)
    keep(acme, now=later, anew=True)
    day = STARTS[0].date()
    assert total(figures(acme, first=day, last=day, span=kept_days(acme)).values()).received == 1


def test_in_another_zone_a_day_is_another_day() -> None:
    acme = tenant(zone="UTC")
    write(acme, datetime(2024, 2, 28, 23, 30, tzinfo=UTC), [made()])
    now = STARTS[0] + timedelta(days=9)
    keep(acme, now=now)
    acme.time_zone = "Europe/Berlin"
    acme.save(update_fields=["time_zone"])
    assert kept_days(acme) is None, "what is kept is of other days"
    keep(acme, now=now)
    assert FigureSpan.objects.get().zone == "Europe/Berlin"
    assert set(DailyFigure.objects.values_list("day", flat=True)) == {date(2024, 2, 29)}


def test_figures_can_be_narrowed() -> None:
    acme = tenant(zone="UTC")
    write(acme, STARTS[0], [made(), made(kind="erasure"), made(kind="erasure")])
    day = STARTS[0].date()
    for now in (STARTS[0], STARTS[0] + timedelta(days=2)):
        keep(acme, now=now)
        found = figures(acme, first=day, last=day, span=kept_days(acme), narrowed=Narrowed(type="erasure"))
        assert total(found.values()).received == 2
        assert not figures(acme, first=day, last=day, span=kept_days(acme), narrowed=Narrowed(regime="ccpa"))


def test_days_are_counted_by_three_questions() -> None:
    acme = tenant()
    write(acme, STARTS[0], [made(received=number) for number in range(20)])
    with CaptureQueriesContext(connection) as captured:
        days(acme, first=date(2024, 1, 1), last=date(2024, 12, 31), zone=ZoneInfo("Europe/Berlin"))
    assert len(captured) == 3


def test_a_command_counts_again_what_the_register_remembers(capsys: pytest.CaptureFixture[str]) -> None:
    acme = tenant(zone="UTC")
    start = timezone.now() - timedelta(days=3)
    write(acme, start, [made()])
    keep(acme, now=start + timedelta(days=2))
    DailyFigure.objects.update(received=99)
    call_command("figures", "acme")
    assert "3 days counted" in capsys.readouterr().out
    assert total(figures(acme, first=start.date(), last=start.date(), span=kept_days(acme)).values()).received == 1
    with pytest.raises(SystemExit) as caught:
        call_command("figures", "nobody")
    assert caught.value.code == 2
