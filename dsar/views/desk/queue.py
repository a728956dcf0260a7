"""The queue: what is due first on top, filters in the address, pages by key both ways, what changes as it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, permissions_of, requires
from dsar import queries
from dsar.forms.queue import QueueForm, ViewForm
from dsar.models import SubjectRequest
from dsar.views.common import signed_in, tenant_of
from dsar.views.desk import queue_views
from dsar.views.desk.people import name_of
from dsar.views.desk.queue_rows import QueueRow, rows_of
from dsar.views.methods import answers
from dsar.views.offers import TEAM_NAMES
from dsar.views.statuses import LOOKS
from dsar.worklist import paging
from dsar.worklist.asking import Asker, Who
from dsar.worklist.counting import Count
from dsar.worklist.filters import Filters, open_rows
from dsar.worklist.paging import Key

#: News beyond this is told as "99+".
_MOST_NEW = 99
#: So many requests of all tenants are looked through for them.
_MOST_LATEST = 5_000
#: Times move on by the minute; what is older is shown anew although nothing else has changed.
_CLOCK_SECONDS = 60

View = Callable[[HttpRequest], HttpResponseBase]


def live(view: View) -> View:
    """Have a page that asks for news load anew once its reader is signed out: a form to sign in is no row."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("HX-Request") and not request.user.is_authenticated:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return view(request)

    return guarded


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the queue an address is: its filters, and the row that the page begins behind or ends before."""

    filters: Filters
    after: Key | None
    before: Key | None

    def address(self, **more: str) -> str:
        beside = {"after": str(self.after or ""), "before": str(self.before or "")}
        return queue_views.address(self.filters, **{**beside, **more})


@answers("GET", "HEAD")
@live
@requires(Permission.SEE_QUEUE)
def index(request: HttpRequest) -> HttpResponse:
    """Show a page of the queue. To a page that asks for news: its rows, or nothing if it has seen them."""
    if not request.headers.get("HX-Request"):
        return show(request, request.GET)
    context = _context(request, request.GET)
    if context["seen"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "dsar/desk/_queue_live.html", context)


def show(request: HttpRequest, query: QueryDict, *, status: int = 200, **more: object) -> HttpResponse:
    """Render the queue at an address's query, with what else the page has to say."""
    return render(request, "dsar/desk/queue.html", {**_context(request, query), **more}, status=status)


def _context(request: HttpRequest, query: QueryDict) -> dict[str, Any]:
    account, tenant = signed_in(request), tenant_of(request)
    members = list(queries.reviewers(tenant).order_by("name", "email"))
    asker = Asker(tenant, account.pk, tuple(member.pk for member in members), timezone.now())
    form = _form(query, members)
    place = Place(Filters.read(form.valid()), Key.read(query.get("after", "")), Key.read(query.get("before", "")))
    filters = place.filters
    saved = queue_views.saved_views(asker)
    counts = queue_views.counted(saved, filters, asker)
    page = paging.page(filters, asker, after=place.after, before=place.before, rows=paging.PAGE_ROWS)
    rows = rows_of(page.keys, asker)
    views = queue_views.views(saved, filters, counts)
    since = _since(query)
    new = _new(filters, asker, since) if query.get("since") else 0
    total = _total(filters, asker, counts.count(filters))
    may = permissions_of(account, tenant)
    seen = _seen([[row.facts() for row in rows], [view.count for view in views], new, total], asker)
    return {
        "form": form,
        "filters": filters,
        "kept": filters.address(),
        "rows": rows,
        "total": total,
        "views": views,
        "current": next((view for view in views if view.is_current), None),
        "with_who_left": counts.of_those_who_left() if Permission.DECIDE in may else 0,
        "left_address": queue_views.address(Filters(who=Who.LEFT)),
        "view_form": ViewForm(),
        "members": [(member.pk, name_of(member)) for member in members if member.pk != account.pk],
        "first": queue_views.address(filters) if page.has_earlier else "",
        "earlier": queue_views.address(filters, before=_key(rows[0], filters)) if page.has_earlier and rows else "",
        "later": queue_views.address(filters, after=_key(rows[-1], filters)) if page.has_later and rows else "",
        "here": place.address(),
        "back": urlencode(_query_of(place)),
        "live": place.address(seen=seen, since=str(since)),
        "seen": seen,
        "since": since,
        "new": new,
        "most_new": _MOST_NEW,
        "may_decide": Permission.DECIDE in may,
        "may_release": Permission.RELEASE in may,
        "is_register": filters.is_closed,
        "account_id": account.pk,
        "now": asker.now,
        "section": "queue",
    }


def filters_of_query(request: HttpRequest, query: QueryDict) -> Filters:
    """Return the filters of an address's query, or of a form that carries them."""
    return Filters.read(_form(query, list(queries.reviewers(tenant_of(request)))).valid())


def _form(query: QueryDict, members: Sequence[User]) -> QueueForm:
    return QueueForm(
        query,
        statuses=[(status, look.team) for status, look in LOOKS.items()],
        types=list(TEAM_NAMES.items()),
        members=[(str(member.pk), name_of(member)) for member in members],
    )


def _query_of(place: Place) -> dict[str, str]:
    beside = {"after": str(place.after or ""), "before": str(place.before or "")}
    return {**place.filters.address(), **{name: value for name, value in beside.items() if value}}


def _key(row: QueueRow, filters: Filters) -> str:
    return str(paging.key_of(row.subject_request, filters))


def _total(filters: Filters, asker: Asker, of_open: Count) -> Count:
    if not (filters.is_closed or filters.reference):
        return of_open
    number = paging.count_closed(filters, asker)
    return Count(min(number, paging.MOST_COUNTED), is_least=number > paging.MOST_COUNTED)


def _since(query: QueryDict) -> int:
    """Return the newest request that the page knew when it was opened."""
    text = query.get("since", "")
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return SubjectRequest.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _new(filters: Filters, asker: Asker, since: int) -> int:
    """Return how many open requests that fit have come since then, one more than _MOST_NEW at most."""
    if filters.is_closed or filters.reference:
        return 0
    # The latest first, out of the key's own index: what fits is looked for among them alone.
    latest = SubjectRequest.objects.filter(pk__gt=since).order_by("-pk").values("pk")[:_MOST_LATEST]
    return open_rows(filters, asker).filter(pk__in=latest).order_by()[: _MOST_NEW + 1].count()


def _seen(facts: object, asker: Asker) -> str:
    """Return a fingerprint of what is shown, another for every minute."""
    minute = int(asker.now.timestamp()) // _CLOCK_SECONDS
    text = json.dumps([facts, minute], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
