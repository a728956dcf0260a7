"""What people, and the privacy team, send about stops of a use of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.actions.restricting.opening import needs_decision
from dsar.forms.fields import WordsField
from dsar.models import Restriction
from dsar.models.choices import ASKED_GROUNDS

#: What a form says for a restriction of every use, whose purpose is "".
EVERYTHING_WORD = "everything"
#: Less than a question may have: it is one (dsar.actions.intake).
MOST_WORDS = 3_000


class _PurposesForm(forms.Form):
    """Some of the purposes that a page offers."""

    purposes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose what you want to stop."),
            "invalid_choice": _("Choose from the list what you want to stop."),
        },
    )

    def __init__(self, *args: Any, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purposes"].choices = [(name, name) for name in offered]  # type: ignore[attr-defined]

    def clean_purposes(self) -> list[str]:
        """Return every use alone where it is among them: the others are in it."""
        purposes: list[str] = self.cleaned_data["purposes"]
        return [EVERYTHING_WORD] if EVERYTHING_WORD in purposes else purposes


class ObjectionForm(_PurposesForm):
    """What a person objects to; why, where that has to be weighed."""

    words = WordsField(
        _("What is it about your situation?"),
        help_text=_("Only for uses that the privacy team looks at. Please send no passwords."),
        most=MOST_WORDS,
        rows=5,
    )

    def clean(self) -> dict[str, Any]:
        """Demand reasons for what is weighed: GDPR Article 21(1)."""
        data = super().clean() or {}
        if needs_decision(data.get("purposes", ())) and "words" in data and not data["words"]:
            self.add_error("words", _("Say what it is about your situation: the privacy team weighs it."))
        return data


class RestrictionForm(_PurposesForm):
    """What a person wants kept and not used, and on which ground."""

    ground = forms.ChoiceField(
        label=_("Why?"),
        choices=[(ground.value, ground.label) for ground in ASKED_GROUNDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason."), "invalid_choice": _("Choose one of these reasons.")},
    )
    words = WordsField(
        _("In your own words"),
        help_text=_("Which data it is, and what is in question. Please send no passwords."),
        missing=_("Say in your own words what it is about."),
        most=MOST_WORDS,
        rows=5,
    )


class GrantForm(forms.Form):
    """Which of the uses that were asked for stop."""

    granted = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one use that stops, or refuse the request."),
            "invalid_choice": _("This is no longer what the request is about. Look at it again."),
        },
    )
    explanation = WordsField(
        _("Why not the rest"),
        help_text=_("Only where you leave something out. The person reads it."),
        rows=3,
    )

    def __init__(self, data: Any = None, *, rows: Sequence[Restriction], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rows = rows
        keys = [(row.pk, row.name) for row in rows]
        self.fields["granted"].choices = keys  # type: ignore[attr-defined]
        self.fields["granted"].initial = [row.pk for row in rows]

    @property
    def chosen(self) -> list[int]:
        """The keys of the rows that are ticked."""
        return [int(key) for key in self["granted"].value() or () if str(key).isdecimal()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "granted" in data and len(data["granted"]) < len(self.rows) and not data.get("explanation"):
            self.add_error("explanation", _("Say why the rest does not stop: the person reads it."))
        return data


class LiftForm(forms.Form):
    reason = WordsField(
        _("Why it ends"),
        help_text=_("The person reads this, with the day on which it ends and the way to complain."),
        missing=_("Say why the stop is lifted: the person reads it."),
        rows=3,
    )
