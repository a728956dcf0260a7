"""Other people in a bundle: each value is looked at, and hidden or shown with a reason, before it is released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.permissions import Permission, permissions_of, requires
from dsar import payloads, queries
from dsar.actions import looking
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.actions.redacting import adding, deciding, state
from dsar.actions.redacting.finding import LOOKED_THROUGH
from dsar.forms.redaction import AddForm, ShowRestForm, choices_in, decisions
from dsar.models import Bundle, RedactionReview, RedactionValue, RedactionVerdict, Status, SubjectRequest
from dsar.models.transitions import ImpossibleMoveError
from dsar.views.common import signed_in, tenant_of, tenant_request
from dsar.views.desk.collected import collected
from dsar.views.desk.described import described
from dsar.views.desk.redaction_values import SHOWN, groups_page
from dsar.views.methods import answers
from dsar.views.redactions import Told, told

_REFUSALS = (deciding.RedactionError, OwnRequestError, ImpossibleMoveError)


@dataclass(frozen=True, slots=True)
class RedactionView:
    """How far it is: different values by what was decided, which may be several things in several collections.

    `beyond` counts places that are not listed.
    """

    undecided: int
    hidden: int
    shown: int
    total: int
    beyond: int
    is_stale: bool
    told: list[Told]

    @property
    def is_settled(self) -> bool:
        return not self.undecided and not self.is_stale


def redaction_view(subject_request: SubjectRequest, bundle: Bundle | None) -> RedactionView | None:
    """Return how far a request's redaction is; None where there is none."""
    review = RedactionReview.objects.filter(subject_request=subject_request).first()
    lines = told(bundle)
    is_kept = review is not None and subject_request.sealed_key is not None
    if subject_request.type not in LOOKED_THROUGH or not (is_kept or lines):
        return None
    rows = subject_request.redaction_values
    counts = {verdict: _different(rows.filter(verdict=verdict)) for verdict in RedactionVerdict.values}
    return RedactionView(
        undecided=counts[RedactionVerdict.OPEN],
        hidden=counts[RedactionVerdict.HIDE],
        shown=counts[RedactionVerdict.KEEP],
        total=_different(subject_request.redaction_values.all()),
        beyond=sum(review.beyond.values()) if review else 0,
        is_stale=not subject_request.is_final and bundle is not None and state.is_stale(subject_request, bundle),
        told=lines,
    )


def _different(rows: QuerySet[RedactionValue]) -> int:
    return rows.order_by().values("mark").distinct().count()


@answers("GET", "HEAD")
@requires(Permission.READ_PAYLOADS)
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show values of others, with the text around them; that they were read is recorded."""
    subject_request = _readable(request, reference)
    looking.read_redaction(subject_request, by=signed_in(request), now=timezone.now())
    return _show(request, subject_request)


@answers("POST")
@requires(Permission.DECIDE)
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Take what was decided on one page of values."""
    subject_request = _readable(request, reference)
    by, now = signed_in(request), timezone.now()
    try:
        done = deciding.decide(subject_request, choices=choices_in(request.POST), by=by, now=now)
    except _REFUSALS as error:
        return _refused(request, subject_request, error, typed=request.POST)
    if done.overtaken:
        text = ngettext(
            "Somebody else has decided on %(count)s of these meanwhile. That stays: look at it again.",
            "Somebody else has decided on %(count)s of these meanwhile. They stay so: look at them again.",
            done.overtaken,
        )
        messages.warning(request, text % {"count": done.overtaken})
    elif done.hidden or done.shown or done.reopened:
        messages.success(request, _("Saved."))
    return redirect(_address(request, reference))


@answers("POST")
@requires(Permission.DECIDE)
def add(request: HttpRequest, reference: str) -> HttpResponse:
    """Hide a text that a reviewer saw somewhere."""
    subject_request = _readable(request, reference)
    form = _add_form(subject_request, request.POST)
    if not form.is_valid():
        return _show(request, subject_request, status=422, add_form=form)

    def act() -> str:
        count = adding.add(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now())
        text = ngettext("It is hidden in %(count)s place.", "It is hidden in %(count)s places.", count)
        return text % {"count": count}

    return _act(request, subject_request, act, add_form=form)


