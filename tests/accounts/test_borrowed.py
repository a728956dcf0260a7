"""What other packages say on our pages is said in our voice."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import allauth
import django
import pytest
from django.test import Client
from django.utils.translation import gettext as translated
from django.utils.translation import override

from accounts import borrowed
from accounts.models import User

ONE_TOO_LONG = "Ensure this value has at most %(limit_value)d character (it has %(show_value)d)."


def _theirs(folder: Path) -> gettext.GNUTranslations:
    with (folder / "de" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.mark.parametrize(
    ("messages", "folder"),
    [
        (borrowed.ALLAUTH, Path(allauth.__file__).parent / "locale"),
        (borrowed.DJANGO, Path(django.__file__).parent / "conf" / "locale"),
    ],
)
def test_the_packages_still_say_so(messages: tuple[str, ...], folder: Path) -> None:
    theirs = _theirs(folder)
    assert [message for message in messages if theirs.gettext(message) == message] == []


def test_django_still_says_so_of_what_is_too_long() -> None:
    theirs = _theirs(Path(django.__file__).parent / "conf" / "locale")
    assert theirs.ngettext(ONE_TOO_LONG, "", 1) not in (ONE_TOO_LONG, "")
    with override("de"):
        assert str(borrowed.TOO_LONG % {"limit_value": 3, "show_value": 5}).startswith("Höchstens 3")


@pytest.mark.parametrize("language", ["de", "it", "es"])
def test_nobody_is_spoken_to_as_a_friend(language: str) -> None:
    informal = {"de": r"\b[Dd](u|ich|eine?[nrms]?)\b", "it": r"\b(ti|tu|tuo|tua)\b", "es": r"\b(tú|tu|tus|te)\b"}
    with override(language):
        said = [translated(message) for message in (*borrowed.ALLAUTH, *borrowed.DJANGO)]
    assert [text for text in said if re.search(informal[language], text, re.IGNORECASE)] == []


@pytest.mark.django_db
def test_signing_out_is_said_in_our_words(client: Client, person: User) -> None:
    client.force_login(person)
    page = client.post("/accounts/logout/", follow=True, headers={"accept-language": "de"}).content.decode()
    assert "Sie haben sich abgemeldet." in page
