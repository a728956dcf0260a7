"""The person fetches the bundle, having shown again who they are."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.address_changes import cooling_off_until
from accounts.reauth import reauthentication_required
from dsar import queries
from dsar.actions.delivery.fetching import AddressJustChangedError, BundleGoneError, fetch
from dsar.models import Bundle, Status, SubjectRequest
from dsar.views.common import own_request, signed_in
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
def download(request: HttpRequest, reference: str) -> HttpResponseBase:
    """GET shows what there is, POST sends it: a GET could be a mail scanner or a prefetching browser."""
    return _download(request, reference)


@reauthentication_required
def _download(request: HttpRequest, reference: str) -> HttpResponse:
    subject_request = own_request(request, reference)
    if request.method == "POST":
        return send_bundle(request, subject_request)
    bundle = queries.latest_bundle(subject_request)
    if bundle is None or subject_request.status != Status.FULFILLED or bundle.expires_at is None:
        raise Http404
    if bundle.purged_at or bundle.expires_at <= timezone.now():
        return gone(request, subject_request, bundle.expires_at)
    until = cooling_off_until(signed_in(request), now=timezone.now())
    if until is not None:
        return not_yet(request, subject_request, until)
    downloads = bundle.downloads.order_by("-started_at")[:10]
    context = {
        "subject_request": subject_request,
        "bundle": bundle,
        "downloads": downloads,
        "file_name": file_name(subject_request, bundle),
        "section": "requests",
    }
    return render(request, "dsar/person/download.html", context)


def send_bundle(request: HttpRequest, subject_request: SubjectRequest) -> HttpResponse:
    """Send the bundle to whoever is signed in; the caller has checked that it is theirs to have."""
    try:
        bundle, chunks = fetch(subject_request, account=signed_in(request), clock=timezone.now)
    except AddressJustChangedError as error:
        return not_yet(request, subject_request, error.until)
    except BundleGoneError as error:
        if error.expired_at is None:
            raise Http404 from error
        return gone(request, subject_request, error.expired_at)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(subject_request, bundle)}"'}
    content_type = "application/octet-stream" if bundle.sealed_to else "application/zip"
    return StreamingHttpResponse(chunks, content_type=content_type, headers=headers)  # type: ignore[return-value]


def file_name(subject_request: SubjectRequest, bundle: Bundle) -> str:
    """Return the name under which the bundle is saved."""
    end = ".zip.age" if bundle.sealed_to else ".zip"
    return f"{subject_request.tenant.slug}-{subject_request.reference}{end}"


def not_yet(request: HttpRequest, subject_request: SubjectRequest, until: datetime) -> HttpResponse:
    """Say why nothing is fetched just after a change of address."""
    context = {"subject_request": subject_request, "until": until, "section": "requests"}
    return render(request, "dsar/person/not_yet.html", context, status=403)


def gone(request: HttpRequest, subject_request: SubjectRequest, expired_at: object) -> HttpResponse:
    """Say that the bundle is deleted, and what to do."""
    context = {"subject_request": subject_request, "expired_at": expired_at, "section": "requests"}
    return render(request, "dsar/person/gone.html", context, status=410)
