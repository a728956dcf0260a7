"""A tenant's colour and logo, as files of its own site: pages have no style of their own (Content-Security-Policy)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from dsar import queries
from dsar.models.colours import palette
from dsar.models.look import Look
from dsar.views.common import tenant_of
from dsar.views.methods import answers

_FOR_GOOD = "public, max-age=31536000, immutable"


@answers("GET", "HEAD")
def colours(request: HttpRequest) -> HttpResponse:
    """Send the accent's shades as a style sheet; an empty one for the portal's own."""
    look = queries.look(tenant_of(request))
    content = _style_sheet(look.accent) if look.accent else ""
    return _lasting(request, look, HttpResponse(content, content_type="text/css; charset=utf-8"))


@answers("GET", "HEAD")
def logo(request: HttpRequest) -> HttpResponse:
    """Send the logo, which is a PNG of our own making. Raises Http404 where there is none."""
    look = queries.look(tenant_of(request))
    if look.logo is None:
        raise Http404
    return _lasting(request, look, HttpResponse(bytes(look.logo.png), content_type="image/png"))


def version(look: Look) -> str:
    """Return what stands in the files' addresses, so that they can be kept for good: it changes with them."""
    return f"{look.accent.removeprefix('#')}-{look.logo_id or 0}"


def _lasting(request: HttpRequest, look: Look, response: HttpResponse) -> HttpResponse:
    """Let browsers keep it where it was asked for by its version; any other address is asked for anew each time."""
    is_current = request.GET.get("v") == version(look)
    response.headers["Cache-Control"] = _FOR_GOOD if is_current else "no-cache"
    return response


def _style_sheet(accent: str) -> str:
    shades = palette(accent)
    names = {
        "--accent": shades.accent,
        "--accent-strong": shades.strong,
        "--on-accent": shades.on_accent,
        "--accent-soft": shades.soft,
    }
    lines = [f"  {name}: light-dark({light}, {dark});" for name, (light, dark) in names.items()]
    return "\n".join([":root {", *lines, "}", ""])
