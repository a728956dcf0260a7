"""Values that may be corrected: how they are compared, shown in a form, and read from one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from dsar.datamap.model import Collection, Field
from dsar.stores.casting import canonical, cast, parse_integer
from dsar.values import Value, is_text
from dsar.wording import N_, gettext

#: Characters of a text that may be proposed where the data map says no length.
MOST_CHARACTERS = 10_000
_BOOLEANS = {"yes": True, "no": False}


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


def value_of(text: str, data_type: str, length: int | None) -> Value:
    """Return what was written as a value, None for nothing. Raises ValueRefusedError."""
    plain = with_plain_ends(text)
    if not plain.strip():
        return None
    if data_type == "string":
        return _text(plain, length)
    found = _READERS[data_type](plain.strip())
    if found is None:
        raise ValueRefusedError(gettext(_WRONG[data_type]))
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


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None  # neither infinite nor no number


_READERS: Mapping[str, Callable[[str], Value]] = {"integer": parse_integer, "float": _float, "boolean": _BOOLEANS.get}
_WRONG = {
    "integer": N_("Write a whole number, in digits."),
    "float": N_("Write a number, such as 2.5."),
    "boolean": N_("Choose yes or no."),
}
