"""Saving a view of the queue, and deleting one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission, requires
from dsar.actions.view_keeping import ViewError, delete_view, save_view
from dsar.forms.queue import ViewForm
from dsar.models import SavedView
from dsar.views.common import signed_in, tenant_of
from dsar.views.desk import queue_views
from dsar.views.desk.queue import filters_of_query, show
from dsar.views.methods import answers


@answers("POST")
@requires(Permission.DECIDE)
def save(request: HttpRequest) -> HttpResponse:
    """Save the filters that the form carries. What is refused shows the queue with the form as it was."""
    filters, form = filters_of_query(request, request.POST), ViewForm(request.POST)
    query = QueryDict(urlencode(filters.address()))
    if form.is_valid():
        try:
            values = {"name": form.cleaned_data["name"], "is_shared": form.cleaned_data["is_shared"]}
            save_view(
                tenant=tenant_of(request),
                owner=signed_in(request),
                query=filters.address(),
                now=timezone.now(),
                **values,
            )
        except ViewError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The view is saved. It stands beside the others."))
            return redirect(queue_views.address(filters))
    return show(request, query, status=422, view_form=form)


@answers("POST")
@requires(Permission.DECIDE)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own view. Another's is none that one could delete. Raises Http404."""
    view = SavedView.objects.filter(tenant=tenant_of(request), pk=pk).first()
    if view is None or not delete_view(view, by=signed_in(request)):
        raise Http404
    messages.success(request, _("The view is deleted."))
    return redirect("dsar:queue")
