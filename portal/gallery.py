"""Every component of templates/_components/ on one page, with made-up values: what pages are built from."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dsar.deadlines import HOUSE_PROMISE, REGIMES, ClockReading, Pause, house_clock, legal_clock
from dsar.models import Purpose
from dsar.views.clocks import clock_view
from dsar.views.offers import offered
from dsar.views.progress import StoreProgress
from dsar.views.purposes import choices
from dsar.views.statuses import LOOKS
from dsar.views.stops import Option


class SpecimenForm(forms.Form):
    name = forms.CharField(label="A field", help_text="With a word of help.")
    address = forms.EmailField(label="A field with an error")
    ground = forms.ChoiceField(label="A choice", choices=[("", "Choose"), ("a", "The first"), ("b", "The second")])
    code = forms.CharField(label="A code", widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))
    text = forms.CharField(label="A text", widget=forms.Textarea(attrs={"rows": 3}))
    type = forms.CharField(label="Choices with a word each")
    boxes = forms.CharField(label="Boxes to tick")


STORES = [
    StoreProgress("Application database", "done", 1.0, "1,204 entries"),
    StoreProgress("Usage", "running", 0.4, "38,112 entries", "Reading: API calls"),
    StoreProgress("Documents", "waiting", 0.0, "waiting"),
    StoreProgress("Mail service", "failed", 0.0, "", "This system did not answer. The privacy team has been told."),
    StoreProgress("Cache", "none", 0.0, "nothing of yours"),
]


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    values = {
        "name": "Ada",
        "address": "ada@",
        "ground": "a",
        "code": "12345678",
        "text": "…",
        "type": "access",
        "boxes": "one",
    }
    form = SpecimenForm(values)
    form.is_valid()
    context = {
        "form": form,
        "options": offered(),
        "groups": [("Boxes", [Option("one", "The first", "With a word."), Option("two", "The second")])],
        "chosen": ["one"],
        "clocks": [clock_view(reading, now=timezone.now()) for reading in _readings()],
        "stores": STORES,
        "looks": LOOKS.values(),
        "choices": choices({Purpose.TIPS}, mailings=True),
        "events": _events(),
        "facts": [("Reference", "R-7K3Q-92XD-4M"), ("You ask for", "A copy of my data", "/gallery", "Change")],
        "languages": [
            {"code": "en", "name": "English", "is_current": True},
            {"code": "de", "name": "Deutsch", "is_current": False},
        ],
        "labels": ["What", "Who you are", "Check"],
        "head": ["Collection", "Rows", "Withheld"],
        "rows": [["Account", "1", "0"], ["API calls", "100,000", "2"]],
    }
    return render(request, "portal/gallery.html", context)


def _readings() -> list[ClockReading]:
    now = timezone.now()
    readings = [house_clock(received_at=now - HOUSE_PROMISE * share, pauses=[], now=now) for share in (0.2, 0.8, 1.1)]
    paused = Pause(now - timedelta(hours=3), "waiting for the code that was mailed")
    readings.append(house_clock(received_at=now - timedelta(hours=12), pauses=[paused], now=now))
    return [*readings, legal_clock(REGIMES["gdpr"], received_at=now - timedelta(days=2), zone="UTC", now=now)]


def _events() -> list[dict[str, object]]:
    now = timezone.now()
    return [
        {"title": "You asked", "at": now - timedelta(days=2)},
        {"title": "The request was refused", "at": now - timedelta(days=1), "state": "bad"},
        {"title": "You download your data", "at": now + timedelta(hours=5), "state": "next"},
    ]
