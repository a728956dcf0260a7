"""The texts that a tenant's team writes often: a list, and a form to write one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.permissions import Permission, requires
from dsar.actions.conversation.templating import delete_template, save_template
from dsar.actions.conversation.writing import MessageError
from dsar.forms.conversation import TemplateForm
from dsar.models import MessageTemplate
from dsar.views.common import posted, signed_in, tenant_of
from dsar.views.desk.texts import BUILT_IN
from dsar.views.methods import answers


@answers("GET", "HEAD", "POST")
@requires(Permission.DECIDE)
def templates(request: HttpRequest) -> HttpResponse:
    """GET lists them, with ?edit= for the form of one; POST saves one, a new one without "edit"."""
    own = MessageTemplate.objects.filter(tenant=tenant_of(request))
    edited = _edited(request)
    template = get_object_or_404(own, pk=int(edited)) if edited else None
    initial = {"name": template.name, "text": template.text} if template else None
    form = TemplateForm(posted(request), initial=initial)
    if form.is_valid() and _is_saved(request, form, template):
        messages.success(request, _("Saved."))
        return redirect("dsar:templates")
    context = {"form": form, "template": template, "own": own, "built_in": BUILT_IN.values(), "section": "queue"}
    return render(request, "dsar/desk/templates.html", context, status=422 if form.errors else 200)


def _edited(request: HttpRequest) -> str:
    asked = (request.POST if request.method == "POST" else request.GET).get("edit", "")
    return asked if asked.isdecimal() and len(asked) < 19 else ""


def _is_saved(request: HttpRequest, form: TemplateForm, template: MessageTemplate | None) -> bool:
    by, now = signed_in(request), timezone.now()
    try:
        save_template(tenant_of(request), **form.cleaned_data, by=by, now=now, template=template)
    except MessageError as error:
        form.add_error("name", str(error))
        return False
    return True


@answers("POST")
@requires(Permission.DECIDE)
def delete(request: HttpRequest, number: int) -> HttpResponse:
    own = MessageTemplate.objects.filter(tenant=tenant_of(request)).select_related("tenant")
    delete_template(get_object_or_404(own, pk=number), by=signed_in(request), now=timezone.now())
    messages.success(request, _("Deleted. Messages that were written from it stay."))
    return redirect("dsar:templates")
