"""Values that may be corrected: how they are compared, shown in a form, and read from one."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from dsar.datamap.model import Collection, Field
from dsar.stores.casting import canonical, cast, parse_integer
from dsar.values import Value, is_text
from dsar.wording import N_, decimal_sign, gettext

#: Characters of a text that may be proposed where the data map says no length.
MOST_CHARACTERS = 10_000
_BOOLEANS = {"yes": True, "no": False}
_SIGNS = ".,"
#: With one of these and no more: what has two of them has thousands parted, or is no number.
_NUMBER = re.compile(rf"[+-]?(\d+([{_SIGNS}]\d*)?|[{_SIGNS}]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
#: A thousand or more with its thousands parted, to whoever writes them so.
_PARTED = re.compile(rf"[+-]?[1-9]\d{{0,2}}[{_SIGNS}]\d{{3}}", re.ASCII)


class ValueRefusedError(ValueError):
    """What was written is no value of its field; the message says why, for the person."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A field in which a value is held."""

    dataset: str
    collection: str
    path: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.dataset, self.collection)

    def __str__(self) -> str:
        return f"{self.dataset}:{self.collection}.{self.path}"


def meaning_of(collection: Collection, item: Field) -> str:
    """Return what values of a field tell: its first data category; without one, itself."""
    return item.data_categories[0] if item.data_categories else f"{collection.dataset}:{collection.name}.{item.path}"


def held(value: Value, data_type: str) -> str | int | float | bool | None:
    """Return a store's value as one of its declared type; None for none, and for what no form could show."""
    found = cast(value, data_type)
    if data_type == "float" and found is not None:
        return _float(str(found))
    if isinstance(found, str) and (len(found) > MOST_CHARACTERS or _is_odd(found)):
        return None
    return found  # type: ignore[no-any-return]


def form_of(value: Value, data_type: str) -> Hashable | None:
    """Return the form in which two values are compared, None for no value. "1" and True are not the same."""
    found = held(value, data_type)
    return None if found is None else canonical(found, None)


def text_of(value: Value, data_type: str) -> str:
    """Return a value as a form shows it: what `value_of` reads as the same."""
    if data_type == "boolean":
        return "" if value is None else "yes" if value else "no"
    return str(cast(value, "string") or "")


def as_read(value: Value, data_type: str) -> str:
    """Return a value as people read it in the language that is spoken: 2,5 in German, where `text_of` has 2.5."""
    if data_type == "boolean":
        return "" if value is None else gettext("Yes") if value else gettext("No")
    text = text_of(value, data_type)
    return _local(text) if data_type == "float" else text


def value_of(text: str, data_type: str, length: int | None) -> Value:
    """Return what was written as a value, None for nothing. Raises ValueRefusedError.

    A number may have a point or a comma for its decimals. Where the one that the language that is spoken does not use
    for them stands before three digits, nobody can tell what was meant: 1.234 is refused in German, 1,234 in English.
    """
    plain = with_plain_ends(text)
    if not plain.strip():
        return None
    if data_type == "string":
        return _text(plain, length)
    found = _READERS[data_type](plain.strip())
    if found is None:
        raise ValueRefusedError(gettext(_WRONG[data_type]).format(example=_local("2.5")))
    return found


def with_plain_ends(text: str) -> str:
    """Return a text with the line ends that stores have: a browser sends others, whatever it was given."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_odd(text: str) -> bool:
    """Return whether a form would show and send back another text."""
    return not is_text(text) or any(letter < " " and letter not in "\r\n\t" for letter in text)


def _text(text: str, length: int | None) -> str:
    most = min(length or MOST_CHARACTERS, MOST_CHARACTERS)
    if len(text) > most:
        raise ValueRefusedError(gettext("This holds {n} characters at most.").format(n=most))
    if _is_odd(text):
        raise ValueRefusedError(gettext("This holds characters that are no text."))
    return text


def _number(text: str) -> float | None:
    """Return a number as people write it; None for none. Raises ValueRefusedError where it could be read as two."""
    if not _NUMBER.fullmatch(text):
        return None
    if decimal_sign() not in text and _PARTED.fullmatch(text):
        said = gettext(
            "This could be one of two numbers. Write it without a sign between thousands, such as {example}."
        )
        raise ValueRefusedError(said.format(example=_local("1234.5")))
    return _float(text.replace(",", "."))


def _local(text: str) -> str:
    return text.replace(".", decimal_sign())


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None  # neither infinite nor no number


_READERS: Mapping[str, Callable[[str], Value]] = {"integer": parse_integer, "float": _number, "boolean": _BOOLEANS.get}
_WRONG = {
    "integer": N_("Write a whole number, in digits."),
    "float": N_("Write a number, such as {example}."),
    "boolean": N_("Choose yes or no."),
}
