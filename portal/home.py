"""The first page."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Tenant, User
from dsar import queries
from dsar.models import SubjectRequest
from dsar.views.common import tenant_of
from dsar.views.offers import RIGHTS

_LATEST = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    tenant = tenant_of(request)
    own = _latest(request.user, tenant) if isinstance(request.user, User) else []
    return render(request, "portal/home.html", {"subject_requests": own, "rights": RIGHTS})


def _latest(account: User, tenant: Tenant) -> QuerySet[SubjectRequest]:
    return queries.visible_to(account=account, tenant=tenant).annotate(is_asked=queries.is_asked())[:_LATEST]
