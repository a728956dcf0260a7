"""Which language is being spoken, and what is said in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from dsar.wording import patterns
from dsar.wording.catalogues import SOURCE, catalogue, known
from dsar.wording.names import COMMON, as_words, words_of

#: A data map's own words in a language: what it writes, and how that is told.
Texts = Mapping[str, str]
_NONE: Texts = {}
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class _Speech:
    language: str
    texts: Texts


def _source() -> str | None:
    return SOURCE


def _no_texts(language: str) -> Texts:
    return _NONE


_SPEECH: ContextVar[_Speech | None] = ContextVar("speech", default=None)
_ask_language: Callable[[], str | None] = _source
_ask_texts: Callable[[str], Texts] = _no_texts


@contextmanager
def speaking(language: str, texts: Texts = _NONE) -> Iterator[None]:
    """Speak a language (a BCP 47 tag) for a while; `texts` are a data map's own words in it, by how it writes them."""
    before = _SPEECH.set(_Speech(nearest(language), texts))
    try:
        yield
    finally:
        _SPEECH.reset(before)


def follow(ask_language: Callable[[], str | None], ask_texts: Callable[[str], Texts] = _no_texts) -> None:
    """Say whom to ask wherever nobody is `speaking`: for the language of a page, as a tag, and a data map's texts."""
    global _ask_language, _ask_texts
    _ask_language, _ask_texts = ask_language, ask_texts


def spoken() -> str:
    """Return the language that is spoken now, as its catalogue is named: en, de, pt_BR."""
    speech = _SPEECH.get()
    return speech.language if speech else nearest(_ask_language() or SOURCE)


def texts() -> Texts:
    """Return the data map's own words in the language that is spoken."""
    speech = _SPEECH.get()
    return speech.texts if speech else _ask_texts(spoken())


def tag(language: str) -> str:
    """Return the BCP 47 tag of our own words for a reader of a language; of English, the reader's own variety."""
    found = nearest(language)
    if found == SOURCE:
        return language if language.split("-")[0].lower() == SOURCE and _TAG.fullmatch(language) else SOURCE
    return found.replace("_", "-")


@cache
def nearest(language: str) -> str:
    """Return the known language nearest to a tag: pt-PT is pt_BR's, nl is the source's."""
    if not _TAG.fullmatch(language):
        return SOURCE
    wanted = language.replace("-", "_").lower()
    languages = sorted(known())
    exact = [name for name in languages if name.lower() == wanted]
    related = [name for name in languages if name.lower().split("_")[0] == wanted.split("_")[0]]
    return next(iter([*exact, *related]), SOURCE)


def gettext(text: str) -> str:
    """Return a text of ours in the language that is spoken."""
    return catalogue(spoken()).gettext(text) if text else ""


def pgettext(context: str, text: str) -> str:
    """Return a word whose meaning hangs on its context."""
    return catalogue(spoken()).pgettext(context, text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return what is said of so many."""
    return catalogue(spoken()).ngettext(one, many, count)


def told(text: str) -> str:
    """Return a text that was written down in the source's language, or by a data map, in the one that is spoken.

    It may be a text of ours, one made of a pattern of ours (dsar.wording.patterns), or the data map's: what is none of
    them, such as a reviewer's reason, stays as it is.
    """
    if not text:
        return ""
    found = texts().get(text) or gettext(text)
    return found if found != text or spoken() == SOURCE else patterns.retell(text, gettext, told, _names)


def _names(names: list[str], style: str) -> str:
    from dsar.wording.writing import listed  # it speaks by this module

    return listed(map(inside, map(label, names)), style)


def inside(words: str) -> str:
    """Return a name's words as they stand inside of a sentence; German writes its nouns large there, too."""
    is_word = words[:1].isupper() and not words[1:2].isupper() and spoken() != "de"  # the other is IP, or PDF
    return words[:1].lower() + words[1:] if is_word else words


def label(name: str) -> str:
    """Return a technical name of a data map as words: the map's own for it, else ours for common ones.

    Of the path of a nested field, the words of each name on it, unless the map has some for the whole.
    """
    words = words_of(name)
    if "." not in name:
        return _named(words)
    whole = texts().get(words) or texts().get(words_of(name.replace(".", " ")))
    return whole or " › ".join(label(part) for part in name.split(".") if part) or name


def label_inside(name: str) -> str:
    """Return a name that stands in a person's rows as words, in the same way; remember nothing."""
    return _named(as_words(name))


def _named(words: str) -> str:
    """Return what a name is called: a word of ours that happens to be written alike, such as No, is none for it."""
    return texts().get(words) or (gettext(words) if words in COMMON else words)
