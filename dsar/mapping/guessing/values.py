"""What values look like. They are personal data: they are looked at, counted and dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from dsar.values import Value

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]{2,}")
_PHONE = re.compile(r"(?:\+|00)[1-9][0-9 ()/.-]{6,20}|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}")
_CARD = re.compile(r"[0-9]{13,19}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
#: Of the values that are there, in percent.
_ENOUGH = 80


@dataclass(frozen=True, slots=True)
class Look:
    """`least`: values needed, since a few numbers fit the check digit of a card by chance."""

    category: str
    words: str
    fits: Callable[[str], bool]
    least: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """How many of the sampled values (those that are there) look alike."""

    look: Look
    fitting: int
    sampled: int

    def __str__(self) -> str:
        return f"{self.fitting} of {self.sampled} sampled values look like {self.look.words}"


def look_at(values: Iterable[Value]) -> Seen | None:
    """Return what most of the values look like, or None. Values that are missing or empty do not count."""
    texts = [str(value).strip() for value in values if value is not None and not isinstance(value, bool | bytes)]
    texts = [text for text in texts if text]
    for look in LOOKS:
        fitting = sum(look.fits(text) for text in texts)
        if fitting >= look.least and fitting * 100 >= len(texts) * _ENOUGH:
            return Seen(look, fitting, len(texts))
    return None


def _is_address(text: str) -> bool:
    if not ("." in text or ":" in text):
        return False
    try:
        ip_address(text.partition("/")[0])
    except ValueError:
        return False
    return True


def _is_card(text: str) -> bool:
    """Tell whether the digits have a right check digit (ISO/IEC 7812-1, Luhn)."""
    digits = re.sub(r"[ -]", "", text)
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """Tell whether it is an account number with right check digits (ISO 13616: modulo 97 is 1)."""
    plain = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


LOOKS = (
    Look("user.contact.email", "an email address", lambda text: _EMAIL.fullmatch(text) is not None),
    Look("user.device.ip_address", "an IP address", _is_address),
    Look("user.financial.bank_account", "an IBAN", _is_iban),
    Look("user.financial.credit_card", "a card number", _is_card, least=5),
    Look("user.contact.phone_number", "a phone number", lambda text: _PHONE.fullmatch(text) is not None, least=3),
)
