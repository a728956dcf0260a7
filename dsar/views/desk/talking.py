"""The team writes to the person and to itself, asks, goes on without an answer, and extends the law's term."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import Actor
from accounts.permissions import Permission, requires
from dsar import queries
from dsar.actions import extending
from dsar.actions.conversation import asking, noting, sending
from dsar.actions.proofs import ProofRefusedError
from dsar.forms.conversation import ExtendForm, NoteForm, TeamMessageForm
from dsar.models import SubjectRequest
from dsar.views.common import signed_in, tenant_of, tenant_request
from dsar.views.conversation import files_were_not_read
from dsar.views.desk.case import show
from dsar.views.desk.deciding import decide, decision
from dsar.views.desk.texts import text_choices, text_of
from dsar.views.methods import answers
from dsar.views.talking import TOO_LARGE, hand_out


@answers("POST")
@requires(Permission.DECIDE)
def tell(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a message, or a question that stops the clocks; with "insert", put a text into the form instead."""
    subject_request, tenant = tenant_request(request, reference), tenant_of(request)
    templates = text_choices(tenant)
    if "insert" in request.POST:
        return _insert(request, subject_request, templates)
    form = TeamMessageForm(request.POST, request.FILES, templates=templates)
    if files_were_not_read(request):
        form.add_error("papers", TOO_LARGE)
    if not form.is_valid():
        return show(request, subject_request, status=422, message_form=form)
    data = form.cleaned_data
    act = asking.ask if data["asks"] else sending.tell_person
    said = gettext_lazy("Asked. The clock stands still until the person answers.") if data["asks"] else _SENT
    words = {"text": data["text"], "files": data["papers"], "token": data["token"]}
    try:
        return decide(
            request,
            subject_request,
            lambda: act(subject_request, **words, by=signed_in(request), now=timezone.now()),
            said,
            message_form=form,
        )
    except ProofRefusedError as error:
        form.add_error("papers", str(error))
        return show(request, subject_request, status=422, message_form=form)


_SENT = gettext_lazy("Sent. The person is told by email that there is a message.")


def _insert(
    request: HttpRequest, subject_request: SubjectRequest, templates: Sequence[tuple[str, object]]
) -> HttpResponse:
    """Show the case with a text put behind what was typed: nothing of that is lost."""
    typed = request.POST.get("text", "").rstrip()
    chosen = text_of(subject_request.tenant, request.POST.get("template", ""), language=subject_request.language)
    initial = {
        "text": "\n\n".join(filter(None, [typed, chosen])),
        "asks": "asks" in request.POST,
        "token": request.POST.get("token", "")[:64],
    }
    form = TeamMessageForm(initial=initial, templates=templates)
    return show(request, subject_request, message_form=form)


@answers("POST")
@requires(Permission.READ_PAYLOADS)
def write_note(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a note, and tell the writer of names in it that nobody on the team has."""
    subject_request, form = tenant_request(request, reference), NoteForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, note_form=form)

    def act() -> None:
        noted = noting.add_note(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now())
        if noted.unknown:
            names = ", ".join(f"@{name}" for name in noted.unknown)
            messages.warning(request, _("Nobody who may read this case is called %(names)s.") % {"names": names})

    return decide(request, subject_request, act, gettext_lazy("Noted."), note_form=form)


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def attachment(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Hand out a file of the conversation; that it was fetched is recorded."""
    subject_request, account = tenant_request(request, reference), signed_in(request)
    if queries.is_own(account=account, subject_request=subject_request):
        raise Http404
    return hand_out(subject_request, number, by=Actor.staff(account))


@answers("POST")
@requires(Permission.DECIDE)
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request, form = tenant_request(request, reference), ExtendForm(request.POST)
    if not form.is_valid():
        return show(request, subject_request, status=422, extend_form=form)
    return decide(
        request,
        subject_request,
        lambda: extending.extend(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now()),
        gettext_lazy("Extended. The person has been told why."),
        extend_form=form,
    )


go_on = decision(Permission.DECIDE, asking.go_on, gettext_lazy("The clock runs again. The person has been told."))
