"""What people may send. A form checks shape and length; whether it is allowed is the action's word."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NormalEmailField
from dsar.actions.intake import MOST_QUESTION_CHARACTERS, OFFERED_TYPES
from dsar.models import DenialReason, RequestType, Status

#: Characters of what a reviewer writes to a person.
MOST_TEXT_CHARACTERS = 10_000


class WhatForm(forms.Form):
    type = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[(kind.value, kind.label) for kind in OFFERED_TYPES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you would like."), "invalid_choice": _("Choose one of these.")},
    )


class QuestionForm(forms.Form):
    question = forms.CharField(
        label=_("Your question"),
        help_text=_("Say it in your own words. Please send no passwords."),
        max_length=MOST_QUESTION_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Write your question.")},
    )


class WhoForm(forms.Form):
    email = NormalEmailField(
        label=_("Your email address"),
        help_text=_("The address that the company knows you by. We send a code to it, to be sure it is you."),
        error_messages={"required": _("Enter your email address.")},
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Enter the code from the email.")},
    )

    def clean_code(self) -> str:
        """Return the digits: a code is often pasted with spaces."""
        return "".join(str(self.cleaned_data["code"]).split())


class DenyForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Ground"),
        choices=[("", _("Choose a ground")), *DenialReason.choices],
        error_messages={"required": _("Choose a ground for the refusal.")},
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        help_text=_("The person reads this, with the way to complain below it."),
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say in a sentence why: the person reads it.")},
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer"),
        help_text=_("Sent by email and shown on the person's page. The request is closed with it."),
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Write the answer.")},
    )


class ExceptionForm(forms.Form):
    dataset = forms.CharField(max_length=100, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it is released without"),
        help_text=_("The person reads this in the bundle."),
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why this is released without the store: the person reads it.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Several stand on one page, one for each failed store.
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_{self['dataset'].value() or 'store'}_%s"


class QueueForm(forms.Form):
    """The queue's filters, kept in the address."""

    q = forms.CharField(label=_("Reference"), max_length=20, required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All open")), ("closed", _("Closed")), *Status.choices],
    )
    type = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("All types")), *RequestType.choices])
