"""Every message is in the catalogue of every language, translated, with the same places and the same markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from babel.messages import Catalog, Message

from tools.messages.__main__ import read, updated, written
from tools.messages.sources import DJANGO, DOMAINS, LANGUAGES, Domain, messages

#: Every language is held to be whole.
TRANSLATED = LANGUAGES
_PLACE = re.compile(r"%\(\w+\)[sd]|%%|(?<!%)%[sd]|\{\w+\}")
_TAG = re.compile(r"</?[a-z][^>]*>")
#: In which a translation may be what is translated: names, and words that both languages share.
_SAME = re.compile(r"\W*(\w+\W*){1,3}")


@pytest.fixture(scope="module", params=TRANSLATED)
def catalogues(request: pytest.FixtureRequest) -> dict[Domain, Catalog]:
    return {domain: read(domain, request.param) for domain in DOMAINS}


def _said(catalogues: dict[Domain, Catalog]) -> Iterator[tuple[Message, tuple[str, ...], tuple[str, ...]]]:
    """Yield each message, its texts, and its translations: as many as it has forms."""
    for catalogue in catalogues.values():
        for message in catalogue:
            if message.id:
                yield message, _forms(message.id), _forms(message.string)


def _forms(text: object) -> tuple[str, ...]:
    """Return the forms of a text: one, or the singular and the plural."""
    return tuple(map(str, text)) if isinstance(text, tuple | list) else (str(text or ""),)


@pytest.mark.thorough  # what one change adds in English, the next may translate
def test_every_message_is_translated(catalogues: dict[Domain, Catalog]) -> None:
    left = [message.id for message, _, told in _said(catalogues) if not all(told) or message.fuzzy]
    assert left == [], "translate them: make messages LEFT=…"


def test_translations_have_the_same_places(catalogues: dict[Domain, Catalog]) -> None:
    for message, texts, told in _said(catalogues):
        wanted = Counter(_PLACE.findall(texts[-1]))
        for text in filter(None, told):
            found = Counter(_PLACE.findall(text))
            # A form for one may say it in words.
            allowed = (wanted, Counter(_PLACE.findall(texts[0])))
            assert set(found) in map(set, allowed), (message.id, text)


def test_translations_have_the_same_markup(catalogues: dict[Domain, Catalog]) -> None:
    for message, texts, told in _said(catalogues):
        for text in filter(None, told):
            assert Counter(_TAG.findall(text)) == Counter(_TAG.findall(texts[0])), (message.id, text)


def test_translations_begin_and_end_as_the_message_does(catalogues: dict[Domain, Catalog]) -> None:
    for message, texts, told in _said(catalogues):
        for text in filter(None, told):
            assert text.count("\n") == texts[-1].count("\n"), message.id
            assert (text == text.strip()) or texts[0] != texts[0].strip() or text[0] == " ", message.id


def test_one_and_many_are_told_apart(catalogues: dict[Domain, Catalog]) -> None:
    """A closed request and the heading of all closed ones are one word in English, and in German."""
    catalogue = catalogues[DJANGO]
    words = ("Closed", "Received", "Withdrawn")
    told = {word: (catalogue.get(word), catalogue.get(word, "of many")) for word in words}
    apart = {word for word, (one, many) in told.items() if one and many and one.string != many.string}
    assert apart == (set() if catalogue.locale and catalogue.locale.language == "de" else set(words))


def test_hardly_a_sentence_is_left_as_it_was(catalogues: dict[Domain, Catalog]) -> None:
    same = [texts[0] for _, texts, told in _said(catalogues) if told[0] == texts[0] and not _SAME.fullmatch(texts[0])]
    assert [text for text in same if len(re.sub(r"%\(\w+\)[sd]|\{\w+\}|§.*", "", text).split()) > 5] == []


@pytest.mark.thorough
@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_catalogues_are_what_make_messages_writes(domain: Domain) -> None:
    assert len(messages(domain)) > 100
    for language in LANGUAGES:
        assert domain.path(language).read_bytes() == written(updated(domain, language)), "run make messages"
