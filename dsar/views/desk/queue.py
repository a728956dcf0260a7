"""The queue: what is due first on top, filters in the address, pages by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import Permission, requires
from dsar import queries
from dsar.forms.desk import QueueForm
from dsar.models import Status, SubjectRequest
from dsar.models.choices import FINAL_STATUSES
from dsar.views.clocks import ClockView, clock_view
from dsar.views.common import tenant_of
from dsar.views.methods import answers

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class QueueRow:
    subject_request: SubjectRequest
    house: ClockView
    legal: ClockView


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def index(request: HttpRequest) -> HttpResponse:
    form, now = QueueForm(request.GET), timezone.now()
    filters = form.cleaned_data if form.is_valid() else {}
    is_register = filters.get("status") in ("closed", *FINAL_STATUSES) or bool(filters.get("q"))
    rows = _filtered(request, filters, is_register=is_register)
    after = _after(request.GET.get("after", ""))
    page = list(_beyond(rows, after, is_register=is_register)[: PAGE_ROWS + 1])
    shown = page[:PAGE_ROWS]
    context = {
        "form": form,
        "rows": [_row(item, now) for item in shown],
        "later": _address(request, after=_key(shown[-1], is_register=is_register)) if len(page) > PAGE_ROWS else "",
        "earlier": _address(request, after="") if after else "",
        "is_filtered": any(filters.values()),
        "section": "queue",
    }
    template = "_rows.html" if request.headers.get("HX-Request") else "queue.html"
    return render(request, f"dsar/desk/{template}", context)


def _filtered(request: HttpRequest, filters: dict[str, str], *, is_register: bool) -> QuerySet[SubjectRequest]:
    tenant = tenant_of(request)
    rows = queries.register(tenant) if is_register else queries.queue(tenant)
    if filters.get("q"):
        rows = rows.filter(reference__istartswith=filters["q"].strip())
    if filters.get("type"):
        rows = rows.filter(type=filters["type"])
    status = filters.get("status")
    if status == "closed":
        rows = rows.filter(closed_at__isnull=False)
    elif status in Status.values:
        rows = rows.filter(status=status)
    return rows.select_related("tenant").prefetch_related("pauses")


def _beyond(
    rows: QuerySet[SubjectRequest], after: tuple[datetime, int] | None, *, is_register: bool
) -> QuerySet[SubjectRequest]:
    """Return what comes after a key: the queue by due date upwards, the register by receipt downwards."""
    if after is None:
        return rows
    moment, pk = after
    if is_register:
        return rows.filter(Q(received_at__lt=moment) | Q(received_at=moment, pk__lt=pk))
    return rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk))


def _key(subject_request: SubjectRequest, *, is_register: bool) -> str:
    moment = subject_request.received_at if is_register else subject_request.due_at
    return f"{moment.isoformat()}~{subject_request.pk}"


def _after(text: str) -> tuple[datetime, int] | None:
    """Return the key of an address; one that nobody made is no key."""
    moment, _tilde, pk = text.partition("~")
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (parsed, int(pk)) if parsed.tzinfo and pk.isascii() and pk.isdigit() and len(pk) < 19 else None


def _address(request: HttpRequest, *, after: str) -> str:
    kept = {name: value for name in ("q", "status", "type") if (value := request.GET.get(name))}
    return f"{request.path}?{urlencode({**kept, **({'after': after} if after else {})})}"


def _row(subject_request: SubjectRequest, now: datetime) -> QueueRow:
    views = [
        clock_view(reading, now=now, closed_at=subject_request.closed_at)
        for reading in queries.clocks(subject_request, now=now)
    ]
    return QueueRow(subject_request, *views)
