"""What a case was when its page was made, and what has changed since: two people may work on one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django import forms
from django.utils.translation import gettext as _

from accounts.models import User
from dsar.models import Decision, Message, Status, Step, StepState, SubjectRequest
from dsar.models.choices import StepKind
from dsar.views.moments import friendly

#: Characters of what a form brings back: a status, two keys, a hash.
_LONGEST = 80
#: The field in which the forms of a page bring back what it showed.
SEEN = "seen"
#: Which permission of the page offers the form of a name.
_OFFERED_BY = {
    "deny_form": "may_deny",
    "answer_form": "may_answer",
    "conclude_form": "may_conclude",
    "exception_form": "may_except",
    "grant_form": "may_grant",
    "lift_form": "may_lift",
    "message_form": "may_write",
    "note_form": "may_note",
    "extend_form": "may_extend",
}


def seen(subject_request: SubjectRequest, steps: Sequence[Step] | None = None) -> str:
    """Return what the forms of a page bring back: the status, the last decision and message, and the work, by a hash.

    It only guards against acting on what has changed; nothing is allowed by it.
    """
    decision = subject_request.decisions.order_by("-pk").values_list("pk", flat=True).first() or 0
    message = subject_request.messages.order_by("-pk").values_list("pk", flat=True).first() or 0
    work = _work(list(subject_request.steps.all()) if steps is None else steps)
    return f"{subject_request.status}.{decision}.{message}.{work}"


def _work(steps: Iterable[Step]) -> str:
    """Name what failed, what was packed and what was looked at; what is under way changes by itself all the time."""
    shown = [
        (step.pk, step.state)
        for step in steps
        if step.state == StepState.FAILED
        or (step.state == StepState.DONE and step.kind in (StepKind.PACK, StepKind.PREVIEW))
    ]
    return hashlib.sha256(repr(sorted(shown)).encode()).hexdigest()[:12]


def changes_since(token: str, subject_request: SubjectRequest, *, now: datetime) -> list[str]:
    """Return in words what has changed since a page was made; nothing for a form that does not say when."""
    if not token or len(token) > _LONGEST:
        return []
    before, current = token.split("."), seen(subject_request).split(".")
    if len(before) != len(current) or before == current or not _are_keys(before[1:3]):
        return []
    return list(_told(subject_request, before, current, now=now))


def _are_keys(texts: Iterable[str]) -> bool:
    return all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts)


def _told(subject_request: SubjectRequest, before: list[str], current: list[str], *, now: datetime) -> Iterator[str]:
    decisions = subject_request.decisions.filter(pk__gt=int(before[1])).select_related("by")
    yield from (_decided(decision, now=now) for decision in decisions)
    said = subject_request.messages.filter(pk__gt=int(before[2]), clarification=None).select_related("by")
    yield from (_written(message, now=now) for message in said)
    if before[0] != current[0]:
        yield _moved(before[0], current[0])
    elif before[3] != current[3]:
        yield _("What the stores brought is not what you saw. Look at it again.")


def _decided(decision: Decision, *, now: datetime) -> str:
    told = {"who": name_of(decision.by), "what": decision.get_kind_display(), "when": friendly(decision.at, now=now)}
    return _("%(who)s has decided: %(what)s (%(when)s).") % told


def _written(message: Message, *, now: datetime) -> str:
    told = {"who": name_of(message.by) if message.by else "", "when": friendly(message.sent_at, now=now)}
    if not message.is_from_team:
        return _("The person has written (%(when)s).") % told
    if not told["who"]:
        return _("A colleague has written to the person (%(when)s).") % told
    return _("%(who)s has written to the person (%(when)s).") % told


def _moved(before: str, current: str) -> str:
    if current == Status.WITHDRAWN:
        return _("The person has withdrawn the request.")
    labels = {status.value: status.label for status in Status}
    told = {"now": labels[current], "before": labels.get(before, before)}
    return _("It is “%(now)s” now, and was “%(before)s” when you opened it.") % told


def unshown(bound: Mapping[str, forms.Form], allowed: Mapping[str, bool]) -> list[tuple[str, str]]:
    """Return what was typed into forms that the page no longer offers, with what was asked: it must not be lost."""
    return [
        (str(field.label), str(field.value()))
        for name, form in bound.items()
        if not allowed.get(_OFFERED_BY.get(name, ""), False)
        for field in form.visible_fields()
        if isinstance(field.field.widget, forms.Textarea) and field.value()
    ]


def name_of(user: User) -> str:
    """Return what colleagues call a member of the team."""
    return user.name or user.email
