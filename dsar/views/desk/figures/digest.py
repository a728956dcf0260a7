"""Each of the team chooses whether a message comes in the morning."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission, permissions_of, requires
from dsar.actions.figures import digests
from dsar.models import MorningDigest
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers


@answers("POST")
@requires(Permission.DECIDE)
def choose(request: HttpRequest) -> HttpResponse:
    """Begin with it, or with `wanted=no` stop it."""
    tenant, account = tenant_of(request), signed_in(request)
    if request.POST.get("wanted") == "no":
        digests.stop(tenant, account=account)
        messages.success(request, _("Stopped. The morning message does not come any more."))
    else:
        digests.want(tenant, account=account, now=timezone.now())
        messages.success(request, _("You get a message each morning on which something is at risk."))
    return redirect("dsar:dashboard")


def digest_facts(request: HttpRequest) -> dict[str, bool | int]:
    """Return what the dashboard says of it: whoever decides nothing here has no morning message."""
    account, tenant = signed_in(request), tenant_of(request)
    return {
        "may_have_digest": Permission.DECIDE in permissions_of(account, tenant),
        "has_digest": MorningDigest.objects.filter(tenant=tenant, user=account).exists(),
        "digest_hour": digests.FIRST_HOUR,
    }
