"""What a tenant publishes so that anybody can check its bundles and certificates."""

from __future__ import annotations

import base64

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dsar.actions.delivery.signing import tenant_signer
from dsar.views.common import tenant_of
from dsar.views.methods import answers


@answers("GET", "HEAD")
def bundle_key(request: HttpRequest) -> HttpResponse:
    """Show the public key that signs this tenant's bundles and certificates, as text that programs read too."""
    signer = tenant_signer(tenant_of(request))
    public_key = base64.b64encode(signer.public_key).decode("ascii")
    context = {"key_id": signer.key_id, "public_key": public_key}
    return render(request, "dsar/bundle_key.txt", context, content_type="text/plain; charset=utf-8")
