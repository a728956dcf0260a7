"""A form whose token does not fit any more: somebody signed in or out in another tab, or the page was open for days."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.typed.keeping import read_form


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say so, and give back what was typed in the answer itself; nothing is kept.

    What another site has sent is not shown: it would be a stranger's text on our page.
    """
    own = f"{request.scheme}://{request.get_host()}"
    fields = read_form(request.POST) if request.headers.get("Origin") == own else ()
    texts = [value for _name, value in fields if " " in value.strip()]
    back = urlsplit(request.headers.get("Referer", "")).path if fields else ""
    context = {"texts": texts, "back": back if back.startswith("/") and not back.startswith("//") else ""}
    return render(request, "403_csrf.html", context, status=403)
