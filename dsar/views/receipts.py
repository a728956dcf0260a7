"""A recipient of the data confirms that they were told, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dsar.actions.telling.receipts import ConfirmedBeforeError, NoSuchNoticeError, confirm, unconfirmed
from dsar.views.common import tenant_of
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing (mail scanners open links); POST records the receipt."""
    tenant = tenant_of(request)
    try:
        if request.method != "POST":
            return render(request, "dsar/receipt/ask.html", {"notice": unconfirmed(token, tenant=tenant)})
        notice = confirm(token, tenant=tenant, now=timezone.now())
    except NoSuchNoticeError:
        return render(request, "dsar/receipt/unknown.html", status=404)
    except ConfirmedBeforeError as error:
        return render(request, "dsar/receipt/confirmed.html", {"before": error.at, "notice": error.notice})
    return render(request, "dsar/receipt/confirmed.html", {"notice": notice})
