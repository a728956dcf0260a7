"""Fields that many forms have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from dsar.forms import MOST_TEXT_CHARACTERS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class WordsField(forms.CharField):
    """Words over several lines, of `most` characters; they may be left out unless `missing` says what is missing."""

    def __init__(
        self,
        label: StrOrPromise,
        *,
        help_text: StrOrPromise = "",
        missing: StrOrPromise = "",
        most: int = MOST_TEXT_CHARACTERS,
        rows: int,
    ) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=bool(missing),
            max_length=most,
            widget=forms.Textarea(attrs={"rows": rows}),
            error_messages={"required": missing} if missing else None,
        )
