"""What goes by its age from the tenant's stores: the last report, and its approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from accounts.models import Tenant
from accounts.permissions import Permission, permissions_of, requires
from dsar.actions.purging.approving import NotApprovableError, approve, last_report
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.forms.desk import ApproveForm
from dsar.models import PurgeApproval, PurgeRun
from dsar.queue import wake_purger
from dsar.stores.ages import Age
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.views.common import signed_in, tenant_of
from dsar.views.desk.collected import in_words
from dsar.views.methods import answers

_MOST_RUNS = 10
_UNDER_HOLD = ngettext_lazy("%(n)s row is under legal hold", "%(n)s rows are under legal hold", "count")
_NAMED = ngettext_lazy(
    "%(n)s row is still named by rows of %(table)s", "%(n)s rows are still named by rows of %(table)s", "count"
)
#: What is said of rows whose age cannot be told, or is none yet.
_ODD = {
    Age.FUTURE: ngettext_lazy("%(n)s row with a time in the future", "%(n)s rows with a time in the future", "count"),
    Age.MISSING: ngettext_lazy("%(n)s row without a time", "%(n)s rows without a time", "count"),
    Age.NO_ZONE: ngettext_lazy("%(n)s row whose time has no zone", "%(n)s rows whose time has no zone", "count"),
    Age.NO_MOMENT: ngettext_lazy(
        "%(n)s row whose time cannot be read", "%(n)s rows whose time cannot be read", "count"
    ),
}


@dataclass(frozen=True, slots=True)
class PartRow:
    """One collection: `past` rows are older than `days`; None if nobody could count them. `stays` says what does."""

    store: str
    title: str
    days: int
    deleted: int
    past: int | None
    oldest: datetime | None
    stays: Sequence[str]
    problem: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: what it deleted, what was past its time afterwards, and how many things went wrong."""

    run: PurgeRun
    deleted: int
    past: int
    problems: int


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    return _show(request)


@answers("POST")
@requires(Permission.DECIDE)
def approve_report(request: HttpRequest) -> HttpResponse:
    """Let what was reported be deleted, and by this data map from now on."""
    form = ApproveForm(request.POST)
    fingerprint = form.cleaned_data["fingerprint"] if form.is_valid() else ""
    try:
        approve(tenant=tenant_of(request), fingerprint=fingerprint, by=signed_in(request), now=timezone.now())
    except NotApprovableError as error:
        messages.error(request, _("Nothing was approved: %(why)s.") % {"why": error})
        return _show(request, status=409)
    except (DataMapError, StoreConfigError):
        return _show(request, status=409)
    messages.success(request, _("Approved. What is past its time is deleted from now on, within the hour."))
    return redirect("dsar:purges")


@answers("POST")
@requires(Permission.DECIDE)
def count(request: HttpRequest) -> HttpResponse:
    """Have a worker count now what a data map that is new would delete, rather than within the hour."""
    wake_purger()
    messages.success(request, _("It is being counted. Open this page again in a few minutes."))
    return redirect("dsar:purges")


def _show(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    tenant = tenant_of(request)
    try:
        context = _facts(tenant, tenant_map(tenant).platform.data_map)
    except (DataMapError, StoreConfigError) as error:
        context = {"mistakes": str(error).splitlines()}
    context["may_decide"] = Permission.DECIDE in permissions_of(signed_in(request), tenant)
    return render(request, "dsar/desk/purges.html", {**context, "section": "purges"}, status=status)


def _facts(tenant: Tenant, data_map: DataMap) -> dict[str, Any]:
    fingerprint, runs = data_map.fingerprint, PurgeRun.objects.filter(tenant=tenant)
    report = last_report(tenant, fingerprint)
    rows = [_row(part, data_map) for part in report.report["collections"]] if report else []
    finished = runs.filter(finished_at__isnull=False).exclude(report={}).order_by("-started_at", "-id")
    return {
        "fingerprint": fingerprint,
        "approval": PurgeApproval.objects.filter(tenant=tenant, fingerprint=fingerprint).select_related("by").first(),
        "report": report,
        "rows": sorted(rows, key=lambda row: (not row.problem, -(row.past or 0), row.store, row.title)),
        "past": sum(row.past or 0 for row in rows),
        "problems": report.report["problems"] if report else [],
        "is_running": runs.filter(finished_at=None, lease_until__gt=timezone.now()).exists(),
        "runs": [_run(run) for run in finished[:_MOST_RUNS]],
    }


def _row(part: Mapping[str, Any], data_map: DataMap) -> PartRow:
    return PartRow(
        *in_words(data_map, part["dataset"], part["collection"]),
        days=part["days"],
        deleted=part["deleted"],
        past=part["past"] if part["counted"] else None,
        oldest=datetime.fromisoformat(part["oldest"]) if part["oldest"] else None,
        stays=list(stays(part)),
        problem=part["problem"],
    )


def stays(part: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stays although it is old, and why; and what was not looked at yet."""
    if part["held"]:
        yield _UNDER_HOLD % _counted(part["held"])
    for table, rows in part["named"].items():
        yield _NAMED % {**_counted(rows), "table": table}
    for name, rows in part["odd"].items():
        yield _ODD[Age[name.upper()]] % _counted(rows)
    if not part["finished"]:
        yield _("not done yet: the next run goes on")


def _counted(rows: int) -> dict[str, Any]:
    """Return what a message on rows is told by: how many they are, and that number as it is written."""
    return {"count": rows, "n": number_format(rows, force_grouping=True)}


def _run(run: PurgeRun) -> RunRow:
    parts = run.report["collections"]
    problems = len(run.report["problems"]) + sum(bool(part["problem"]) for part in parts)
    return RunRow(run, sum(part["deleted"] for part in parts), sum(part["past"] for part in parts), problems)
