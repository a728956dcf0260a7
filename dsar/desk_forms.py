"""The forms of the desk that are not of one decision's text: those are in dsar.forms."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.actions.holding import MOST_REASON_CHARACTERS


class ApproveForm(forms.Form):
    """What was seen, which alone is approved: of a deletion, or of a purge. Nothing of any other request."""

    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it must be kept"),
        help_text=_("For the team alone: the person never reads it."),
        max_length=MOST_REASON_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why this must be kept.")},
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("Leave it empty if it lasts until somebody ends it."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2027-12-31.")},
    )


class EndHoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it ends"),
        help_text=_("For the team alone."),
        max_length=MOST_REASON_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why the hold ends.")},
    )
