"""What the second of two people sends."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.forms.fields import WordsField


class ConfirmForm(forms.Form):
    """What was seen, which alone is confirmed."""

    fingerprint = forms.CharField(max_length=64, widget=forms.HiddenInput)


class RefuseForm(forms.Form):
    reason = WordsField(
        _("Why not"),
        help_text=_("Your colleague reads this; the person does not."),
        missing=_("Say why you do not confirm it: your colleague reads it."),
        rows=3,
    )
    prefix = "second"
