"""What the privacy team sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.actions.holding import MOST_REASON_CHARACTERS
from dsar.forms.fields import WordsField
from dsar.models import DenialReason
from dsar.models.choices import REVIEW_OUTCOMES


class ApproveForm(forms.Form):
    """What was seen, which alone is approved: of a deletion, or of a purge. Nothing of any other request."""

    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class HoldForm(forms.Form):
    reason = WordsField(
        _("Why it must be kept"),
        help_text=_("For the team alone: the person never reads it."),
        missing=_("Say why this must be kept."),
        most=MOST_REASON_CHARACTERS,
        rows=3,
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("Leave it empty if it lasts until somebody ends it."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2027-12-31.")},
    )


class EndHoldForm(forms.Form):
    reason = WordsField(
        _("Why it ends"),
        help_text=_("For the team alone."),
        missing=_("Say why the hold ends."),
        most=MOST_REASON_CHARACTERS,
        rows=3,
    )


class ApproveCorrectionForm(forms.Form):
    """Which lines are approved, by their numbers, of the preview of this fingerprint."""

    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    lines = forms.TypedMultipleChoiceField(coerce=int, required=False, choices=())
    explanation = WordsField(
        _("Why not the rest"),
        help_text=_("Only where you leave something out. The person reads it."),
        rows=3,
    )

    def __init__(self, data: Any = None, *, count: int, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["lines"].choices = [(number, number) for number in range(count)]  # type: ignore[attr-defined]


class DenyForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Ground"),
        choices=[("", _("Choose a ground")), *DenialReason.choices],
        error_messages={"required": _("Choose a ground for the refusal.")},
    )
    explanation = WordsField(
        _("Explanation"),
        help_text=_("The person reads this, with the way to complain below it."),
        missing=_("Say in a sentence why: the person reads it."),
        rows=4,
    )


class AnswerForm(forms.Form):
    text = WordsField(
        _("Answer"),
        help_text=_("Sent by email and shown on the person's page. The request is closed with it."),
        missing=_("Write the answer."),
        rows=7,
    )


class ConcludeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What became of the decision"),
        choices=[("", _("Choose one")), *((outcome.value, outcome.label) for outcome in REVIEW_OUTCOMES)],
        error_messages={"required": _("Choose what became of the decision.")},
    )
    text = WordsField(
        _("Why"),
        help_text=_("What you looked at and weighed. Sent by email and shown on the person's page."),
        missing=_("Say why: the person reads it."),
        rows=7,
    )


class ExceptionForm(forms.Form):
    dataset = forms.CharField(max_length=100, widget=forms.HiddenInput)
    reason = WordsField(
        _("Why it is released without"),
        help_text=_("The person reads this in the bundle."),
        missing=_("Say why this is released without the store: the person reads it."),
        rows=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Several stand on one page, one for each failed store.
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_{self['dataset'].value() or 'store'}_%s"
