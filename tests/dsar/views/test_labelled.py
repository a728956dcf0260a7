"""A label and what it says are joined as the language joins them, in pages and in plain text."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from accounts.models import OutgoingEmail
from dsar.emails import requests as emails
from dsar.models import SubjectRequest


def _written(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("language", "written"), [("en", "Reference: R-1"), ("de", "Aktenzeichen: R-1"), ("fr", "Référence\u00a0: R-1")]
)
def test_each_language_sets_its_own_mark(language: str, written: str) -> None:
    with translation.override(language):
        assert _written('{% labelled _("Reference") one %}', one="R-1") == written


def test_a_label_alone_ends_with_its_mark() -> None:
    with translation.override("fr"):
        assert _written('{% labelled _("Reference") %}') == "Référence\u00a0:"


def test_a_page_escapes_both_and_a_mail_of_plain_text_neither() -> None:
    source = "{% labelled name why %}"
    assert _written(source, name="<a>", why="b & c") == "&lt;a&gt;: b &amp; c"
    plain = "{% autoescape off %}" + source + "{% endautoescape %}"
    assert _written(plain, name="<a>", why="b & c") == "<a>: b & c"


def test_the_mark_stays_with_its_word_in_the_subject_of_a_mail(waiting: SubjectRequest) -> None:
    assert waiting.account is not None
    waiting.account.language = "fr"
    emails.ready(waiting, expires_at=waiting.received_at, now=waiting.received_at)
    subject = OutgoingEmail.objects.latest("pk").subject
    assert subject == f"Vos données sont prêtes\u00a0: {waiting.reference}"
