"""The forms of the desk that are not of one decision's text: those are in dsar.forms."""

from __future__ import annotations

from django import forms


class ApproveForm(forms.Form):
    """What was seen of a deletion, which alone is approved; nothing of any other request."""

    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
