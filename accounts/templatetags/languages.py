"""The switch of the language."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.languages import offered

register = template.Library()


@register.simple_tag(takes_context=True)
def languages(context: template.Context) -> SafeString:
    """Show a button for each language that the tenant offers, named as its speakers do."""
    request = context["request"]
    names, current = dict(settings.LANGUAGES), get_language()
    shown: list[dict[str, Any]] = [
        {"code": code, "name": names[code], "is_current": code == current}
        for code in offered(getattr(request, "tenant", None))
    ]
    # A page that answers a POST is asked for again: its address is that of its form.
    values = {"languages": shown, "next": request.get_full_path()}
    return render_to_string("_components/languages.html", values, request=request)
