"""A person says what is to stop, and later takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from dsar.actions.restricting import ending
from dsar.actions.restricting.purposes import uses_or_none
from dsar.forms.stops import ObjectionForm, RestrictionForm
from dsar.models import RequestType
from dsar.views import drafts
from dsar.views.common import own_request, posted, signed_in, tenant_of
from dsar.views.drafts import Draft
from dsar.views.intake import next_page, show
from dsar.views.methods import answers
from dsar.views.stops import Option, objection_groups, offered, restriction_groups


@answers("GET", "HEAD", "POST")
def objection(request: HttpRequest) -> HttpResponse:
    draft = drafts.load_for(request, RequestType.OBJECTION)
    if draft is None:
        return redirect("dsar:start")
    uses = uses_or_none(tenant_of(request))
    groups = objection_groups(uses or ())
    form = ObjectionForm(posted(request), initial=draft.objection, offered=offered(groups))
    if form.is_valid():
        draft.objection = form.cleaned_data
        return _go_on(request, draft, "objection")
    return _show(request, "objection", form, draft, groups=groups, is_map_away=uses is None, has_uses=bool(uses))


@answers("GET", "HEAD", "POST")
def restriction(request: HttpRequest) -> HttpResponse:
    draft = drafts.load_for(request, RequestType.RESTRICTION)
    if draft is None:
        return redirect("dsar:start")
    uses = uses_or_none(tenant_of(request))
    groups = restriction_groups(uses or ())
    form = RestrictionForm(posted(request), initial=draft.restriction, offered=offered(groups))
    if form.is_valid():
        draft.restriction = form.cleaned_data
        return _go_on(request, draft, "restriction")
    grounds = [Option(value, label) for value, label in form.fields["ground"].choices]  # type: ignore[attr-defined]
    return _show(request, "restriction", form, draft, groups=groups, is_map_away=uses is None, grounds=grounds)


def _go_on(request: HttpRequest, draft: Draft, page: str) -> HttpResponse:
    drafts.keep(request, draft)
    return redirect(next_page(request, draft, page))


def _show(
    request: HttpRequest, page: str, form: ObjectionForm | RestrictionForm, draft: Draft, **context: object
) -> HttpResponse:
    return show(request, page, form, draft, chosen=_chosen(form), **context)


def _chosen(form: ObjectionForm | RestrictionForm) -> Sequence[str]:
    """Return the boxes that are ticked."""
    return list(form["purposes"].value() or ())


@answers("POST")
@login_required
def take_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Let the company use again what the person had stopped: their own word ends it at once."""
    subject_request = own_request(request, reference)
    try:
        ending.take_back(subject_request, by=signed_in(request), now=timezone.now())
    except ending.NothingStoppedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The stop has ended. What you have not switched on stays off."))
    return redirect("dsar:request", reference=reference)
