"""What a reviewer decides: each view checks the form, calls one action, and goes back to the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission, requires
from dsar.actions import review
from dsar.actions.agents import deciding as authorities
from dsar.actions.appealing import deciding as appealing
from dsar.actions.delivery import releasing
from dsar.actions.previewing import PreviewError
from dsar.actions.restricting.deciding import StopError
from dsar.actions.seconding.proposing import ProposalError
from dsar.forms.appeals import DecideAppealForm
from dsar.forms.desk import AnswerForm, ApproveForm, ConcludeForm, DenyForm, ExceptionForm
from dsar.models import Proposal, RequestType, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk.case import show
from dsar.views.desk.changes import SEEN, changes_since
from dsar.views.methods import answers

_REFUSALS = (
    review.ReviewError,
    appealing.AppealError,
    authorities.AuthorityError,
    PreviewError,
    StopError,
    releasing.ReleaseError,
    releasing.OwnRequestError,
    ProposalError,
    ImpossibleMoveError,
)
_PROPOSED = _("Proposed. A second person has been asked to confirm it; until then nothing happens.")


def decision(
    permission: Permission,
    act: Callable[..., object],
    done: Promise,
    *,
    form: type[forms.Form] = forms.Form,
    name: str = "form",
    of_type: Mapping[str, Promise] | None = None,
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Return the view of a decision: it acts with what the form holds, says that it is done, and shows the case.

    What is refused shows the case as it is now, with what was typed in the form of that `name`. `of_type` says it
    otherwise for some types of requests.
    """

    @answers("POST")
    @requires(permission)
    def view(request: HttpRequest, reference: str) -> HttpResponse:
        subject_request, bound = tenant_request(request, reference), form(request.POST)
        if not bound.is_valid():
            return show(request, subject_request, status=422, **{name: bound})
        doing = partial(act, subject_request, **bound.cleaned_data, by=signed_in(request), now=timezone.now())
        said = (of_type or {}).get(subject_request.type, done)
        return decide(request, subject_request, doing, said, **{name: bound})

    return view


def decide(
    request: HttpRequest,
    subject_request: SubjectRequest,
    act: Callable[[], object],
    done: Promise,
    **bound: forms.Form,
) -> HttpResponse:
    """Act and go back to the case. What is refused shows the case as it is now, with what was typed kept.

    An act that returns a proposal waits for a second person, and is told so. Refused is also what was decided on a page
    that the case has changed since, and the answer says in which way.
    """
    if changes_since(request.POST.get(SEEN, ""), subject_request, now=timezone.now()):
        return show(request, subject_request, status=409, **bound)
    try:
        came_of_it = act()
    except _REFUSALS as error:
        messages.error(request, str(error))
        subject_request.refresh_from_db()
        return show(request, subject_request, status=409, **bound)
    messages.success(request, str(_PROPOSED if isinstance(came_of_it, Proposal) else done))
    return redirect("dsar:case", reference=subject_request.reference)


approve = decision(
    Permission.DECIDE,
    review.approve,
    _("Approved. Collecting has begun."),
    form=ApproveForm,
    of_type={RequestType.ERASURE: _("Approved.")},
)
look_again = decision(Permission.DECIDE, review.look_again, _("Every store is looked at again."))
release = decision(Permission.RELEASE, releasing.release, _("Released. The person has been told by email."))
retry = decision(Permission.DECIDE, review.retry, _("The failed steps are tried again."))
deny = decision(
    Permission.DECIDE,
    review.deny,
    _("Refused. The person has been told why, and how to complain."),
    form=DenyForm,
    name="deny_form",
)
answer = decision(
    Permission.ANSWER_ENQUIRY,
    review.answer,
    _("Answered. The person has it by email."),
    form=AnswerForm,
    name="answer_form",
)
conclude = decision(
    Permission.DECIDE,
    review.conclude,
    _("Closed. The person has it by email."),
    form=ConcludeForm,
    name="conclude_form",
)
decide_appeal = decision(
    Permission.DECIDE,
    appealing.decide,
    _("Decided. The person has it by email."),
    form=DecideAppealForm,
    name="appeal_form",
)
exception = decision(
    Permission.RECORD_EXCEPTION,
    review.record_exception,
    _("Recorded. The bundle says so."),
    form=ExceptionForm,
    name="exception_form",
    of_type={RequestType.RECTIFICATION: _("Recorded. The person is told.")},
)
