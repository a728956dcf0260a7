"""People's names in a text: by what stands beside them, and by lists of names.

No grammar and no model: a capital letter, a title, a greeting, a sign-off, an address behind it, and names that are
known. In German, where every noun has a capital, less is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsar.redaction.detecting.cues import (
    DOTTED,
    GERMAN,
    GERMAN_NOUNS,
    GREETINGS,
    NOBODY,
    ORGANISATIONS,
    PARTICLES,
    TITLES,
)
from dsar.redaction.detecting.gazetteer import Gazetteer, gazetteer
from dsar.redaction.kinds import Finding, Kind

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
#: References and codes, ours first: chance spells a name in one of a few hundred.
_CODE = re.compile(r"\b(?:R(?:-[0-9A-Z]{4}){2}-[0-9A-Z]{2}|(?=[A-Z-]*\d)[0-9A-Z]+(?:-[0-9A-Z]+)+)\b")
#: What may stand between two words of a name: a space, or the dot of a title or an initial with one.
_BETWEEN = re.compile(r"\.? |\.|\u00a0")
_MOST_WORDS = 5
#: A name, of any script, that stands before its address in angle brackets or brackets.
_NAMED = r"([^\W\d_][^\s,;:<>()\"@]*(?: [^\W\d_][^\s,;:<>()\"@]*){0,3})"
_BEFORE_ADDRESS = re.compile(rf"{_NAMED}\"? (?:\(?<|\()$")
_REACH = 80  # characters before an address


@dataclass(frozen=True, slots=True)
class _Token:
    """A word: `form` is as it is looked up, `capital` whether it begins with one."""

    text: str
    start: int
    end: int

    @property
    def form(self) -> str:
        return self.text.casefold()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def names(text: str, *, known: Sequence[Finding] = ()) -> Iterator[Finding]:
    """Yield the names in a text; `known` are the addresses in it, before which a name may stand."""
    taken: list[tuple[int, int]] = []
    for start, end in (*_before_addresses(text, known), *_Reading(text).names()):
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            taken.append((start, end))
            yield Finding(start, end, Kind.NAME)


def _before_addresses(text: str, known: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    for address in known:
        if address.kind is not Kind.EMAIL:
            continue
        begin = max(0, address.start - _REACH)
        line = text.rfind("\n", begin, address.start) + 1
        found = _BEFORE_ADDRESS.search(text[max(begin, line) : address.start])
        if found is None:
            continue
        span = _last_capitals(found[1])
        if span is not None:
            offset = max(begin, line) + found.start(1)
            yield offset + span[0], offset + span[1]


def _last_capitals(words: str) -> tuple[int, int] | None:
    """Return where the words at the end begin that may be a name; in a script without capitals, all of them."""
    tokens = [_Token(found[0], *found.span()) for found in _WORD.finditer(words)]
    if not tokens:
        return None
    first = len(tokens)
    while first and (_may_be_name(tokens[first - 1]) or (first < len(tokens) and tokens[first - 1].form in PARTICLES)):
        first -= 1
    while first < len(tokens) and tokens[first].form in PARTICLES:
        first += 1
    return (tokens[first].start, tokens[-1].end) if first < len(tokens) else None


def _may_be_name(token: _Token) -> bool:
    if token.form in NOBODY or token.form in GREETINGS:
        return False
    letter = token.text[0]
    return letter.isupper() or letter.lower() == letter.upper()


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the words of a text, but for those that are parts of a code."""
    codes = [found.span() for found in _CODE.finditer(text)]
    for found in _WORD.finditer(text):
        if not any(start <= found.start() < end for start, end in codes):
            yield _Token(found[0], *found.span())


