"""What the dashboard and the yearly metrics are narrowed to; all of it stands in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dsar.deadlines import REGIMES
from dsar.wording import told

USUAL_PERIOD = "13w"


class DashboardForm(forms.Form):
    """`types` are (value, label): what the team calls them is the page's to say."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[("4w", _("4 weeks")), ("13w", _("13 weeks")), ("12m", _("12 months"))],
    )
    type = forms.ChoiceField(label=_("Type"), required=False)
    law = forms.ChoiceField(label=_("Law"), required=False)

    def __init__(self, data: Any, *, types: list[tuple[str, Any]]) -> None:
        super().__init__(data or {"period": USUAL_PERIOD})
        self.fields["type"].choices = [("", _("Every type")), *types]  # type: ignore[attr-defined]
        self.fields["law"].choices = laws()  # type: ignore[attr-defined]


class MetricsForm(forms.Form):
    """`years` are those that there are figures of, the latest first."""

    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int)
    law = forms.ChoiceField(label=_("Law"), required=False)

    def __init__(self, data: Any, *, years: list[int], usual: dict[str, Any]) -> None:
        super().__init__({**usual, **{name: data[name] for name in ("year", "law") if name in data}})
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        self.fields["law"].choices = laws()  # type: ignore[attr-defined]


def laws() -> list[tuple[str, Any]]:
    return [("", _("Every law")), *((key, told(regime.label)) for key, regime in REGIMES.items())]
