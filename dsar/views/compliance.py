"""How the promise is kept, for anybody to read: made once a month by beat, never here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.models import Tenant
from dsar import queries
from dsar.models import PublishedFigures
from dsar.views.common import tenant_of
from dsar.views.methods import answers
from dsar.views.offers import RIGHTS
from dsar.views.spans import NOTHING, span_of_hours
from dsar.wording import short_month

#: Seconds for which others may keep what changes once a month; a company that stops publishing is heard within these.
_KEPT = 3_600


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page, in words."""

    name: str
    received: str
    answered: str
    share: str
    half: str
    most: str
    percent: int | None = None


@answers("GET", "HEAD")
def page(request: HttpRequest) -> HttpResponse:
    published = _published(tenant_of(request))
    context: dict[str, Any] = {"section": "compliance", "published": published}
    if published is not None:
        context |= _facts(published.document)
    return render(request, "dsar/compliance.html", context)


@answers("GET", "HEAD")
def as_json(request: HttpRequest) -> HttpResponse:
    """The same for programs. null: fewer than `fewer_than`, or nothing to tell; counts are rounded down to that."""
    tenant = tenant_of(request)
    published = _published(tenant)
    if published is None:
        raise Http404
    document = {"company": tenant.name, "made_at": published.made_at.isoformat(), **published.document}
    response = JsonResponse(document, json_dumps_params={"indent": 2})
    response["Cache-Control"] = f"public, max-age={_KEPT}"
    return response


def _published(tenant: Tenant) -> PublishedFigures | None:
    """Return what was made, None before anything was. Raises Http404 if the company does not publish."""
    if not queries.policy(tenant).publishes_figures:
        raise Http404
    return PublishedFigures.objects.filter(tenant=tenant).first()


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    names = {right.type: right.title for right in RIGHTS}
    return {
        "first": date.fromisoformat(document["first_day"]),
        "last": date.fromisoformat(document["last_day"]),
        "least": document["fewer_than"],
        "least_for_times": document["no_times_of_fewer_than"],
        "all": _row("", document["all"], document),
        "types": [_row(str(names.get(kind, kind)), told, document) for kind, told in document["by_type"].items()],
        "months": [_row(_month(month), told, document) for month, told in document["by_month"].items()],
    }


def _month(text: str) -> str:
    return short_month(date.fromisoformat(f"{text}-01"))


def _row(name: str, told: Mapping[str, int | None], document: Mapping[str, Any]) -> Row:
    least = document["fewer_than"]
    share = told["percent_within_48_hours"]
    return Row(
        name=name,
        received=_count(told["received"], least),
        answered=_count(told["answered"], least),
        share=NOTHING if share is None else _("%(number)s %%") % {"number": formats.number_format(share)},
        half=span_of_hours(told["half_within_hours"]),
        most=span_of_hours(told["most_within_hours"]),
        percent=share,
    )


def _count(value: int | None, least: int) -> str:
    if value is None:
        return _("fewer than %(count)d") % {"count": least}
    return _("%(count)s+") % {"count": formats.number_format(value, force_grouping=True)}