class _Reading:
    """One text, word by word."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._lists: Gazetteer = gazetteer()
        self._is_german = sum(token.form in GERMAN for token in self._tokens) * 8 > len(self._tokens)

    def names(self) -> Iterator[tuple[int, int]]:
        at = 0
        while at < len(self._tokens):
            end = self._name_at(at)
            if end is None:
                at += 1
                continue
            yield self._tokens[at].start, self._tokens[end - 1].end
            at = end

    def _name_at(self, at: int) -> int | None:
        """Return the token behind the name that begins there; None if none does."""
        token = self._tokens[at]
        if not token.capital or len(token.text) < 2 or any(token.form in no for no in (NOBODY, TITLES, GREETINGS)):
            return None
        end = self._run(at)
        if self._tokens[end - 1].form in ORGANISATIONS:
            return None
        if self._after_title(at):
            return self._known_run(at, end) or at + 1
        if self._is_known(at, end):
            return self._known_run(at, end)
        if self._is_greeted(at, end):
            return end
        return None

    def _run(self, at: int) -> int:
        """Return the token behind the words with capitals, and small words between them, that begin there."""
        end = at + 1
        while end < len(self._tokens) and end - at < _MOST_WORDS and self._joins(end - 1):
            token = self._tokens[end]
            if token.capital and token.form not in NOBODY and token.form not in TITLES:
                end += 1
            elif token.form in PARTICLES and (past := self._past_particles(end)) is not None:
                end = past
            else:
                break
        return end

    def _past_particles(self, at: int) -> int | None:
        """Return the token behind small words and the word with a capital that they lead to."""
        for end in range(at, min(at + 3, len(self._tokens))):
            if not self._joins(end - 1):
                return None
            if self._tokens[end].capital:
                return end + 1
            if self._tokens[end].form not in PARTICLES:
                return None
        return None

    def _joins(self, at: int) -> bool:
        """Tell whether the next token goes on from this one: a space between them, or an initial's dot."""
        between = self._text[self._tokens[at].end : self._tokens[at + 1].start]
        if between and not between.strip(" \u00a0"):
            return True
        return between in (". ", ".") and len(self._tokens[at].text) == 1

    def _before(self, at: int) -> _Token | None:
        """Return the token before, if no more than a space, a comma or a title's dot parts them."""
        if at == 0:
            return None
        between = self._text[self._tokens[at - 1].end : self._tokens[at].start]
        return self._tokens[at - 1] if between.strip(" \u00a0\n") in ("", ",", ".") and len(between) <= 3 else None

    def _after_title(self, at: int) -> bool:
        before = self._before(at)
        if before is None or before.form.replace(".", "") not in TITLES:
            return False
        if before.form in DOTTED:
            return self._text[before.end : before.end + 1] == "."
        return True

    def _is_greeted(self, at: int, end: int) -> bool:
        before = self._before(at)
        if before is None or before.form not in GREETINGS or end - at > 3:
            return False
        return not self._is_german or end - at <= 2

    def _is_known(self, at: int, end: int) -> bool:
        """Tell whether the words are a name by the lists: a given name, or two words of which one is known."""
        form, alone = self._tokens[at].form, end - at == 1
        given = form in self._lists.given or form.partition("-")[0] in self._lists.given
        if alone:
            return given and form not in self._lists.words
        following = [token.form for token in self._tokens[at + 1 : end]]
        if not given and following[0] in PARTICLES:  # a town hall of a town that has given its name to people
            return False
        if given:
            return form not in self._lists.words or any(name in self._lists.family for name in following)
        if form in self._lists.first:
            return True
        if len(following) > 1 or self._is_german or self._begins_sentence(at):
            return False
        return following[0] in self._lists.family

    def _begins_sentence(self, at: int) -> bool:
        before = self._text[: self._tokens[at].start].rstrip(' \n"“„«(')
        return not before or before[-1] in ".!?:"

    def _known_run(self, at: int, end: int) -> int | None:
        """Return where the name ends: in German, where every noun has a capital, at most one word is taken on trust."""
        if not self._is_german:
            return end
        last, trusted = at + 1, False
        while last < end:
            form = self._tokens[last].form
            is_known = any(form in names for names in (self._lists.family, self._lists.given, PARTICLES))
            if form in GERMAN_NOUNS or (trusted and not is_known):
                break
            trusted = trusted or not is_known
            last += 1
        return last
