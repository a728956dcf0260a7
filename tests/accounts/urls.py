"""The portal's addresses, and views guarded in the ways that other apps guard theirs."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from accounts.permissions import Permission, requires
from accounts.reauth import reauthentication_required


@requires(Permission.SEE_QUEUE)
def queue(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the queue")


@requires(Permission.READ_PAYLOADS)
def payload(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"payload {number}")


@reauthentication_required
def download(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.POST.get('reason', '')}")


urlpatterns = [
    path("test/queue/", queue),
    path("test/payload/<int:number>/", payload),
    path("test/download/", download),
    path("", include("portal.urls")),
]
