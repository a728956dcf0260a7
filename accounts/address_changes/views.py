"""The page that the link at the old address leads to."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.address_changes.stopping import AddressTakenError, TooLateError, read_token, stop
from accounts.models import AddressChange, Tenant

_FOLDER = "account/address_change"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stop_change(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing (mail scanners open links); POST puts the address back."""
    try:
        change = read_token(token, now=timezone.now())
        if request.method != "POST":
            return render(request, f"{_FOLDER}/stop.html", {"change": change})
        return _stop(request, change)
    except TooLateError:
        return render(request, f"{_FOLDER}/too_late.html", status=410)
    except AddressTakenError:
        return render(request, f"{_FOLDER}/taken.html", status=409)


def _stop(request: HttpRequest, change: AddressChange) -> HttpResponse:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]  # accounts.tenancy
    user, meanwhile = stop(change, tenant=tenant, now=timezone.now())
    adapter = get_adapter(request)
    for email in (user.email, meanwhile):
        adapter.send_notification_mail("account/email/email_change_stopped", user, email=email)
    return render(request, f"{_FOLDER}/stopped.html", {"email": user.email})
