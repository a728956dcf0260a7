"""What is known of a person, found in texts and taken out of them.

Texts are compared as addresses are: in any case, however accents are encoded, with any number of spaces. A value is
found as a word, not inside of one; in scripts that write no spaces between words, anywhere. What is JSON is looked
through string by string, so that no escape hides a value; the names of its members are no text and stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed leaves it out

from dsar.datamap.erasure import Mask
from dsar.stores.base import ForbiddenError
from dsar.stores.json_text import applied, skip, spelt_like
from dsar.stores.projection import structure
from dsar.values import Value

#: What stands in the place of a value. In a text that could not hold it stands SHORT, which is never longer than what
#: it replaces.
MARKER = "[erased]"
SHORT = "***"
#: A value with fewer letters and digits stands in many a text that does not mean the person; so does a short number.
_FEWEST, _FEWEST_DIGITS = 3, 6
_NUMBER = re.compile(r"[\d\s+\-./()]*")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
#: Scripts that write words without spaces between them, or join particles to them: Thai to Khmer, Hangul, kana, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_LAST_MARK = 0x20000  # code points beyond it that join a letter are selectors of forms

Words = tuple[str, ...]


def folded(text: str) -> str:
    """Return the form in which a value is looked for."""
    return " ".join(_fold(text)[0].split())


def words_of(values: Iterable[str]) -> tuple[Words, int]:
    """Return the values in the form in which they are looked for, and how many are too short to be."""
    found = {folded(value) for value in values} - {""}
    long = {word for word in found if _is_long(word)}
    return tuple(sorted(long)), len(found) - len(long)


def _is_long(word: str) -> bool:
    # A vowel of Devanagari is a sign beside the letter, and no letter.
    signs = [
        sign for sign in unicodedata.normalize("NFC", word) if sign.isalnum() or unicodedata.category(sign) == "Mc"
    ]
    if _NUMBER.fullmatch(word):
        return len(signs) >= _FEWEST_DIGITS
    # Two ideographs are a whole name.
    return sum(2 if _UNSPACED.match(sign) else 1 for sign in signs) >= _FEWEST


def redacted(value: Value, mask: Mask) -> Value:
    """Return the value with what the mask knows taken out of its texts, at every depth. Raises ForbiddenError."""
    if isinstance(value, str):
        return redacted_text(value, mask)
    if type(value) is bytes:  # a driver's own kind of bytes has a meaning
        text = _decoded(value)
        return value if text is None else redacted_text(text, mask).encode()
    if isinstance(value, list):
        return [redacted(item, mask) for item in value]
    if isinstance(value, dict):
        for name in value:
            _refuse_name(name, mask.words)
        return {name: redacted(item, mask) for name, item in value.items()}
    return value


def redacted_text(text: str, mask: Mask) -> str:
    """Return the text with a marker for every value: a shorter one where the text could not hold it otherwise."""
    found = _without(text, mask.words, lambda _found: MARKER)
    if found == text:
        return text
    if mask.length is None or len(found) <= mask.length:
        return found
    return _without(text, mask.words, lambda found: SHORT[: len(found)])


def redactions(text: str, start: int, end: int, mask: Mask) -> Iterator[tuple[int, int, str]]:
    """Yield (from, to, what is written there) of each string in a part of a JSON text. Raises ForbiddenError."""
    for found in STRING.finditer(text, start, end):
        said = scanstring(text, found.start() + 1)[0]
        if text.startswith(":", skip(text, found.end())):
            _refuse_name(said, mask.words)
        elif (new := redacted_text(said, mask)) != said:
            yield found.start(), found.end(), spelt_like(new, found[0])


def count(value: Value, words: Words) -> int:
    """Return how often the words stand in the texts of a value, and in names of members that say who the person is."""
    if isinstance(value, str):
        found = structure(value) if value.lstrip()[:1] in ("{", "[") else value
        return count(found, words) if found is not value else sum(1 for _ in _found(value, words))
    if isinstance(value, bytes):
        text = _decoded(value)
        return 0 if text is None else count(text, words)
    if isinstance(value, list):
        return sum(count(item, words) for item in value)
    if isinstance(value, dict):
        return sum(_tells(name, words) + count(item, words) for name, item in value.items())
    return 0


def _tells(name: str, words: Words) -> bool:
    """Whether a member's name says who the person is: an address or a number does, a word may be any program's own."""
    return any(not name[start:end].isalpha() for start, end in _found(name, words))


def _refuse_name(name: str, words: Words) -> None:
    if _tells(name, words):
        raise ForbiddenError("what is to be redacted is the name of a member of an object: only 'null' takes it away")


def holds(value: Value, words: Words) -> bool:
    """Return whether `count` would count any."""
    if isinstance(value, str) and value.lstrip()[:1] not in ("{", "["):
        return any(True for _ in _found(value, words))
    return count(value, words) > 0


def places(text: str, words: Words) -> Iterator[tuple[int, int]]:
    """Yield where the words, in the form in which they are looked for, stand in a text, from and to."""
    return _found(text, words)


def form_of(text: str) -> str:
    """Return a text in the form in which words are looked for, every space as it is."""
    return _form(text)


def beginning(word: str) -> str:
    """Return how a word begins wherever it stands: nothing can part these signs."""
    return _begins((word,))[0]


def _without(text: str, words: Words, marker: Callable[[str], str]) -> str:
    if text.lstrip()[:1] in ("{", "[") and structure(text) is not text:
        return applied(text, _in_json(text, words, marker))
    return applied(text, ((start, end, marker(text[start:end])) for start, end in _found(text, words)))


def _in_json(text: str, words: Words, marker: Callable[[str], str]) -> Iterator[tuple[int, int, str]]:
    for found in STRING.finditer(text):
        said = scanstring(text, found.start() + 1)[0]
        if text.startswith(":", skip(text, found.end())):
            _refuse_name(said, words)
        elif (new := _without(said, words, marker)) != said:
            yield found.start(), found.end(), spelt_like(new, found[0])


def _found(text: str, words: Words) -> Iterator[tuple[int, int]]:
    """Yield where the words stand in a text, from and to."""
    begins = _begins(words)
    if not any(begin in _form(text) for begin in begins):  # most texts name nobody
        return
    form, places = _fold(text)
    pattern, at = _pattern(words, is_ascii=places is None), 0
    # A search by the pattern alone would look around itself at every sign.
    while (at := _first(form, begins, at)) >= 0:
        found = None if _is_made(form, at) else pattern.match(form, at)
        start, end = found.span() if found else (-1, -1)
        if places is not None and found:
            start, end = places[start], places[end]
        if start < 0 or end < 0 or found is None:  # no word, or a part of a letter
            at += 1
            continue
        at = found.end()
        yield start, end


def _first(form: str, begins: Iterable[str], at: int) -> int:
    """Return where the first of the words may begin; -1: nowhere."""
    return min((place for begin in begins if (place := form.find(begin, at)) >= 0), default=-1)


def _is_made(form: str, at: int) -> bool:
    return form.startswith(MARKER, max(at - 1, 0)) or form.startswith(MARKER, at)


@lru_cache(maxsize=64)
def _begins(words: Words) -> tuple[str, ...]:
    """Return how the words begin, as far as nothing can part them; of those that begin alike the shortest."""
    begins = {word[:1] if _is_phone(word) else word.split(" ", 1)[0] for word in words}
    return tuple(begin for begin in begins if not any(other != begin and begin.startswith(other) for other in begins))


def _is_phone(word: str) -> bool:
    return word.startswith("+") and _NUMBER.fullmatch(word) is not None


def _form(text: str) -> str:
    return (
        text.lower() if text.isascii() else unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    )


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Return the form in which texts are compared, and of each of its signs where its letter begins in the text.

    -1: within a letter. None: each sign is in its own place.
    """
    if text.isascii():
        return text.lower(), None
    parts, places, at = list[str](), list[int](), 0
    for letter in _letters(text):
        form = _form_of_letter(letter)
        parts.append(form)
        places += [at, *([-1] * (len(form) - 1))] if form else []
        at += len(letter)
    return "".join(parts), [*places, at]


