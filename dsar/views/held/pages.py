"""What is held, all of it on a page, and a page for each kind."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from dsar.views.common import signed_in, tenant_of
from dsar.views.held.kinds import drawn, kinds
from dsar.views.methods import answers


@answers("GET", "HEAD")
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Every kind, and the picture."""
    found = kinds(tenant_of(request), signed_in(request))
    context = {"kinds": found, "picture": drawn(found) if found else "", "section": "held"}
    return render(request, "dsar/held/index.html", context, status=503 if found is None else 200)


@answers("GET", "HEAD")
@login_required
def kind(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind: what it is, why and for how long, who gets it, and what can be done about it."""
    found = kinds(tenant_of(request), signed_in(request))
    if found is None:
        return render(request, "dsar/held/index.html", {"kinds": None, "section": "held"}, status=503)
    shown = next((item for item in found if item.holding.slug == kind), None)
    if shown is None:
        raise Http404
    return render(request, "dsar/held/kind.html", {"kind": shown, "section": "held"})
