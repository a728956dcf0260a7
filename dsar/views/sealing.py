"""The person has the bundle sealed so that only they can open it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.reauth import reauthentication_required
from dsar import queries
from dsar.actions.delivery.fetching import AddressJustChangedError, BundleGoneError
from dsar.actions.delivery.sealing import AlreadySealedError, Opener, seal_to_person
from dsar.forms.person import SealForm
from dsar.models import Status, SubjectRequest
from dsar.views.common import own_request, posted, signed_in
from dsar.views.delivery import gone, not_yet
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
def seal(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows the form; POST seals, which cannot be taken back."""
    return _seal(request, reference)


@reauthentication_required
def _seal(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = own_request(request, reference)
    bundle = queries.latest_bundle(subject_request)
    if bundle is None or subject_request.status != Status.FULFILLED or bundle.expires_at is None:
        raise Http404
    if bundle.purged_at or bundle.expires_at <= timezone.now():
        return gone(request, subject_request, bundle.expires_at)
    form = SealForm(posted(request))
    if not bundle.sealed_to and form.is_valid():
        return _act(request, subject_request, form.cleaned_data["opener"])
    if bundle.sealed_to:
        return redirect("dsar:download", reference=reference)
    context = {"subject_request": subject_request, "form": form, "section": "requests"}
    return render(request, "dsar/person/seal.html", context, status=422 if form.errors else 200)


def _act(request: HttpRequest, subject_request: SubjectRequest, opener: Opener) -> HttpResponse:
    try:
        seal_to_person(subject_request, opener=opener, account=signed_in(request), clock=timezone.now)
    except AddressJustChangedError as error:
        return not_yet(request, subject_request, error.until)
    except BundleGoneError as error:
        return gone(request, subject_request, error.expired_at)
    except AlreadySealedError:
        messages.info(request, _("It was sealed already."))
    else:
        messages.success(request, _("Sealed. From now on only you can open it: our key to it is destroyed."))
    return redirect("dsar:download", reference=subject_request.reference)