_form_of_letter = lru_cache(maxsize=4_096)(_form)


def _letters(text: str) -> Iterator[str]:
    """Yield each sign with the marks that are written over and below it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield text[start:at]
            start = at


@lru_cache(maxsize=64)
def _pattern(words: Words, *, is_ascii: bool) -> re.Pattern[str]:
    letter = r"\w" if is_ascii else rf"[\w{_marks()}]"
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    every = "|".join(_one(word, letter) for word in longest_first)
    return re.compile(every)


def _one(word: str, letter: str) -> str:
    """Return the pattern of one word that stands by itself."""
    before, after = f"(?<!{letter})", f"(?!{letter})"
    if "@" in word:  # another's address may end or begin with it
        before, after = rf"{before}(?<!{letter}[.+'\-])", rf"{after}(?![.\-]{letter})"
    if _UNSPACED.match(word[0]):
        before = ""
    if _UNSPACED.match(word[-1]):
        after = ""
    if _is_phone(word):  # however it is parted
        inside = r"[\s().\-/]{0,2}".join(re.escape(sign) for sign in word if sign.isdigit() or sign == "+")
    else:
        inside = r"\s+".join(map(re.escape, word.split(" ")))
    return f"{before}{inside}{after}"


@cache
def _marks() -> str:
    """Return the signs that are written with a letter, and are none to regular expressions, for a set of signs."""
    found = (number for number in range(0x300, _LAST_MARK) if unicodedata.category(chr(number))[0] == "M")
    return "".join(map(chr, found))


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
