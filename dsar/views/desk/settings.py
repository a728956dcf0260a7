"""A tenant's settings: what they are, their change, their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, dumps, loads
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Tenant
from accounts.permissions import Permission, requires
from dsar import queries
from dsar.actions import ruling
from dsar.actions.ruling import names
from dsar.actions.ruling.logos import LogoError, keep_logo
from dsar.forms.settings import SECTIONS, SettingsForm, in_words
from dsar.models import SettingChange
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers

_PAGE = 30
_SALT = "dsar.settings.seen"
_LATEST = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One setting as it is now, in words; "" where nothing is set."""

    label: str | Promise | None
    value: str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str | Promise
    text: str | Promise
    icon: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of the history; `can_be_undone`: nobody has changed the same since."""

    change: SettingChange
    label: str | Promise | None
    before: str | Promise
    after: str | Promise
    can_be_undone: bool


@answers("GET", "HEAD")
@requires(Permission.MANAGE_SETTINGS)
def index(request: HttpRequest) -> HttpResponse:
    tenant = tenant_of(request)
    current = names.read(names.held(tenant))
    context = {
        "sections": [_of_index(_section(key, current)) for key in SECTIONS],
        "rows": _rows(SettingChange.objects.filter(tenant=tenant).select_related("by")[:_LATEST], current),
        "payload_days": settings.PAYLOAD_DAYS,
        "look": queries.look(tenant),
        "section": "settings",
    }
    return render(request, "dsar/desk/settings/index.html", context)


@answers("GET", "HEAD", "POST")
@requires(Permission.MANAGE_SETTINGS)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    if name not in SECTIONS:
        raise Http404
    tenant = tenant_of(request)
    current = names.read(names.held(tenant))
    kind = SECTIONS[name][3]
    if request.method != "POST":
        return _show(request, name, kind(current=current), current)
    form = kind(request.POST, request.FILES, current=current)
    if not form.is_valid():
        return _show(request, name, form, current, status=422)
    try:
        made = _save(request, tenant, form)
    except (ValidationError, LogoError, ruling.SettingsChangedError) as error:
        _tell(form, error)
        status = 409 if isinstance(error, ruling.SettingsChangedError) else 422
        return _show(request, name, form, current, status=status)
    messages.success(request, _("Saved. It holds from now on.") if made else _("Nothing was changed."))
    return redirect("dsar:settings")


@answers("GET", "HEAD")
@requires(Permission.MANAGE_SETTINGS)
def history(request: HttpRequest) -> HttpResponse:
    tenant, before = tenant_of(request), request.GET.get("before", "")
    found = SettingChange.objects.filter(tenant=tenant).select_related("by")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: _PAGE + 1])
    context = {
        "rows": _rows(page[:_PAGE], names.read(names.held(tenant))),
        "later": f"?before={page[_PAGE - 1].pk}" if len(page) > _PAGE else "",
        "earlier": request.path if before else "",
        "section": "settings",
    }
    return render(request, "dsar/desk/settings/history.html", context)


@answers("POST")
@requires(Permission.MANAGE_SETTINGS)
def undo(request: HttpRequest, change: int) -> HttpResponse:
    past = get_object_or_404(SettingChange.objects.select_related("tenant"), tenant=tenant_of(request), pk=change)
    try:
        ruling.undo(past, by=signed_in(request), now=timezone.now())
    except (ValidationError, ruling.SettingsChangedError) as error:
        messages.error(request, "; ".join(error.messages) if isinstance(error, ValidationError) else str(error))
    else:
        messages.success(request, _("Undone. The history shows both."))
    return redirect("dsar:settings_history")


def _save(request: HttpRequest, tenant: Tenant, form: SettingsForm) -> list[SettingChange]:
    """Raises ValidationError, LogoError, SettingsChangedError."""
    values = form.values()
    sent = form.cleaned_data.get("logo")
    if isinstance(sent, UploadedFile):
        values["logo"] = keep_logo(tenant, sent.read()).pk
    why, by = form.cleaned_data["why"], signed_in(request)
    return ruling.change(tenant, values, why=why, by=by, now=timezone.now(), seen=_seen(request))


def _seen(request: HttpRequest) -> Mapping[str, Any]:
    """Return the values that the form had shown; none that is forged."""
    try:
        seen: Mapping[str, Any] = loads(request.POST.get("seen", ""), salt=_SALT)
    except BadSignature:
        return {}
    return seen


def _tell(form: SettingsForm, error: Exception) -> None:
    """Put what was refused beside its field, or on top of the form."""
    if isinstance(error, LogoError):
        form.add_error("logo", str(error))
    elif not isinstance(error, ValidationError):
        form.add_error(None, str(error))
    elif hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)


def _show(
    request: HttpRequest, name: str, form: SettingsForm, current: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    title, text, icon, _form = SECTIONS[name]
    context = {
        "form": form,
        "title": title,
        "text": text,
        "icon": icon,
        "name": name,
        # After a refusal the values of before: what somebody else has changed is shown beside the form.
        "seen": dumps({key: current[key] for key in form.setting_names()}, salt=_SALT),
        "lines": [line for line in _section(name, current).lines if line.value] if status == 409 else [],
        "look": queries.look(tenant_of(request)),
        "payload_days": settings.PAYLOAD_DAYS,
        "section": "settings",
    }
    return render(request, "dsar/desk/settings/edit.html", context, status=status)


def _section(key: str, current: Mapping[str, Any]) -> Section:
    title, text, icon, kind = SECTIONS[key]
    form = kind(current=current)
    lines = [Line(form.fields[name].label, _in_words(form, name, current[name])) for name in form.setting_names()]
    return Section(key, title, text, icon, lines)


def _of_index(section: Section) -> Section:
    """Return the section as the list of all shows it: of words, in so many languages, those that were written."""
    if section.key != "texts":
        return section
    return replace(section, lines=[line for line in section.lines if line.value])


def _fields(current: Mapping[str, Any]) -> dict[str, SettingsForm]:
    """Return, by each setting's name, the form that it stands in."""
    made = [kind(current=current) for _title, _text, _icon, kind in SECTIONS.values()]
    return {name: form for form in made for name in form.setting_names()}


def _rows(changes: Sequence[SettingChange] | Any, current: Mapping[str, Any]) -> list[ChangeRow]:
    by_name = _fields(current)
    return [_row(change, by_name.get(change.name), current) for change in changes]


def _row(change: SettingChange, form: SettingsForm | None, current: Mapping[str, Any]) -> ChangeRow:
    """A setting that there is no more is shown by its name, and cannot be undone."""
    if form is None:
        return ChangeRow(change, change.name, str(change.before), str(change.after), False)
    return ChangeRow(
        change,
        form.fields[change.name].label,
        _in_words(form, change.name, change.before),
        _in_words(form, change.name, change.after),
        change.name in current and current[change.name] == change.after,
    )


def _in_words(form: SettingsForm, name: str, value: Any) -> str | Promise:
    if name == "logo":
        return _("Picture %(number)s") % {"number": value} if value is not None else ""
    field: forms.Field = form.fields[name]
    return in_words(field, value)
