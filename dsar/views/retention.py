"""For how long a person's data is kept: what holds, and what they want instead."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audit import Actor
from accounts.models import User
from dsar.actions.purging import choosing
from dsar.actions.purging.approving import is_approved
from dsar.actions.purging.categories import Category, categories
from dsar.datamap.problems import DataMapError
from dsar.forms.person import RetentionForm
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import tenant_map
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers
from dsar.wording import told

logger = logging.getLogger(__name__)


@answers("GET", "HEAD", "POST")
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """GET shows every category; POST sets the days of one, or leaves them open again."""
    account = signed_in(request)
    try:
        found = categories(tenant_of(request), account)
    except (DataMapError, StoreConfigError):
        logger.exception("no data map to show retention by")
        return render(request, "dsar/retention/page.html", {"is_away": True, "section": "preferences"}, status=503)
    if request.method == "POST":
        return _change(request, account, found)
    return _show(request, found)


def _change(request: HttpRequest, account: User, found: list[Category]) -> HttpResponse:
    number = request.POST.get("number", "")
    category = found[int(number)] if number.isascii() and number.isdigit() and int(number) < len(found) else None
    if category is None or request.POST.get("name") != category.name:
        messages.error(request, _("Nothing was changed: this is none of the kinds of data below."))
        return _show(request, found, status=422)
    form = RetentionForm(request.POST, number=int(number))
    if not form.is_valid():
        return _show(request, found, wrong=form, status=422)
    days = form.cleaned_data["days"]
    choosing.choose(
        tenant=tenant_of(request),
        account=account,
        category=category.name,
        days=days,
        by=Actor.subject(account),
        now=timezone.now(),
    )
    if days is None:
        messages.success(request, _("%(name)s: kept as long as for everybody.") % {"name": told(category.name)})
    else:
        kept = ngettext("%(name)s: kept for %(days)s day.", "%(name)s: kept for %(days)s days.", days)
        messages.success(request, kept % {"name": told(category.name), "days": days})
    return redirect("dsar:retention")


def _show(
    request: HttpRequest, found: list[Category], *, wrong: RetentionForm | None = None, status: int = 200
) -> HttpResponse:
    forms = [RetentionForm(number=number, initial={"days": item.own}) for number, item in enumerate(found)]
    if wrong is not None:
        forms[wrong.number] = wrong
    tenant = tenant_of(request)
    context = {
        "kinds": list(zip(found, forms, strict=True)),
        "wrong": wrong,
        "is_unapproved": not is_approved(tenant, tenant_map(tenant).platform.data_map.fingerprint),
        "section": "preferences",
    }
    return render(request, "dsar/retention/page.html", context, status=status)
