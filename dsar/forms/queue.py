"""What the team sends from its queue: filters, a view's name, what is done with the selected requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from dsar.deadlines import REGIMES
from dsar.models import Status
from dsar.models.choices import FINAL_STATUSES
from dsar.wording import told
from dsar.worklist.asking import Need, Risk, Who
from dsar.worklist.filters import CLOSED, beginning
from dsar.worklist.paging import PAGE_ROWS

Labels = Iterable[tuple[str, str | Promise]]
_SHORTEST = len("R-7K")
_OPEN = [status for status in Status if status not in FINAL_STATUSES]


class _QuickSelect(forms.Select):
    """A choice among words, written at once: Django renders a template for each of sixty options."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: object = None) -> SafeString:
        chosen = str(value or "")
        words = [(key, SafeString(" selected") if str(key) == chosen else "", said) for key, said in self.choices]
        options = format_html_join("", '<option value="{}"{}>{}</option>', words)
        given = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(given), options)


class QueueForm(forms.Form):
    """The queue's filters, kept in the address. A word that is none of a list filters nothing.

    `statuses` and `types` are the team's words; `members` are keys and names of those who can be assigned.
    """

    q = forms.CharField(label=_("Reference"), max_length=20, required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, widget=_QuickSelect)
    type = forms.ChoiceField(label=_("Type"), required=False, widget=_QuickSelect)
    who = forms.ChoiceField(label=_("Assigned to"), required=False, widget=_QuickSelect)
    risk = forms.ChoiceField(
        label=_("Due"),
        required=False,
        widget=_QuickSelect,
        choices=[("", _("Any time")), (Risk.SOON, _("In 12 hours, or late")), (Risk.LATE, _("Late"))],
    )
    needs = forms.ChoiceField(
        label=_("Waits for"),
        required=False,
        widget=_QuickSelect,
        choices=[
            ("", _("Anything")),
            (Need.STORE, _("A store that failed")),
            (Need.PERSON, _("The person")),
            (Need.SECOND, _("A second person")),
            (Need.MAP, _("The data map")),
        ],
    )
    law = forms.ChoiceField(label=_("Law"), required=False, widget=_QuickSelect)

    def __init__(self, data: Any, *, statuses: Labels, types: Labels, members: Labels) -> None:
        super().__init__(data)
        of_status, finals = dict(statuses), sorted(FINAL_STATUSES)
        opened = [("", _("All open")), *((status, of_status[status]) for status in _OPEN)]
        closed = [(CLOSED, _("All closed")), *((status, of_status[status]) for status in finals)]
        own = [(Who.ME, _("Me")), (Who.NOBODY, _("Nobody")), (Who.LEFT, _("Somebody who left"))]
        self._choose("status", [*opened, *closed])
        self._choose("type", [("", _("All types")), *types])
        self._choose("who", [("", _("Anybody")), *own, *members])
        self._choose("law", [("", _("Any law")), *((key, told(regime.label)) for key, regime in REGIMES.items())])

    def _choose(self, name: str, choices: Labels) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker: they stand above
        field.choices = list(choices)

    def clean_q(self) -> str:
        """Refuse a beginning that a register of a million has thousands of."""
        text: str = self.cleaned_data["q"]
        if text.strip() and len(beginning(text)) < _SHORTEST:
            raise forms.ValidationError(_("Write two of its letters or more."))
        return text

    def valid(self) -> dict[str, str]:
        """Return what is valid, by name."""
        self.is_valid()
        return self.cleaned_data


class ViewForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the view"), max_length=40, error_messages={"required": _("Give the view a name.")}
    )
    is_shared = forms.BooleanField(label=_("Show it to the whole team"), required=False)


class SelectedForm(forms.Form):
    """Which requests, by reference: those of a page at most."""

    request = forms.MultipleChoiceField(required=False)

    def references(self) -> list[str]:
        """Return what was selected, each once, in the order of the page."""
        chosen = self.data.getlist("request") if hasattr(self.data, "getlist") else []
        return [str(reference)[:20] for reference in dict.fromkeys(chosen)][:PAGE_ROWS]


class AssignForm(forms.Form):
    """To whom: one of Who.ME and Who.NOBODY, or an account's key."""

    to = forms.CharField(max_length=20)
