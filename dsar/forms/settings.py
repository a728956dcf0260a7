"""The forms of a tenant's settings: a section each, whose fields are named as the settings are.

A further section is a further form in SECTIONS, of settings that dsar.actions.ruling.names knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dsar.actions.ruling.names import GATES, MOST_TEXT
from dsar.deadlines import REGIMES
from dsar.forms.fields import WordsField
from dsar.models import RequestType, TextName
from dsar.models.colours import checked
from dsar.wording import told

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_WIDE = {"rows": 3}
GATE_LABELS: Mapping[RequestType, StrOrPromise] = {
    RequestType.ACCESS: _("Access: a copy of one's data"),
    RequestType.PORTABILITY: _("Portability: an export to take elsewhere"),
}
TEXTS: Mapping[str, tuple[StrOrPromise, StrOrPromise]] = {
    TextName.ACKNOWLEDGEMENT: (
        _("In the first message"),
        _("A sentence of your own in the acknowledgement that every person gets."),
    ),
    TextName.CONTACT: (
        _("How to reach you"),
        _("At the foot of every page, beside the privacy team's address: hours, a telephone number, a letter box."),
    ),
    TextName.AUTHORITY: (
        _("Your supervisory authority"),
        _("Its name and address. Somebody whose request is refused reads it where we say how to complain."),
    ),
    TextName.IMPRINT: (_("Imprint"), _("Who runs this site, as your law wants it. At the foot of every page.")),
}


class SettingsForm(forms.Form):
    """`seen` is what the form has shown of each of its settings, so that nobody's change is lost unseen."""

    why = WordsField(
        _("Why"),
        help_text=_("Kept in the history, for your colleagues and for auditors."),
        missing=_("Say why you change this."),
        most=500,
        rows=2,
    )

    def __init__(self, data: Any = None, files: Any = None, *, current: Mapping[str, Any]) -> None:
        self.current = current
        super().__init__(data, files, initial=dict(current))
        self.fields = {**self.settings_fields(), **self.fields}

    def settings_fields(self) -> dict[str, forms.Field]:
        """Return a field for each setting of the section, by the setting's name."""
        raise NotImplementedError

    def setting_names(self) -> list[str]:
        return [name for name in self.fields if name != "why"]

    def values(self) -> dict[str, Any]:
        """Return what was chosen, by the settings' names."""
        return {name: self.cleaned_data[name] for name in self.setting_names()}


class ReviewForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            f"gate.{kind}": forms.ChoiceField(label=GATE_LABELS[kind], choices=[(gate, gate.label) for gate in gates])
            for kind, gates in GATES.items()
        }


class TwoPeopleForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            "two_for_erasure": forms.BooleanField(
                label=_("A deletion of much takes two"),
                help_text=_("Much is one of the two numbers below, whichever is reached first."),
                required=False,
            ),
            "two_from_rows": forms.IntegerField(
                label=_("From so many rows"), min_value=1, max_value=2_000_000_000, error_messages=_number_errors()
            ),
            "two_from_collections": forms.IntegerField(
                label=_("From rows in so many collections"),
                min_value=1,
                max_value=10_000,
                error_messages=_number_errors(),
            ),
            "two_for_refusal": forms.BooleanField(
                label=_("A refusal as unfounded or excessive takes two"),
                help_text=_("On the grounds of too many requests or suspected fraud (GDPR Article 12(5))."),
                required=False,
            ),
            "two_for_exception": forms.BooleanField(
                label=_("A release without a store that failed takes two"), required=False
            ),
        }


class WindowsForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            "undo_hours": _number(
                _("Hours in which a request for deletion can be withdrawn"),
                _("These hours count within the 48 hours of the promise."),
                least=0,
                most=40,
            ),
            "lifting_days": _number(
                _("Days before its end that a person is told of the lifting of a stop"),
                _("GDPR Article 18(3) wants them told before."),
                most=30,
            ),
            "bundle_days": _number(_("Days for which a bundle can be fetched"), "", most=90),
        }


class LawsForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            "regimes": forms.MultipleChoiceField(
                label=_("Laws that you answer under"),
                help_text=_("The strictest of them holds for whoever does not say where they live."),
                choices=[(key, told(regime.label)) for key, regime in REGIMES.items()],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose one law at least.")},
            )
        }


class LanguagesForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            "languages": forms.MultipleChoiceField(
                label=_("Languages that you offer"),
                help_text=_("Pages and messages are in the one that a person chooses of these."),
                choices=[(code, name) for code, name in settings.LANGUAGES],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose one language at least.")},
            )
        }


class FiguresForm(SettingsForm):
    def settings_fields(self) -> dict[str, forms.Field]:
        return {
            "publishes_figures": forms.BooleanField(
                label=_("Publish how the promise is kept"),
                help_text=_("Anybody reads under /compliance/ how many answers came within 48 hours."),
                required=False,
            )
        }


class TextsForm(SettingsForm):
    """A field for each text in each language that is offered: words in another would never be shown."""

    def settings_fields(self) -> dict[str, forms.Field]:
        offered = [(code, name) for code, name in settings.LANGUAGES if code in self.current["languages"]]
        several = len(offered) > 1
        return {
            f"text.{name}.{language}": forms.CharField(
                label=f"{label} ({spoken})" if several else label,
                help_text=help_text,
                required=False,
                max_length=MOST_TEXT,
                widget=forms.Textarea(attrs={**_WIDE, "lang": language}),
            )
            for name, (label, help_text) in TEXTS.items()
            for language, spoken in offered
        }


class LookForm(SettingsForm):
    """The logo's setting is the key of a picture that was taken in; what is sent is a file, or that there be none."""

    def settings_fields(self) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {
            "accent": forms.CharField(
                label=_("Colour of links and buttons"),
                help_text=_("As # and six digits, such as #0b6b5d. Empty: the portal's own green."),
                required=False,
                max_length=7,
                validators=[_is_colour],
            ),
            "logo": forms.FileField(
                label=_("Logo"),
                help_text=_("PNG or JPEG, 1 MB at most. It is drawn anew, at most 64 pixels high. No SVG."),
                required=False,
                widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
            ),
        }
        if self.current["logo"] is not None:
            fields["no_logo"] = forms.BooleanField(label=_("Show no logo any more"), required=False)
        return fields

    def setting_names(self) -> list[str]:
        return ["accent", "logo"]

    def values(self) -> dict[str, Any]:
        """Return the accent, and of the logo that there be none; one that was sent is for the view to take in."""
        chosen = {"accent": self.cleaned_data["accent"]}
        return {**chosen, "logo": None} if self.cleaned_data.get("no_logo") else chosen


SECTIONS: Mapping[str, tuple[StrOrPromise, StrOrPromise, str, type[SettingsForm]]] = {
    "review": (_("Review"), _("Where a reviewer looks before a person gets an answer."), "check", ReviewForm),
    "two-people": (_("Two people"), _("What one person alone cannot decide."), "users", TwoPeopleForm),
    "windows": (
        pgettext_lazy("spans of time", "Times"),
        _("How long things wait, and how long they can be fetched."),
        "clock",
        WindowsForm,
    ),
    "laws": (_("Laws"), _("Whose terms the clocks run by."), "scale", LawsForm),
    "languages": (_("Languages"), _("What a person can choose of."), "language", LanguagesForm),
    "figures": (_("Figures"), _("What the public can read."), "chart-bar", FiguresForm),
    "texts": (_("Your words"), _("What you say in your own words."), "pencil", TextsForm),
    "look": (_("Look"), _("Your logo and your colour."), "sun", LookForm),
}


def _number_errors() -> dict[str, StrOrPromise]:
    return {"required": _("Write a number."), "invalid": _("Write a whole number.")}


def _number(label: StrOrPromise, help_text: StrOrPromise, *, least: int = 1, most: int) -> forms.IntegerField:
    """Return the field of a number within the bounds that Policy has as well."""
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=least, max_value=most, error_messages=_number_errors()
    )


def _is_colour(value: str) -> None:
    """Raise ValidationError for no colour, or one that could not be read."""
    checked(value)


def in_words(field: forms.Field, value: Any) -> str:
    """Return a setting's value as a person reads it; "" for none."""
    if isinstance(field, forms.BooleanField):
        return str(_("Yes") if value else _("No"))
    if isinstance(field, forms.MultipleChoiceField):
        return ", ".join(str(label) for key, label in _choices(field) if key in (value or []))
    if isinstance(field, forms.ChoiceField):
        return str(dict(_choices(field)).get(value, ""))
    if isinstance(value, int):
        return str(number_format(value, force_grouping=True))
    return "" if value is None else str(value)


def _choices(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    return list(field.choices)  # type: ignore[arg-type]
