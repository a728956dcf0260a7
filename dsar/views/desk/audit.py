"""The audit trail, read in sentences and verified as it is shown. Ids, never values: so it is for auditors, too."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.audit.spans import SpanVerdict, moment_of, verify_span
from accounts.models import ActorKind, AuditEvent, Tenant
from accounts.permissions import Permission, permissions_of, requires
from dsar.actions import auditing
from dsar.actions.checking import running
from dsar.forms.audit import AuditForm, FindAccountForm
from dsar.forms.verbs_in_words import in_words
from dsar.models import CheckKind, SubjectRequest
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers

PAGE_ROWS = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    *("sequence", "at", "verb", "words", "actor_kind", "actor_id", "target_type", "target_id", "facts"),
    *("previous_hash", "hash"),
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: who did what to which thing. `reference` is of a request that is still there; `facts` are pairs."""

    event: AuditEvent
    who: str
    words: str | Promise
    reference: str
    facts: Sequence[tuple[str, Any]]

    @property
    def actor(self) -> str:
        """The number of the account that did it, as targets are written; "" for none."""
        return str(self.event.actor_id or "")


@answers("GET", "HEAD")
@requires(Permission.SEE_AUDIT)
def page(request: HttpRequest) -> HttpResponse:
    return _show(request, FindAccountForm())


@answers("POST")
@requires(Permission.SEE_AUDIT)
def find(request: HttpRequest) -> HttpResponse:
    """Go to the trail of whoever has an address, without the address in any address."""
    form = FindAccountForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    email, by = form.cleaned_data["email"], signed_in(request)
    account = auditing.account_of(tenant_of(request), email=email, by=by, now=timezone.now())
    if account is None:
        form.add_error("email", _("No account with this address has to do with this company."))
        return _show(request, form, status=404)
    return redirect(f"{reverse('dsar:audit')}?account={account}")


@answers("POST")
@requires(Permission.SEE_AUDIT)
def verify(request: HttpRequest) -> HttpResponse:
    """Have a worker walk the whole chain now."""
    if running.ask(tenant_of(request), CheckKind.TRAIL, by=signed_in(request), now=timezone.now()):
        messages.success(request, _("The whole trail is being walked. Open this page again in a few minutes."))
    else:
        messages.info(request, _("It is being walked already."))
    return redirect("dsar:audit")


@answers("GET", "HEAD")
@requires(Permission.SEE_AUDIT)
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Send every event that the filters leave, as it was recorded, in the order of recording."""
    tenant, filters = tenant_of(request), AuditForm(request.GET)
    if not filters.is_valid():
        return _show(request, FindAccountForm(), status=422)
    question = filters.question()
    auditing.looked_up(tenant, question, by=signed_in(request), now=timezone.now(), form=form)
    events = auditing.answers(tenant, question).order_by("sequence").iterator(chunk_size=2_000)
    lines = _csv(events) if form == "csv" else _json_lines(events)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/jsonl"
    name = f"audit-{tenant.slug}.{form}"
    return StreamingHttpResponse(
        lines, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _show(request: HttpRequest, find_form: FindAccountForm, *, status: int = 200) -> HttpResponse:
    tenant, form = tenant_of(request), AuditForm(request.GET)
    is_right = form.is_valid()
    question = form.question()
    if is_right and request.method != "POST":
        auditing.looked_up(tenant, question, by=signed_in(request), now=timezone.now())
    events = auditing.answers(tenant, question)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        events = events.filter(sequence__lt=int(before))
    found = list(events[: PAGE_ROWS + 1]) if is_right else []
    shown = found[:PAGE_ROWS]
    verdict = verify_span(tenant, shown)
    last = running.latest(tenant, CheckKind.TRAIL)
    kept = {name: value for name in form.fields if (value := request.GET.get(name))}
    context = {
        "form": form,
        "find_form": find_form,
        "rows": _rows(tenant, shown),
        "verdict": verdict if shown else None,
        "anchors": _anchors(verdict),
        "last": last,
        "is_being_walked": running.is_under_way(tenant, CheckKind.TRAIL),
        "later": f"?{urlencode({**kept, 'before': shown[-1].sequence})}" if len(found) > PAGE_ROWS else "",
        "earlier": f"?{urlencode(kept)}" if before else "",
        "query": f"?{urlencode(kept)}" if kept else "",
        "is_filtered": bool(kept),
        "may_see_cases": Permission.SEE_QUEUE in permissions_of(signed_in(request), tenant),
        "section": "audit",
    }
    return render(request, "dsar/desk/audit.html", context, status=status if is_right else 422)


def _anchors(verdict: SpanVerdict) -> dict[str, Any]:
    """Return when the checkpoints around were written."""
    return {
        "before": moment_of(verdict.before) if verdict.before else None,
        "after": moment_of(verdict.after) if verdict.after else None,
    }


def _rows(tenant: Tenant, events: Sequence[AuditEvent]) -> list[EventRow]:
    keys = {int(event.target_id) for event in events if event.target_type == "subjectrequest"}
    found = SubjectRequest.objects.filter(tenant=tenant, pk__in=keys).values_list("pk", "reference")
    references = {str(key): reference for key, reference in found}
    return [
        EventRow(
            event,
            _who(event),
            in_words(event.verb),
            references.get(event.target_id, "") if event.target_type == "subjectrequest" else "",
            [(name, _fact(value)) for name, value in sorted(event.facts.items())],
        )
        for event in events
    ]


def _fact(value: Any) -> Any:
    """Return a fact's value for people: codes and numbers are as they are."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value


def _who(event: AuditEvent) -> str:
    if event.actor_kind == ActorKind.SYSTEM:
        return _("The portal")
    if event.actor_id is None:
        return _("A person without an account")
    kinds = {ActorKind.STAFF: _("Team member %(number)s"), ActorKind.SUBJECT: _("Person %(number)s")}
    return kinds[ActorKind(event.actor_kind)] % {"number": event.actor_id}


def _plain(event: AuditEvent) -> dict[str, Any]:
    """Return an event as it was recorded, with its words."""
    values = {name: getattr(event, name) for name in _COLUMNS if name != "words"}
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return {**values, "at": at, "words": str(in_words(event.verb))}


def _json_lines(events: Iterator[AuditEvent]) -> Iterator[str]:
    for event in events:
        yield json.dumps(_plain(event), ensure_ascii=False, sort_keys=True) + "\n"


class _Line:
    """What csv writes into: it gives each line back."""

    def write(self, text: str) -> str:
        return text


def _csv(events: Iterator[AuditEvent]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(_COLUMNS)
    for event in events:
        plain = _plain(event)
        plain["facts"] = json.dumps(plain["facts"], sort_keys=True)
        yield writer.writerow([_cell(plain[name]) for name in _COLUMNS])


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
