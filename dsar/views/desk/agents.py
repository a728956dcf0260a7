"""The team decides whether somebody may ask for another person."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Permission, requires
from dsar import payloads, queries
from dsar.actions import looking
from dsar.actions.agents import deciding, evidence
from dsar.actions.agents.asking import authority_of
from dsar.forms.agents import AcceptAgentForm, RefuseAgentForm
from dsar.views.common import signed_in, tenant_request
from dsar.views.desk.deciding import decision
from dsar.views.methods import answers

accept = decision(
    Permission.DECIDE,
    deciding.accept,
    _("Accepted. The request goes on, and the agent has been told."),
    form=AcceptAgentForm,
    name="accept_agent_form",
)
refuse = decision(
    Permission.DECIDE,
    deciding.refuse,
    _("Refused. The agent and the person have been told why."),
    form=RefuseAgentForm,
    name="refuse_agent_form",
)


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def permission(request: HttpRequest, reference: str) -> HttpResponse:
    """Hand out the signed permission, to be saved: no browser shows anything of it. That it was read is recorded."""
    subject_request, by = tenant_request(request, reference), signed_in(request)
    authority = authority_of(subject_request)
    if authority is None or not authority.proof_path or queries.is_own(account=by, subject_request=subject_request):
        raise Http404
    try:
        content = evidence.read(authority)
    except payloads.PayloadGoneError as error:
        raise Http404 from error
    looking.opened(subject_request, by=by, now=timezone.now())
    name = f"{subject_request.reference}-permission.{authority.proof_kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)
