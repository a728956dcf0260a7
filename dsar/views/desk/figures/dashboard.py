"""The dashboard: what is open and at risk, how quick we are, how the stores fare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Tenant
from accounts.permissions import Permission, requires
from dsar import queries
from dsar.counting.figures import Narrowed, today_of
from dsar.figures import HALF, MOST
from dsar.figures.periods import PERIODS, period
from dsar.forms.figures import USUAL_PERIOD, DashboardForm
from dsar.models import SubjectRequest
from dsar.views.clocks import clock_view
from dsar.views.common import signed_in, tenant_of
from dsar.views.desk.figures import drawn, tables, words
from dsar.views.desk.figures.board import MOST_LISTED, RISK_HOURS, Board, board, risky
from dsar.views.desk.figures.digest import digest_facts
from dsar.views.desk.figures.files import csv_file
from dsar.views.methods import answers
from dsar.views.offers import TEAM_NAMES


class Asked(NamedTuple):
    """What is shown: nothing else in an address counts."""

    form: DashboardForm
    period: str
    narrowed: Narrowed

    @property
    def query(self) -> str:
        """The same in an address."""
        said = {"period": self.period, "type": self.narrowed.type, "law": self.narrowed.regime}
        return urlencode({name: value for name, value in said.items() if value})


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    tenant, asked, now = tenant_of(request), _asked(request), timezone.now()
    shown = _board(tenant, asked, now)
    context = {
        "form": asked.form,
        "query": asked.query,
        "is_narrowed": bool(asked.narrowed.type or asked.narrowed.regime),
        "type": asked.narrowed.type,
        **_figures(shown),
        **_risks(tenant, asked, shown, now),
        "tables": {name: make(shown) for name, make in tables.TABLES.items()},
        "load": tables.load(shown, signed_in(request)),
        "charts": {"volume": drawn.volume(shown), "backlog": drawn.backlog(shown), "speed": drawn.speed(shown)},
        "small": _small(shown),
        "bars": _bars(shown),
        "section": "dashboard",
        **digest_facts(request),
        "now": now,
    }
    return render(request, "dsar/desk/figures/dashboard.html", context)


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def table(request: HttpRequest, name: str) -> HttpResponse:
    """One table as a file for spreadsheets, narrowed as the page is."""
    tenant, asked, now = tenant_of(request), _asked(request), timezone.now()
    if name == "risks":
        return csv_file(tables.risks(risky(tenant, asked.narrowed, now=now)), stem=f"risks-{today_of(tenant, now=now)}")
    if name not in {*tables.TABLES, "load"}:
        raise Http404
    shown = _board(tenant, asked, now)
    found = tables.load(shown, signed_in(request)) if name == "load" else tables.TABLES[name](shown)
    return csv_file(found, stem=f"{name}-{shown.period.first}-{shown.period.last}")


def _asked(request: HttpRequest) -> Asked:
    form = DashboardForm(request.GET, types=list(TEAM_NAMES.items()))
    said = form.cleaned_data if form.is_valid() else {}
    word = said.get("period") or USUAL_PERIOD
    narrowed = Narrowed(said.get("type", ""), said.get("law", ""))
    return Asked(form, word if word in PERIODS else USUAL_PERIOD, narrowed)


def _board(tenant: Tenant, asked: Asked, now: datetime) -> Board:
    return board(tenant, period(asked.period, today=today_of(tenant, now=now)), asked.narrowed, now=now)


def _figures(shown: Board) -> dict[str, Any]:
    """Return the few numbers on top, in words."""
    expected = shown.forecast
    return {
        "open_now": shown.open_now,
        "waiting_for_people": shown.waiting_for_people,
        "share": words.percent(shown.total.share_in_time),
        "answered": shown.total.answered,
        "half": words.within(shown.total, HALF),
        "most": words.within(shown.total, MOST),
        "unconfirmed": shown.total.unconfirmed,
        "forecast": expected,
        "empty_on": words.about_when(shown.today, expected.days) if expected.days else "",
        "received_a_day": words.in_a_day(expected.received),
        "closed_a_day": words.in_a_day(expected.closed),
        "first": words.slot_in_full(shown.period.slots[0], shown.period.unit),
        "unit": shown.period.unit.value,
        "most_received": max((figure.received for figure in shown.slots), default=0),
        "most_open": max(shown.open_at_end, default=0),
        "has_any": bool(shown.total.received or shown.total.closed),
        "failing": sum(row.failing > 0 for row in shown.stores),
    }


def _risks(tenant: Tenant, asked: Asked, shown: Board, now: datetime) -> Mapping[str, Any]:
    found = risky(tenant, asked.narrowed, now=now).select_related("tenant").prefetch_related("pauses")[:MOST_LISTED]
    return {
        "risk_hours": RISK_HOURS,
        "risk_count": shown.risk_count,
        "risks": [{"item": item, "clock": _house(item, now)} for item in found],
        "risks_left": max(0, shown.risk_count - MOST_LISTED),
    }


def _house(item: SubjectRequest, now: datetime) -> Any:
    house, _legal = queries.clocks(item, now=now)
    return clock_view(house, now=now)


def _small(shown: Board) -> list[dict[str, Any]]:
    """Return each type's row of the table with its small chart."""
    rows = tables.types(shown).rows
    return [{"cells": row, "chart": drawn.of_type(shown, kind)} for row, kind in zip(rows, shown.types, strict=True)]


def _bars(shown: Board) -> list[dict[str, Any]]:
    """Return the rows of ages with how long their bars are, of 100: what waits for us, and that with the rest."""
    rows = tables.ages(shown).rows
    most = max((int(us.raw or 0) + int(theirs.raw or 0) for _age, us, theirs in rows), default=0) or 1
    return [
        {
            "age": age,
            "with_us": us,
            "theirs": theirs,
            "ours": round(100 * int(us.raw or 0) / most),
            "both": round(100 * (int(us.raw or 0) + int(theirs.raw or 0)) / most),
        }
        for age, us, theirs in rows
    ]
