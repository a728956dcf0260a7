"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from dsar import queries
from dsar.views.common import tenant_of
from dsar.views.offers import RIGHTS

_LATEST = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    tenant = tenant_of(request)
    own = queries.visible_to(account=request.user, tenant=tenant)[:_LATEST] if isinstance(request.user, User) else []
    return render(request, "portal/home.html", {"subject_requests": own, "rights": RIGHTS})
