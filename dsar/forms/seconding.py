"""What the second of two people sends."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.forms import MOST_TEXT_CHARACTERS


class ConfirmForm(forms.Form):
    """What was seen, which alone is confirmed."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not"),
        help_text=_("Your colleague reads this; the person does not."),
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why you do not confirm it: your colleague reads it.")},
    )
    prefix = "second"
