"""What is sent about appeals: why an answer is wrong, and what becomes of that."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.forms import MOST_TEXT_CHARACTERS
from dsar.models.choices import APPEAL_OUTCOMES

#: Less than a question may have: it is one (dsar.actions.intake).
MOST_WORDS = 4_000


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("What is wrong, or missing?"),
        help_text=_("Somebody who did not decide it before reads it. Please send no passwords."),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Say what is wrong or missing.")},
    )


class DecideAppealForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[("", _("Choose one")), *((outcome.value, outcome.label) for outcome in APPEAL_OUTCOMES)],
        error_messages={"required": _("Choose what becomes of the appeal.")},
    )
    text = forms.CharField(
        label=_("Why"),
        help_text=_("What you looked at and weighed. Sent by email and shown on the person's page."),
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Say why: the person reads it.")},
    )
