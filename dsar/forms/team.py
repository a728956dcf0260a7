"""What an administrator sends about the team."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role

ROLES = (
    (Role.REVIEWER, _("Reviewer"), _("Sees the queue and what was collected, decides, releases and answers.")),
    (Role.APPROVER, _("Approver"), _("Confirms, as the second person, what a reviewer has proposed.")),
    (Role.AUDITOR, _("Auditor"), _("Sees the queue and the audit trail, decides nothing and reads nobody's data.")),
    (Role.ADMINISTRATOR, _("Administrator"), _("Sets the rules and the team, and sees no request.")),
)
_CHOICES = [(role.value, label) for role, label, _text in ROLES]


class RolesForm(forms.Form):
    """No role is a choice as well: the member leaves."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=_CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )

    def chosen(self) -> list[Role]:
        return [Role(value) for value in self.cleaned_data["roles"]]


class InviteForm(RolesForm):
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        error_messages={"required": _("Write their email address."), "invalid": _("This is no email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    field_order = ("email", "name", "roles")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].required = True
        self.fields["roles"].error_messages["required"] = str(_("Choose one role at least."))
