"""The filters of the audit pages, kept in the address: numbers and codes, never an address of a person."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.actions.auditing import Question
from dsar.forms.verbs_in_words import WORDS

_MOST = 2**63 - 1
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)


class AuditForm(forms.Form):
    reference = forms.RegexField(
        r"\A[0-9A-Za-z][0-9A-Za-z-]{0,19}\Z",
        label=_("Request"),
        required=False,
        error_messages={"invalid": _("No reference.")},
    )
    person = forms.BooleanField(label=_("Everything of whoever filed it"), required=False)
    account = forms.IntegerField(label=_("Account"), required=False, min_value=1, max_value=_MOST)
    actor = forms.IntegerField(label=_("Done by account"), required=False, min_value=1, max_value=_MOST)
    verb = forms.ChoiceField(label=_("What was done"), required=False)
    since = forms.DateField(
        label=pgettext_lazy("first day", "From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=pgettext_lazy("last day", "Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        words = sorted(((verb, str(said)) for verb, said in WORDS.items()), key=lambda pair: pair[1].casefold())
        self.fields["verb"].choices = [("", _("Anything")), *words]  # type: ignore[attr-defined]

    def clean_since(self) -> date | None:
        return _bounded(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return _bounded(self.cleaned_data["until"])

    def question(self) -> Question:
        """Return what is asked for; a filter that is wrong asks for nothing of its kind, and the page says so."""
        asked = self.cleaned_data
        return Question(
            reference=asked.get("reference", "").upper(),
            is_person=bool(asked.get("person")),
            account=asked.get("account"),
            actor=asked.get("actor"),
            verb=asked.get("verb", ""),
            since=asked.get("since"),
            until=asked.get("until"),
        )


class FindAccountForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address of a person"),
        help_text=_("It is not kept: you get the number of their account."),
        error_messages={"required": _("Write an email address."), "invalid": _("This is no email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


def _bounded(day: date | None) -> date | None:
    """Return a day that can be reckoned with in every zone."""
    return min(max(day, _FIRST_DAY), _LAST_DAY) if day else None
