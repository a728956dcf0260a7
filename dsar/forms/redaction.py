"""What a reviewer sends about values of other people: a page of decisions, a text by hand, or why the rest is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsar.actions.redacting.adding import MOST_CHARACTERS
from dsar.actions.redacting.deciding import Choice
from dsar.forms import MOST_TEXT_CHARACTERS
from dsar.models import HideReason, KeepReason, RedactionKind, RedactionVerdict

#: Of a value that is decided otherwise in one collection than in another; and of one collection: as the value is.
MIXED, SAME = "mixed", "same"
WORDS = "words"
#: What was shown when the page was made: {mark: {row: code, "words": what the reviewer wrote}}.
Seen = Mapping[str, Mapping[str, str]]


def code_of(verdict: str, reason: str) -> str:
    """Return a decision as one word, as the pages send it: "hide:other_person", "" for none."""
    return f"{verdict}:{reason}" if verdict else ""


def decisions() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every decision there is, in groups, with what people call them."""
    hide, keep = gettext("Hide: %(reason)s"), gettext("Show: %(reason)s")
    return [
        (gettext("Hide it"), [(code_of("hide", item.value), hide % {"reason": item.label}) for item in HideReason]),
        (gettext("Show it"), [(code_of("keep", item.value), keep % {"reason": item.label}) for item in KeepReason]),
    ]


def seen_in(data: QueryDict) -> Seen:
    """Return what the sender saw; nothing if it is not what our page sends."""
    try:
        seen = json.loads(data.get("seen", ""))
        return {str(mark): {str(name): str(said) for name, said in told.items()} for mark, told in seen.items()}
    except (ValueError, AttributeError):
        return {}


def choices_in(data: QueryDict) -> dict[int, Choice]:
    """Return what is to be changed, by the keys of rows: only what differs from what the sender saw."""
    return {row: choice for mark, told in seen_in(data).items() for row, choice in _changed(data, mark, told)}


def _changed(data: QueryDict, mark: str, told: Mapping[str, str]) -> Iterator[tuple[int, Choice]]:
    of_all, words = data.get(f"all-{mark}", MIXED), data.get(f"words-{mark}", "")[:MOST_TEXT_CHARACTERS]
    rows = {name: code for name, code in told.items() if name.isascii() and name.isdigit()}
    were_apart, others = len(set(rows.values())) > 1, words.strip() != told.get(WORDS, "")
    for row, was in rows.items():
        chosen = data.get(f"one-{row}", SAME)
        # Of rows that were decided apart each shows its own: what is now said for all goes before what was left so.
        goes_along = chosen == SAME or (were_apart and of_all != MIXED and chosen == was)
        code = was if goes_along and of_all == MIXED else of_all if goes_along else chosen
        if code != was or (others and code.startswith(RedactionVerdict.HIDE)):
            yield int(row), Choice(*_parted(code), words, _parted(was))


def _parted(code: str) -> tuple[str, str]:
    verdict, _colon, reason = code.partition(":")
    return verdict, reason


class AddForm(forms.Form):
    """A text that the detector did not find."""

    text = forms.CharField(
        label=_("The text, exactly as it is written"),
        help_text=_("Upper and lower case, and how many spaces there are, make no difference."),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={"required": _("Write the text that is to be hidden.")},
    )
    where = forms.ChoiceField(label=_("Where"), required=False)
    kind = forms.ChoiceField(label=_("What it is"), choices=RedactionKind.choices)
    reason = forms.ChoiceField(
        label=_("Why it is hidden"),
        help_text=_("The person reads this."),
        choices=[("", _("Choose a reason")), *HideReason.choices],
        error_messages={"required": _("Say why: the person reads it.")},
    )
    words = forms.CharField(
        label=_("More, in your own words"),
        help_text=_("Not needed. The person reads it: do not write what you hide."),
        required=False,
        max_length=MOST_TEXT_CHARACTERS,
    )

    def __init__(self, *args: object, collections: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        everywhere = [("", _("Everywhere it stands")), *collections]
        self.fields["where"].choices = everywhere  # type: ignore[attr-defined]


class ShowRestForm(forms.Form):
    """Why nothing of what is undecided is hidden."""

    reason = forms.ChoiceField(
        label=_("Why none of these"),
        choices=[("", _("Choose a reason")), *KeepReason.choices],
        error_messages={"required": _("Say why none of these is hidden.")},
    )
