"""The certificate of an erasure is fetched: its account is gone, so the secret of the last email is the whole right."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dsar.actions.erasing.certifying import FORMS, NoCertificateError, fetch
from dsar.forms.person import CertificateForm
from dsar.views.common import posted, tenant_of
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
def certificate(request: HttpRequest) -> HttpResponse:
    """GET asks for the reference and the secret; POST sends the file."""
    form = CertificateForm(posted(request), initial={"reference": request.GET.get("reference", "")[:20]})
    if form.is_valid():
        asked = form.cleaned_data
        try:
            content = fetch(tenant=tenant_of(request), **asked, now=timezone.now())
        except NoCertificateError:
            form.refuse()
        else:
            name = f"certificate-{asked['reference']}.{asked['form']}"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return HttpResponse(content, content_type=FORMS[asked["form"]], headers=headers)
    status = 422 if form.errors else 200
    return render(request, "dsar/certificate.html", {"form": form, "section": "requests"}, status=status)
