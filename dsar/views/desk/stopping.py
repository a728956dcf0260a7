"""What a reviewer decides of a stop: each view checks the form, calls one action, and goes back to the case."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission, requires
from dsar.actions.restricting import deciding
from dsar.forms.stops import GrantForm, LiftForm
from dsar.models.choices import STOP_TYPES
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk.case import show
from dsar.views.desk.deciding import decide, decision
from dsar.views.methods import answers


@answers("POST")
@requires(Permission.DECIDE)
def grant(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = tenant_request(request, reference)
    form = GrantForm(request.POST, rows=deciding.open_rows(subject_request))
    if subject_request.type in STOP_TYPES and not subject_request.is_final and not form.is_valid():
        return show(request, subject_request, status=422, grant_form=form)
    sent = form.cleaned_data if form.is_valid() else {"granted": (), "explanation": ""}
    return decide(
        request,
        subject_request,
        lambda: deciding.grant(subject_request, **sent, by=signed_in(request), now=timezone.now()),
        _("Granted. The person has been told by email."),
        grant_form=form,
    )


lift = decision(
    Permission.DECIDE,
    deciding.lift,
    _("The person has been told when and why it ends."),
    form=LiftForm,
    name="lift_form",
)
#: Let a stop go on that was to be lifted.
keep = decision(Permission.DECIDE, deciding.keep, _("It goes on. The person has been told."))
