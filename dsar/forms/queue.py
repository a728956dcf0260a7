"""What the team sends from its queue: filters, a view's name, what is done with the selected requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dsar.deadlines import REGIMES
from dsar.models import Status
from dsar.models.choices import FINAL_STATUSES
from dsar.worklist.filters import CLOSED, Need, Risk, Who, beginning
from dsar.worklist.paging import PAGE_ROWS

Labels = Iterable[tuple[str, str | Promise]]
_SHORTEST = len("R-7K")
_OPEN = [status for status in Status if status not in FINAL_STATUSES]


class QueueForm(forms.Form):
    """The queue's filters, kept in the address. A word that is none of a list filters nothing.

    `statuses` and `types` are the team's words; `members` are keys and names of those who can be assigned.
    """

    q = forms.CharField(label=_("Reference"), max_length=20, required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    who = forms.ChoiceField(label=_("Assigned to"), required=False)
    risk = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[("", _("Any time")), (Risk.SOON, _("In 12 hours, or late")), (Risk.LATE, _("Late"))],
    )
    needs = forms.ChoiceField(
        label=_("Waits for"),
        required=False,
        choices=[
            ("", _("Anything")),
            (Need.STORE, _("A store that failed")),
            (Need.PERSON, _("The person")),
            (Need.SECOND, _("A second person")),
            (Need.MAP, _("The data map")),
        ],
    )
    law = forms.ChoiceField(label=_("Law"), required=False)

    def __init__(self, data: Any, *, statuses: Labels, types: Labels, members: Labels) -> None:
        super().__init__(data)
        of_status, finals = dict(statuses), sorted(FINAL_STATUSES)
        opened = [("", _("All open")), *((status, of_status[status]) for status in _OPEN)]
        closed = [(CLOSED, _("All closed")), *((status, of_status[status]) for status in finals)]
        own = [(Who.ME, _("Me")), (Who.NOBODY, _("Nobody")), (Who.LEFT, _("Somebody who left"))]
        self._choose("status", [*opened, *closed])
        self._choose("type", [("", _("All types")), *types])
        self._choose("who", [("", _("Anybody")), *own, *members])
        self._choose("law", [("", _("Any law")), *((key, regime.label) for key, regime in REGIMES.items())])

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
