"""The company's own words, colour and logo in pages and messages."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts.models import Tenant
from dsar import queries
from dsar.models import Look
from dsar.views.look import version

register = template.Library()


@register.simple_tag
def company_text(tenant: Tenant | str | None, name: str) -> str:
    """Return what the company says in its own words, in the current language; "" for nothing, or for no tenant."""
    if not isinstance(tenant, Tenant):
        return ""
    return queries.look(tenant).text(name, get_language() or "en")


@register.simple_tag(takes_context=True)
def company_look(context: template.Context) -> Look | None:
    """Return how the tenant's pages look, None for a host that is nobody's."""
    request = context.get("request")
    tenant = getattr(request, "tenant", None) if isinstance(request, HttpRequest) else None
    return queries.look(tenant) if isinstance(tenant, Tenant) else None


@register.filter
def look_version(look: Look) -> str:
    """Return what stands in the addresses of a look's files."""
    return version(look)


@register.filter
def publishes_figures(tenant: Tenant) -> bool:
    """Tell whether anybody may read how the company's promise is kept."""
    return queries.policy(tenant).publishes_figures
