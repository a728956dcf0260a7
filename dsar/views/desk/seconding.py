"""What the second person does with a proposal, and the first who takes it back."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission, requires
from dsar.actions.seconding import confirming, proposing
from dsar.forms.seconding import ConfirmForm, RefuseForm
from dsar.models import Proposal
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk import case, deciding
from dsar.views.methods import answers


@answers("POST")
@requires(Permission.APPROVE_SECOND)
def confirm(request: HttpRequest, reference: str, proposal: int) -> HttpResponse:
    found, form = _proposal(request, reference, proposal), ConfirmForm(request.POST)
    fingerprint = form.cleaned_data["fingerprint"] if form.is_valid() else ""
    act = partial(confirming.confirm, found, fingerprint=fingerprint, by=signed_in(request), now=timezone.now())
    return deciding.decide(request, found.subject_request, act, _("Confirmed. It is done."))


@answers("POST")
@requires(Permission.APPROVE_SECOND)
def refuse(request: HttpRequest, reference: str, proposal: int) -> HttpResponse:
    found, form = _proposal(request, reference, proposal), RefuseForm(request.POST)
    if not form.is_valid():
        return case.show(request, found.subject_request, status=422, refuse_proposal_form=form)
    act = partial(confirming.refuse, found, **form.cleaned_data, by=signed_in(request), now=timezone.now())
    done = _("Not confirmed. Your colleague has been told why.")
    return deciding.decide(request, found.subject_request, act, done, refuse_proposal_form=form)


@answers("POST")
@requires(Permission.DECIDE)
def take_back(request: HttpRequest, reference: str, proposal: int) -> HttpResponse:
    found = _proposal(request, reference, proposal)
    act = partial(proposing.take_back, found, by=signed_in(request), now=timezone.now())
    return deciding.decide(request, found.subject_request, act, _("Withdrawn. Nothing was done."))


def _proposal(request: HttpRequest, reference: str, proposal: int) -> Proposal:
    """Return a proposal of a request of the tenant. Raises Http404."""
    subject_request = tenant_request(request, reference)
    found = Proposal.objects.select_related("by").filter(subject_request=subject_request)
    proposed = get_object_or_404(found, pk=proposal)
    proposed.subject_request = subject_request
    return proposed
