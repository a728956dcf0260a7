"""The record of processing activities (GDPR Article 30): as a page, for printing, and as files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant
from accounts.permissions import Permission, requires
from dsar.bundle.pdf import PdfUnavailable, render_pdf
from dsar.bundle.templating import asset
from dsar.datamap.problems import DataMapError
from dsar.mapping import recording
from dsar.mapping.recording.export import as_csv, as_json
from dsar.mapping.recording.record import Fact, Record, make_record
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.views.common import tenant_of
from dsar.views.methods import answers
from dsar.wording import SOURCE, speaking

#: What each fact is called where it is missing.
FACTS: Mapping[Fact, str | Promise] = {
    Fact.CONTROLLER: _("the controller's legal name"),
    Fact.CONTACT: _("the data protection officer, or who answers"),
    Fact.PURPOSE: _("the purpose"),
    Fact.LEGAL_BASIS: _("the legal basis"),
    Fact.SUBJECTS: _("whose data it is"),
    Fact.CATEGORIES: _("the categories of data"),
    Fact.RECIPIENTS: _("who receives it, or that nobody does"),
    Fact.TRANSFERS: _("transfers to third countries, or that there are none"),
    Fact.PERIOD: _("how long it is kept"),
    Fact.SECURITY: _("how it is kept secure"),
}


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    try:
        context = _context(tenant_of(request))
    except (DataMapError, StoreConfigError) as error:
        context = {"mistakes": str(error).splitlines()}
    return render(request, "dsar/desk/record/page.html", {**context, "section": "record"})


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def printed(request: HttpRequest) -> HttpResponse:
    """Send it as a PDF, tagged for accessibility; 503 where this machine cannot draw one."""
    tenant = tenant_of(request)
    context = {**_context(tenant), "tenant": tenant, "style": _style(), "lang": get_language()}
    try:
        content = _drawn(render_to_string("dsar/desk/record/print.html", context))
    except PdfUnavailable:
        return render(request, "dsar/desk/record/page.html", {**context, "no_pdf": True}, status=503)
    return _file(content, "application/pdf", f"record-of-processing-{tenant.slug}.pdf")


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def as_file(request: HttpRequest, form: str) -> HttpResponse:
    """Send it as JSON or CSV."""
    tenant = tenant_of(request)
    with speaking(SOURCE):  # as all data files are: whatever reads them knows one language
        record = _record(tenant)
    name = f"record-of-processing-{tenant.slug}.{form}"
    if form == "csv":
        return _file(as_csv(record).encode("utf-8-sig"), "text/csv; charset=utf-8", name)
    return _file(as_json(record, tenant=tenant.name, made_at=timezone.now()).encode(), "application/json", name)


def _record(tenant: Tenant) -> Record:
    """Return the record of all that is processed, the portal's own work among it."""
    return make_record(tenant_map(tenant).data_map)


def _context(tenant: Tenant) -> dict[str, object]:
    record = _record(tenant)
    activities = [(item, [FACTS[fact] for fact in item.missing]) for item in record.activities]
    return {"record": record, "activities": activities, "made_at": timezone.now()}


@cache
def _style() -> SafeString:
    """Return the style of the printed pages, our own files: no browser ever gets it."""
    own = (Path(recording.__file__).parent / "print.css").read_text(encoding="utf-8")
    return mark_safe(f"<style>{asset('report.css')}{own}</style>")  # noqa: S308


@lru_cache(maxsize=8)
def _drawn(html: str) -> bytes:
    """Setting the pages takes a second or two: of the same record it is done once."""
    return render_pdf(html)


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
