"""The yearly metrics that California asks for, on a page and as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.models import Tenant
from accounts.permissions import Permission, requires
from dsar.counting import standing
from dsar.counting.days import Part
from dsar.counting.figures import Narrowed, figures, kept_days, today_of
from dsar.figures import CHOICE, Figure, summed_by
from dsar.figures.california import Asked, DeniedBecause, Metric, metrics, uncounted
from dsar.forms.figures import MetricsForm
from dsar.models import FigureSpan, SubjectRequest
from dsar.views.common import tenant_of
from dsar.views.desk.figures.files import csv_file
from dsar.views.desk.figures.tables import Cell, Table, count, label, table
from dsar.views.desk.figures.words import days
from dsar.views.methods import answers
from dsar.views.offers import TEAM_NAMES
from dsar.views.spans import NOTHING

SOURCE = "11 CCR § 7102(a)(1)"
_OWN_LAW = "ccpa"
LABELS: Mapping[Asked, str | Promise] = {
    Asked.DELETE: _("Requests to delete"),
    Asked.CORRECT: _("Requests to correct"),
    Asked.KNOW: _("Requests to know"),
    Asked.OPT_OUT: _("Requests to opt out of sale or sharing"),
    Asked.LIMIT: _("Requests to limit"),
}
GROUNDS: Mapping[DeniedBecause, str | Promise] = {
    DeniedBecause.NOT_VERIFIABLE: _("Not verifiable"),
    DeniedBecause.NOT_A_CONSUMER: _("Not made by a consumer"),
    DeniedBecause.EXEMPT: _("Exempt from disclosure"),
    DeniedBecause.OTHER: _("Other grounds"),
}


@dataclass(frozen=True)
class Year:
    """The metrics of one year under one law; `law` "" is every law. `through` is the last day that is counted."""

    year: int
    law: str
    through: date
    is_over: bool
    lines: Mapping[Asked, Metric]
    others: Mapping[str, int]

    @property
    def query(self) -> str:
        return urlencode({"year": self.year, "law": self.law})


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    form, found = _asked(request)
    context = {
        "form": form,
        "found": found,
        "table": lines(found),
        "grounds": grounds(found),
        "others": [(TEAM_NAMES[kind], number) for kind, number in found.others.items()],
        "section": "dashboard",
    }
    return render(request, "dsar/desk/figures/california.html", context)


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def as_csv(request: HttpRequest) -> HttpResponse:
    _form, found = _asked(request)
    return csv_file(_whole(found), stem=f"california-{found.year}-{found.law or 'all'}")


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def as_json(request: HttpRequest) -> HttpResponse:
    _form, found = _asked(request)
    document = {
        "company": tenant_of(request).name,
        "source": SOURCE,
        "year": found.year,
        "law": found.law or "all",
        "through": found.through.isoformat(),
        "is_over": found.is_over,
        "time_zone": tenant_of(request).time_zone,
        "requests": {asked.value: asdict(line) for asked, line in found.lines.items()},
        "received_of_other_kinds": dict(found.others),
    }
    response = JsonResponse(document, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="california-{found.year}-{found.law or "all"}.json"'
    return response


def _asked(request: HttpRequest) -> tuple[MetricsForm, Year]:
    tenant, now = tenant_of(request), timezone.now()
    today, span = today_of(tenant, now=now), kept_days(tenant)
    years = list(range(today.year, _first_year(tenant, span, today) - 1, -1))
    usual = max(years[-1], today.year - 1)
    form = MetricsForm(request.GET, years=years, usual={"year": usual, "law": _OWN_LAW})
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {"law": _OWN_LAW}
    return form, of_year(tenant, said.get("year") or usual, said.get("law", ""), span=span, now=now)


def _first_year(tenant: Tenant, span: FigureSpan | None, today: date) -> int:
    """Return the first year that there is something of."""
    if span is not None:
        return span.first_day.year
    first = SubjectRequest.objects.filter(tenant=tenant).order_by("received_at").values_list("received_at").first()
    return today_of(tenant, now=first[0]).year if first else today.year


def of_year(tenant: Tenant, year: int, law: str, *, span: FigureSpan | None, now: datetime) -> Year:
    """Return the metrics of a year, as far as it is over; `law` "" is every law."""
    today = today_of(tenant, now=now)
    through = min(date(year, 12, 31), today)
    found = _by_type(tenant, date(year, 1, 1), through, law, span)
    left: Counter[str] = Counter()
    for item in standing.standing(tenant, now=now, narrowed=Narrowed(regime=law)):
        left[item.type] += item.count
    since = _by_type(tenant, through + timedelta(days=1), today, law, span) if through < today else {}
    for kind, figure in since.items():
        left[kind] += figure.closed - figure.received
    return Year(year, law, through, date(year, 12, 31) < today, metrics(found, open_after=left), uncounted(found))


def _by_type(tenant: Tenant, first: date, last: date, law: str, span: FigureSpan | None) -> dict[str, Figure]:
    """Return figures by type. Choices that were no request are filed under no law, and count under each."""
    wanted = {"first": first, "last": last, "span": span}
    found: dict[Part, Figure] = figures(tenant, **wanted, narrowed=Narrowed(regime=law))  # type: ignore[arg-type]
    if law:
        found |= figures(tenant, **wanted, narrowed=Narrowed(type=CHOICE))  # type: ignore[arg-type]
    return summed_by((part.type, figure) for part, figure in found.items())


def lines(found: Year) -> Table:
    """Return what § 7102(a)(1) asks for, and what makes its numbers add up."""
    head = [
        (str(_("Requests")), "requests"),
        (str(_("Open before")), "open_before"),
        (pgettext("of many", "Received"), "received"),
        (str(_("Complied with")), "complied_with"),
        (str(_("of them in part")), "complied_with_in_part"),
        (str(_("Denied")), "denied"),
        (pgettext("of many", "Withdrawn"), "withdrawn"),
        (str(_("Open after")), "open_after"),
        (str(_("Median days")), "median_days"),
        (str(_("Mean days")), "mean_days"),
    ]
    return table("california", str(_("Yearly metrics")), head, [_line(*item) for item in found.lines.items()])


def _line(asked: Asked, line: Metric) -> list[Cell]:
    numbers = (
        line.open_before,
        line.received,
        line.complied,
        line.partly,
        line.denied,
        line.withdrawn,
        line.open_after,
    )
    return [
        label(str(LABELS[asked]), asked.value),
        *map(count, numbers),
        _days(line.median_days),
        _days(line.mean_days),
    ]


def _days(value: float | None) -> Cell:
    return Cell(NOTHING if value is None else days(value), value)


def grounds(found: Year) -> Table:
    """Return why requests were denied, as § 7102(a)(2) lets a business tell it."""
    head = [(str(_("Denied")), "requests"), *((str(said), f"denied_{ground}") for ground, said in GROUNDS.items())]
    rows = [
        [label(str(LABELS[asked]), asked.value), *(count(line.denied_because[ground.value]) for ground in GROUNDS)]
        for asked, line in found.lines.items()
    ]
    return table("grounds", str(_("Why requests were denied")), head, rows)


def _whole(found: Year) -> Table:
    """Return both tables as one: a file has one head."""
    first, second = lines(found), grounds(found)
    rows = [[*left, *right[1:]] for left, right in zip(first.rows, second.rows, strict=True)]
    years = [[label(str(found.year)), label(found.law or "all"), *row] for row in rows]
    columns = ["year", "law", *first.columns, *second.columns[1:]]
    return Table("california", first.title, [], columns, years)
