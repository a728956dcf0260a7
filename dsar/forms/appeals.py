"""What is sent about appeals: why an answer is wrong, and what becomes of that."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.forms.fields import WordsField
from dsar.models.choices import APPEAL_OUTCOMES

#: Less than a question may have: it is one (dsar.actions.intake).
MOST_WORDS = 4_000


class AppealForm(forms.Form):
    words = WordsField(
        _("What is wrong, or missing?"),
        help_text=_("Somebody who did not decide it before reads it. Please send no passwords."),
        missing=_("Say what is wrong or missing."),
        most=MOST_WORDS,
        rows=7,
    )


class DecideAppealForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[("", _("Choose one")), *((outcome.value, outcome.label) for outcome in APPEAL_OUTCOMES)],
        error_messages={"required": _("Choose what becomes of the appeal.")},
    )
    text = WordsField(
        _("Why"),
        help_text=_("What you looked at and weighed. Sent by email and shown on the person's page."),
        missing=_("Say why: the person reads it."),
        rows=7,
    )