@answers("POST")
@requires(Permission.DECIDE)
def show_rest(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what is undecided, with a reason."""
    subject_request = _readable(request, reference)
    form = ShowRestForm(request.POST)
    if not form.is_valid():
        return _show(request, subject_request, status=422, rest_form=form)

    def act() -> str:
        deciding.show_rest(subject_request, **form.cleaned_data, by=signed_in(request), now=timezone.now())
        return _("None of the rest is hidden.")

    return _act(request, subject_request, act, rest_form=form)


@answers("POST")
@requires(Permission.DECIDE)
def pack_anew(request: HttpRequest, reference: str) -> HttpResponse:
    """Have the bundle packed with what is hidden by now."""
    subject_request = _readable(request, reference)
    try:
        deciding.pack_anew(subject_request, by=signed_in(request), now=timezone.now())
    except _REFUSALS as error:
        return _refused(request, subject_request, error)
    messages.success(request, _("The bundle is packed anew. Release it once that is done."))
    return redirect("dsar:case", reference=reference)


def _act(
    request: HttpRequest, subject_request: SubjectRequest, act: Callable[[], str], **bound: object
) -> HttpResponse:
    try:
        done = act()
    except _REFUSALS as error:
        return _refused(request, subject_request, error, **bound)
    messages.success(request, done)
    return redirect(_address(request, subject_request.reference))


def _refused(request: HttpRequest, subject_request: SubjectRequest, error: Exception, **typed: object) -> HttpResponse:
    messages.error(request, str(error))
    subject_request.refresh_from_db()
    return _show(request, subject_request, status=409, **typed)


def _readable(request: HttpRequest, reference: str) -> SubjectRequest:
    """Return a request whose rows are kept, and which is not the reviewer's own. Raises Http404."""
    subject_request = tenant_request(request, reference)
    if subject_request.type not in LOOKED_THROUGH or subject_request.sealed_key is None:
        raise Http404
    if queries.is_own(account=signed_in(request), subject_request=subject_request):
        raise Http404
    return subject_request


def _asked(request: HttpRequest) -> tuple[str, int]:
    """Return what is to be shown, and which page of it, by the address or by what the form was sent with."""
    said = request.POST if request.method == "POST" else request.GET
    show, number = said.get("show", "open"), said.get("page", "1")
    is_number = number.isascii() and number.isdigit() and len(number) < 6
    return show if show in SHOWN else "open", max(1, int(number)) if is_number else 1


def _address(request: HttpRequest, reference: str, *, page: int | None = None, show: str = "") -> str:
    asked, number = _asked(request)
    number = page or (1 if asked == "open" else number)  # what was decided is not open any more: the rest moves up
    further = f"&page={number}" if number > 1 else ""
    return f"{reverse('dsar:redaction', args=[reference])}?show={show or asked}{further}"


def _add_form(subject_request: SubjectRequest, data: QueryDict | None = None) -> AddForm:
    rows = collected(list(subject_request.steps.all()), described(subject_request)[0])
    choices = [(f"{row.dataset}:{row.collection}", f"{row.title} ({row.store})") for row in rows if row.rows]
    return AddForm(data, collections=choices)


def _show(
    request: HttpRequest,
    subject_request: SubjectRequest,
    *,
    status: int = 200,
    typed: object = None,
    add_form: object = None,
    rest_form: object = None,
) -> HttpResponse:
    show, number = _asked(request)
    data_map = described(subject_request)[0]
    sent = typed if isinstance(typed, QueryDict) else None
    try:
        found = groups_page(subject_request, data_map, show=show, number=number, typed=sent)
    except payloads.PayloadGoneError as error:
        raise Http404 from error
    may = permissions_of(signed_in(request), tenant_of(request))
    waits = subject_request.status == Status.AWAITING_RELEASE
    view = redaction_view(subject_request, queries.current_bundle(subject_request))
    context = {
        "subject_request": subject_request,
        "redaction": view,
        "found": found,
        "show": show,
        "tabs": _tabs(request, subject_request.reference, view),
        "earlier": _address(request, subject_request.reference, page=1) if number > 1 else "",
        "later": _address(request, subject_request.reference, page=number + 1) if found.has_more else "",
        "decisions": decisions(),
        "may_decide": waits and Permission.DECIDE in may,
        "add_form": add_form or _add_form(subject_request),
        "rest_form": rest_form or ShowRestForm(),
        "section": "queue",
    }
    return render(request, "dsar/desk/redaction.html", context, status=status)


def _tabs(request: HttpRequest, reference: str, view: RedactionView | None) -> list[tuple[str, str, str, int]]:
    counts = (view.undecided, view.hidden, view.shown, view.total) if view else (0, 0, 0, 0)
    titles = (_("To decide"), pgettext("of many", "Hidden"), pgettext("of many", "Shown"), _("All"))
    return [
        (name, title, _address(request, reference, page=1, show=name), count)
        for name, title, count in zip(SHOWN, titles, counts, strict=True)
    ]
