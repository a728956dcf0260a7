"""The person writes to the privacy team, and fetches files of the conversation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import Actor
from accounts.reauth import reauthentication_required
from dsar import payloads
from dsar.actions.conversation import reading, sending
from dsar.actions.conversation.writing import MessageError
from dsar.actions.proofs import ProofRefusedError
from dsar.forms.conversation import PersonMessageForm
from dsar.models import Attachment, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views import person
from dsar.views.common import own_request, signed_in
from dsar.views.conversation import conversation, files_were_not_read
from dsar.views.methods import answers

TOO_LARGE = gettext_lazy("These files are too large: send 5 MB at most in all.")


@answers("POST")
@login_required
def message(request: HttpRequest, reference: str) -> HttpResponse:
    """Send what was written; where the person was asked something, it is the answer."""
    subject_request = own_request(request, reference)
    form = PersonMessageForm(request.POST, request.FILES)
    if files_were_not_read(request):
        form.add_error("papers", TOO_LARGE)
    if not form.is_valid():
        return person.show(request, subject_request, status=422, message_form=form)
    was_asked = conversation(subject_request, for_team=False).question is not None
    try:
        data = form.cleaned_data
        words = {"text": data["text"], "files": data["papers"], "token": data["token"]}
        sending.answer_back(subject_request, **words, by=signed_in(request), now=timezone.now())
    except (MessageError, ProofRefusedError) as error:
        form.add_error("papers" if isinstance(error, ProofRefusedError) else "text", str(error))
        return person.show(request, subject_request, status=422, message_form=form)
    except ImpossibleMoveError as error:
        messages.error(request, str(error))
        subject_request = own_request(request, reference)
        return person.show(request, subject_request, status=409, message_form=form)
    done = _("Thank you. We go on with your request, and the clock runs again.") if was_asked else _("Sent.")
    messages.success(request, done)
    return redirect("dsar:request", reference=reference)


@answers("GET", "HEAD")
def attachment(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Hand out a file of the conversation, to whoever has just shown again who they are."""
    return _attachment(request, reference, number)


@reauthentication_required
def _attachment(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    subject_request = own_request(request, reference)
    return hand_out(subject_request, number, by=Actor.subject(signed_in(request)))


def hand_out(subject_request: SubjectRequest, number: int, *, by: Actor) -> HttpResponse:
    """Return a file to be saved: nothing of it is shown by a browser. Raises Http404 for one that is gone."""
    found = Attachment.objects.filter(message__subject_request=subject_request)
    wanted = get_object_or_404(found, pk=number)
    try:
        content = reading.open_attachment(subject_request, wanted, by=by, now=timezone.now())
    except payloads.PayloadGoneError as error:
        raise Http404 from error
    name = f"{subject_request.reference}-{wanted.pk}.{wanted.kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)
