"""Which tenant a request is for: told by the host name, never by a header or a parameter."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.request import split_domain_port

from accounts.models import Tenant


class TenantHasNoHostError(Exception):
    """No host name serves this tenant, so no address can be told for it."""


class TenantRequest(HttpRequest):
    """A request after TenantMiddleware."""

    tenant: Tenant


class TenantMiddleware:
    """Set `request.tenant` by Host; an unknown host gets a bare 404 that tells nothing.

    The health addresses are answered before it (portal.health): machines ask them by address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        tenant = tenant_of_host(request.get_host())
        if tenant is None:
            return HttpResponseNotFound("Not found\n", content_type="text/plain")
        request.tenant = tenant
        return self.get_response(request)


def tenant_of_host(host: str) -> Tenant | None:
    """Return the tenant served under a Host header's value (port and case do not matter), or None.

    A loopback host that is nobody's is settings.DEFAULT_TENANT_SLUG's, if that is set: for the demo.
    """
    name = split_domain_port(host)[0]
    tenant = Tenant.objects.filter(hosts__host=name).first()
    if tenant is None and _default_slug() and _is_loopback(name):
        tenant = Tenant.objects.filter(slug=_default_slug()).first()
    return tenant


def tenant_url(tenant: Tenant, path: str) -> str:
    """Return the absolute address of a path ("/…") of the tenant's portal, for emails.

    Scheme and port are those of settings.PUBLIC_BASE_URL, the host is the tenant's first; the default
    tenant of a demo may have none, and is found at PUBLIC_BASE_URL itself. Raises TenantHasNoHostError.
    """
    base = urlsplit(settings.PUBLIC_BASE_URL)
    host = tenant.hosts.order_by("pk").values_list("host", flat=True).first()
    if host is None and tenant.slug == _default_slug():
        host = base.hostname
    if host is None:
        raise TenantHasNoHostError(f"the tenant {tenant.slug} has no host name")
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{host}{port}{path}"


def _default_slug() -> str:
    return getattr(settings, "DEFAULT_TENANT_SLUG", None) or ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
