"""What the views of the rights share."""

from __future__ import annotations

from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from accounts.models import Tenant, User
from dsar import queries
from dsar.models import SubjectRequest


def tenant_of(request: HttpRequest) -> Tenant:
    """Return the request's tenant. Raises Http404 for a host that is nobody's."""
    tenant = getattr(request, "tenant", None)
    if not isinstance(tenant, Tenant):
        raise Http404
    return tenant


def account_of(request: HttpRequest) -> User | None:
    """Return the signed-in account, None for somebody without."""
    return request.user if isinstance(request.user, User) else None


def signed_in(request: HttpRequest) -> User:
    """Return the account of a view behind login_required."""
    if not isinstance(request.user, User):
        raise TypeError("the view lets signed-in people through only")
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, None if nothing was: an empty form that is sent is wrong, not fresh."""
    return request.POST if request.method == "POST" else None


def own_request(request: HttpRequest, reference: str) -> SubjectRequest:
    """Return a request of the signed-in person. Raises Http404 for everybody else's."""
    visible = queries.visible_to(account=signed_in(request), tenant=tenant_of(request))
    return get_object_or_404(visible, reference=reference)


def tenant_request(request: HttpRequest, reference: str) -> SubjectRequest:
    """Return a request of the tenant, whoever's it is: for the team only. Raises Http404."""
    found = SubjectRequest.objects.filter(tenant=tenant_of(request)).select_related("tenant", "account", "assigned_to")
    return get_object_or_404(found, reference=reference)
