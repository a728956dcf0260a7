"""Which part of their data a person asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class NarrowForm(forms.Form):
    """Chapters of what is held, and days; nothing chosen is everything."""

    topics = forms.MultipleChoiceField(
        label=_("Which data?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the list which data you want.")},
    )
    first_day = forms.DateField(
        label=_("From (optional)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the first day as 2026-01-31.")},
    )
    last_day = forms.DateField(
        label=_("Until (optional)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the last day as 2026-01-31.")},
    )

    def __init__(self, *args: Any, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin."""
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("The last day comes before the first one."))
        return data
