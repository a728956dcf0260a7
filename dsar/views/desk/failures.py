"""The failed steps that block a release, each with the form that lets it go without."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _

from dsar import queries
from dsar.forms.desk import ExceptionForm
from dsar.models import SubjectRequest
from dsar.views.desk.described import described
from dsar.wording import told


@dataclass(frozen=True, slots=True)
class Failure:
    """`form` None: nothing can be left out, since it is the bundle itself that failed."""

    title: str
    error: str
    form: forms.Form | None


def failures(subject_request: SubjectRequest, bound: forms.Form | None) -> list[Failure]:
    """Return what failed, a line a store; `bound` is a refused form, shown again where it was."""
    if subject_request.is_final:
        return []
    titles = {item.key: told(item.name) or item.key for item in described(subject_request)[0].datasets}
    failed = {step.dataset: step.error for step in queries.open_failures(subject_request)}
    return [
        Failure(titles.get(dataset, dataset) or _("Bundle"), error, _form(dataset, bound))
        for dataset, error in sorted(failed.items())
    ]


def _form(dataset: str, bound: forms.Form | None) -> forms.Form | None:
    if not dataset:
        return None
    if bound is not None and bound["dataset"].value() == dataset:
        return bound
    return ExceptionForm(initial={"dataset": dataset})
