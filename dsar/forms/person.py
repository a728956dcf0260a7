"""What the person who asks sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.forms import NormalEmailField
from dsar.actions.correcting.proposing import MOST_REASON_CHARACTERS
from dsar.actions.delivery.sealing import Opener, OpenerError
from dsar.actions.intake import MOST_QUESTION_CHARACTERS, OFFERED_TYPES
from dsar.forms import MOST_TEXT_CHARACTERS, SHORT
from dsar.forms.fields import WordsField
from dsar.fulfilment.correcting.proposal import Fact
from dsar.fulfilment.correcting.values import as_read, text_of
from dsar.models import Purpose, Residence, SealedTo
from dsar.models.retention_choice import LEAST_DAYS, MOST_DAYS

LEAST_PASSPHRASE_CHARACTERS = 16
_PRIVATE_KEY = _("This is a private key. Show it to nobody: make a new pair, and enter its public part.")


class WhatForm(forms.Form):
    type = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[(kind.value, kind.label) for kind in OFFERED_TYPES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you would like."), "invalid_choice": _("Choose one of these.")},
    )
    residence = forms.ChoiceField(
        label=_("Where do you live? (optional)"),
        help_text=_("It decides which law sets the term. Say nothing, and the strictest of ours holds."),
        required=False,
        choices=[("", _("I leave this open")), *Residence.choices],
        error_messages={"invalid_choice": _("Choose a place from the list, or leave it open.")},
    )


class QuestionForm(forms.Form):
    question = WordsField(
        _("Your question"),
        help_text=_("Say it in your own words. Please send no passwords."),
        missing=_("Write your question."),
        most=MOST_QUESTION_CHARACTERS,
        rows=7,
    )


class DisputeForm(forms.Form):
    """What a person says about a decision that they want a person to look at."""

    decision = WordsField(
        _("Which decision is it?"),
        help_text=_("What happened to you: an account that was locked, a limit, a price, an offer that was refused."),
        missing=_("Say which decision it is about."),
        most=500,
        rows=2,
    )
    decided = forms.CharField(
        label=_("When was it made? (optional)"),
        help_text=_("As well as you know. A day, a month, or the message that told you."),
        required=False,
        max_length=200,
    )
    disputed = WordsField(
        _("What is wrong with it?"),
        help_text=_("What it did not take into account, or took wrongly. Please send no passwords."),
        missing=_("Say what is wrong with the decision."),
        most=3_000,
        rows=5,
    )
    wanted = WordsField(
        _("What should happen instead? (optional)"),
        most=1_000,
        rows=2,
    )


def dispute_in_words(answers: Mapping[str, str]) -> str:
    """Return the answers of a DisputeForm as one text, each under its question; "" if there are none."""
    titles = {
        "decision": _("The decision"),
        "decided": pgettext("decision", "Made"),
        "disputed": _("What is wrong with it"),
        "wanted": _("What should happen instead"),
    }
    return "\n\n".join(f"{title}:\n{answers[name]}" for name, title in titles.items() if answers.get(name))


class WhoForm(forms.Form):
    email = NormalEmailField(
        label=_("Your email address"),
        help_text=_("The address that the company knows you by. We send a code to it, to be sure it is you."),
        error_messages={"required": _("Enter your email address.")},
    )


class CertificateForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the reference of your request, such as R-7K3Q-92XD-4M.")},
    )
    secret = forms.CharField(
        label=_("Secret"),
        help_text=_("It stands in the last message that we sent you, and nowhere else."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the secret from our last message.")},
    )
    form = forms.ChoiceField(choices=[("pdf", "PDF"), ("json", "JSON")])

    def clean_reference(self) -> str:
        return str(self.cleaned_data["reference"]).strip().upper()

    def refuse(self) -> None:
        """Say that nothing fits, and not what does not."""
        self.add_error("secret", _("No certificate fits this reference and secret, or its 30 days are over."))


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


class SealForm(forms.Form):
    """What will open the bundle: one of the two. `cleaned_data["opener"]` is the Opener."""

    public_key = forms.CharField(
        label=_("Your public key"),
        help_text=_("An age key (age1…) or an SSH key (ssh-ed25519 … or ssh-rsa …). Never your private one."),
        required=False,
        max_length=MOST_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )
    passphrase = forms.CharField(
        label=_("Or a passphrase"),
        help_text=_("At least 16 characters: four or five words that do not belong together."),
        required=False,
        strip=False,
        min_length=LEAST_PASSPHRASE_CHARACTERS,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"min_length": _("Make the passphrase longer: whoever has the file can guess for ever.")},
    )
    again = forms.CharField(
        label=_("The passphrase again"),
        required=False,
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_public_key(self) -> str:
        """Refuse a private key before anything else sees it."""
        text = str(self.cleaned_data["public_key"]).strip()
        if "PRIVATE KEY" in text or "AGE-SECRET-KEY" in text.upper():
            raise forms.ValidationError(_PRIVATE_KEY)
        return text

    def clean(self) -> dict[str, Any]:
        """Make the opener of what was given."""
        data = super().clean() or {}
        key, passphrase = data.get("public_key", ""), data.get("passphrase", "")
        if self.errors:
            return data
        if bool(key) == bool(passphrase):
            self.add_error("public_key", _("Enter a public key or a passphrase, one of the two."))
        elif passphrase:
            self._clean_passphrase(data, passphrase)
        else:
            self._clean_key(data, key)
        return data

    def _clean_passphrase(self, data: dict[str, Any], passphrase: str) -> None:
        if passphrase != data.get("again"):
            self.add_error("again", _("The two passphrases differ."))
        data["opener"] = Opener(SealedTo.PASSPHRASE, passphrase)

    def _clean_key(self, data: dict[str, Any], key: str) -> None:
        try:
            data["opener"] = Opener.of_key(key)
        except OpenerError:
            self.add_error("public_key", _("This is no age or SSH public key that we can use."))


class CorrectForm(forms.Form):
    """What is held, as a person may correct it: a field for each fact, named by its number."""

    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = WordsField(
        _("Why is it wrong?"),
        help_text=_("Say how you know what is right, or add a file below. Please send no passwords."),
        most=MOST_REASON_CHARACTERS,
        rows=4,
    )
    proof = forms.FileField(
        label=_("A file that shows it (optional)"),
        help_text=_("A PDF, PNG or JPEG of at most 5 MB. It is kept encrypted, and only until this request is closed."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"empty": _("This file is empty.")},
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        facts: Sequence[Fact],
        labels: Sequence[tuple[str, str]],
        shown: str,
    ) -> None:
        # What was shown is what was sent: an answer to an older page is told from one to this.
        super().__init__(data, files, initial={"shown": shown})
        for number, (fact, (label, help_text)) in enumerate(zip(facts, labels, strict=True)):
            self.fields[f"fact_{number}"] = _fact_field(fact, label, help_text)
        self.order_fields([f"fact_{number}" for number in range(len(facts))])
        self.facts = [self[f"fact_{number}"] for number in range(len(facts))]

    def clean(self) -> dict[str, Any]:
        """Demand a reason or a file, of the bytes that are taken: what is larger never arrives whole."""
        data = super().clean() or {}
        file = data.get("proof")
        data["proof"] = file.read() if file else None
        if not self.errors and not data.get("reason", "").strip() and not data["proof"]:
            self.add_error("reason", _("Say why, or add a file: the privacy team looks at it."))
        return data

    def texts(self) -> dict[int, str]:
        """Return what was written, by the numbers of the facts. What was not sent is not emptied."""
        sent = [(number, bound.name) for number, bound in enumerate(self.facts) if bound.html_name in self.data]
        return {number: self.cleaned_data[name] for number, name in sent}


def _fact_field(fact: Fact, label: str, help_text: str) -> forms.Field:
    told: dict[str, Any] = {"label": label, "help_text": help_text, "required": False}
    if fact.data_type == "boolean":
        unknown = [("", _("Not known"))] if fact.value is None else []
        chosen = text_of(fact.value, fact.data_type)
        return forms.ChoiceField(**told, initial=chosen, choices=[*unknown, ("yes", _("Yes")), ("no", _("No"))])
    text = as_read(fact.value, fact.data_type)
    is_long = fact.data_type == "string" and (fact.length is None or fact.length > SHORT or "\n" in text)
    widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(**told, initial=text, strip=False, widget=widget)


class PreferenceForm(forms.Form):
    """One purpose, on or off. The page has a button for each, so what it refuses was never shown."""

    purpose = forms.TypedChoiceField(choices=Purpose.choices, coerce=Purpose)
    given = forms.TypedChoiceField(choices=[("on", "on"), ("off", "off")], coerce="on".__eq__)


class RetentionForm(forms.Form):
    """Days of one kind of data; none means as long as everybody's. Several stand on one page, told by `number`."""

    days = forms.IntegerField(
        label=_("Days"),
        help_text=_("From 1 to 90, or empty."),
        required=False,
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 10}),
        error_messages={
            "invalid": _("Enter the days as a number, from 1 to 90."),
            "min_value": _("Choose at least 1 day."),
            "max_value": _("Nothing is kept longer than 90 days: choose 90 at most."),
        },
    )

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number, self.auto_id = number, f"id_{number}_%s"
