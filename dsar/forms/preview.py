"""What a person looks for in their bundle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.bundle.display import label

_LONGEST = 200
_MOST_PAGES = 100_000


class PreviewForm(forms.Form):
    """`columns` are the names of the columns that can be searched and sorted by."""

    q = forms.CharField(label=_("Search"), required=False, max_length=_LONGEST)
    down = forms.BooleanField(required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=_MOST_PAGES, widget=forms.HiddenInput)

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(name, label(name)) for name in columns]
        self.fields["within"] = forms.ChoiceField(
            label=_("In"), required=False, choices=[("", _("every column")), *named]
        )
        self.fields["sort"] = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=[("", ""), *named])
