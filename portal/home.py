"""The first page: for a stranger what this place is, for whoever is signed in how things stand."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Tenant, User
from accounts.reauth import has_second_factor
from dsar import queries
from dsar.models import Purpose, RequestType
from dsar.views.common import account_of, tenant_of
from dsar.views.held.kinds import drawn, kinds, policy_of
from dsar.views.offers import RIGHTS
from dsar.views.stops import own_stops

_LATEST = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    tenant, account = tenant_of(request), account_of(request)
    if account is None:
        expected = queries.expected_at(tenant=tenant, request_type=RequestType.ACCESS, now=timezone.now())
        context = {"rights": RIGHTS, "expected_at": expected, "policy": policy_of(tenant)}
        return render(request, "portal/welcome.html", context)
    return render(request, "portal/home.html", _own(tenant, account))


def _own(tenant: Tenant, account: User) -> dict[str, Any]:
    """Return what the person's own page shows."""
    visible = queries.visible_to(account=account, tenant=tenant)
    own, found = visible.annotate(is_asked=queries.is_asked()), kinds(tenant, account)
    return {
        "subject_requests": own[:_LATEST],
        "has_more": len(own.values_list("pk")[: _LATEST + 1]) > _LATEST,
        "kinds": found,
        "picture": drawn(found) if found else "",
        "switched_on": len(queries.switched_on(tenant=tenant, email=account.email)),
        "purposes": len(Purpose),
        "stops": len(own_stops(account, tenant)),
        "chosen": sum(1 for item in found or () if item.days is not None and item.days.own is not None),
        "has_second_factor": has_second_factor(account),
        "sessions": UserSession.objects.filter(user=account).count(),
        "section": "home",
    }
