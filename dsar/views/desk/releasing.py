"""Release of the selected requests: first what would be released and what not, then each on its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.permissions import Permission, requires
from dsar.actions.delivery.releasing_many import looked_over, release_many
from dsar.views.common import signed_in
from dsar.views.desk.assigning import Told, back_to, selected, told
from dsar.views.desk.queue import show
from dsar.views.methods import answers

_RELEASED = ngettext_lazy(
    "%(number)d request released. The person has been told by email.",
    "%(number)d requests released. Each person has been told by email.",
    "number",
)
_NOTHING = gettext_lazy("Select at least one request.")


@answers("POST")
@requires(Permission.RELEASE)
def release_selected(request: HttpRequest) -> HttpResponse:
    """Ask before anything goes: what was released cannot be called back."""
    requests, by = selected(request), signed_in(request)
    if not requests:
        return show(request, back_to(request), status=422, done=Told("", []), problem=_NOTHING)
    if "confirmed" in request.POST:
        done = told(release_many(requests, by=by, now=timezone.now()), _RELEASED)
        return show(request, back_to(request), done=done)
    found = looked_over(requests, by=by)
    context = {
        "ready": [item.subject_request for item in found if not item.refused],
        "refused": [item for item in found if item.refused],
        "back": request.POST.get("back", "")[:500],
        "section": "queue",
    }
    return render(request, "dsar/desk/release.html", context)
