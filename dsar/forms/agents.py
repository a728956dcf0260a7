"""What is sent about requests for somebody else: by the agent, and by the team."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NormalEmailField
from dsar.actions.agents.asking import AGENT_TYPES, MOST_NAME_CHARACTERS
from dsar.forms.fields import WordsField
from dsar.models import RequestType, Residence

SIGNED, ASK = "signed", "ask"


class AgentForm(forms.Form):
    """Everything that an agent says, on one page: a file cannot wait in a session for the next one."""

    token = forms.CharField(max_length=44, min_length=20, widget=forms.HiddenInput)
    type = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=[(kind.value, kind.label) for kind in AGENT_TYPES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you ask for."), "invalid_choice": _("Choose one of these.")},
    )
    email = NormalEmailField(
        label=_("The person's email address"),
        help_text=_("The address that the company knows them by. We write to it that you ask."),
        error_messages={"required": _("Enter the person's email address.")},
    )
    residence = forms.ChoiceField(
        label=_("Where does the person live? (optional)"),
        required=False,
        choices=[("", _("I leave this open")), *Residence.choices],
        error_messages={"invalid_choice": _("Choose a place from the list, or leave it open.")},
    )
    agent_name = forms.CharField(
        label=_("Your name"),
        max_length=MOST_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Enter your name.")},
    )
    organisation = forms.CharField(
        label=_("Your organisation (optional)"),
        required=False,
        max_length=MOST_NAME_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
    )
    agent_email = NormalEmailField(
        label=_("Your own email address"),
        help_text=_("We tell you how it stands. Nothing of the person is sent to it."),
        error_messages={"required": _("Enter your own email address.")},
    )
    permission = forms.ChoiceField(
        label=_("How do we know that you may?"),
        choices=[(ASK, _("Ask the person by email")), (SIGNED, _("I send a permission that they signed"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how we know that you may ask."), "invalid_choice": _("Choose one.")},
    )
    proof = forms.FileField(
        label=_("The signed permission"),
        help_text=_("A PDF, PNG or JPEG of at most 5 MB. It is kept encrypted, and deleted once it is decided."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"empty": _("This file is empty.")},
    )
    wants_copy = forms.BooleanField(
        label=_("The person wants me to get their copy"),
        help_text=_("Only if they say so themselves, or the permission does. Otherwise it goes to them alone."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Demand the file where it is to show the permission; read it, as what is larger never arrives whole."""
        data = super().clean() or {}
        file = data.get("proof")
        data["proof"] = file.read() if file and data.get("permission") == SIGNED else None
        if data.get("permission") == SIGNED and not data["proof"] and "proof" not in self.errors:
            self.add_error("proof", _("Add the signed permission, or have us ask the person."))
        if data.get("type") == RequestType.OBJECTION and data.get("permission") == ASK:
            self.add_error("permission", _("For an opt-out, send the permission that the person has signed."))
        return data


class AnswerAgentForm(forms.Form):
    """What the person says by the mailed link."""

    action = forms.ChoiceField(choices=[("confirm", "confirm"), ("stop", "stop")])
    with_copy = forms.BooleanField(required=False)


class AcceptAgentForm(forms.Form):
    with_copy = forms.BooleanField(
        label=_("It also says that the agent gets the copy"),
        required=False,
    )
    reason = WordsField(
        _("Why it is accepted"),
        help_text=_("The agent reads this: nothing of the person belongs here."),
        missing=_("Say why: the agent reads it."),
        rows=2,
    )


class RefuseAgentForm(forms.Form):
    reason = WordsField(
        _("Why it is not accepted"),
        help_text=_("The agent and the person read this."),
        missing=_("Say why: the agent and the person read it."),
        rows=2,
    )
