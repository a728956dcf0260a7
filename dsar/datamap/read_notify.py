"""Reads `meta.notify` of systems: who is told when data that they were passed is erased, corrected or stopped."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

import yaml

from dsar.datamap import vocabulary
from dsar.datamap.items import Item, Keys, read_keys
from dsar.datamap.model import FieldAddress, Recipient

#: Enough to tell a mistake from an address, and no sign in it that a header of a message could not hold.
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
#: A name that every shell can set.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def read_notify(meta: Keys, datasets: tuple[str, ...]) -> tuple[Recipient, ...]:
    """Return whom a system with these datasets names. Mistakes here leave the graph as it is."""
    items = [item.harmless() for item in meta.items("notify")]
    if items and not datasets:
        items[0].problem("'notify' tells of nothing: the system names no 'dataset_references'")
    found = [recipient for item in items if (recipient := _read(item)) is not None]
    names = [recipient.name for recipient in found]
    for at, recipient in enumerate(found):
        if recipient.name in names[:at]:
            items[0].problems.add(recipient.location, f"'notify' names '{recipient.name}' twice", graph=False)
    return tuple(found)


def _read(item: Item) -> Recipient | None:
    keys = read_keys(item, "an item of 'notify'", vocabulary.NOTIFY)
    if isinstance(item.node, yaml.ScalarNode | yaml.SequenceNode):
        return None  # noted already
    keys.demand("name")
    if ("email" in keys) == ("webhook" in keys):
        item.problem("an item of 'notify' needs 'email' or 'webhook', and not both")
        return None
    name = keys.text("name")
    if name is not None and len(name) > 200:
        item.problem("'name' must not be longer than 200 signs")
    recipient = Recipient(
        name=name or "",
        location=item.location,
        email=_email(keys),
        webhook=_webhook(keys),
        secret=_secret(keys),
        identifier=_identifier(keys),
        new_values=_new_values(keys),
    )
    return recipient if name else None


def _email(keys: Keys) -> str:
    text = keys.text("email") or ""
    if text and (not _EMAIL.fullmatch(text) or len(text) > 254):
        keys.owner.problem(f"'email' is no address: {text!r}")
    return text


def _webhook(keys: Keys) -> str:
    """Return an address that a value may be sent to: over TLS, or on this very machine; a token in it is no secret."""
    text = keys.text("webhook") or ""
    if text and not _may_be_sent_to(text):
        keys.owner.problem("'webhook' must be https://host/path, without credentials and fragment")
    return text


def _may_be_sent_to(text: str) -> bool:
    try:
        url = urlsplit(text)
        has_port = url.port is None or url.port > 0
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    return is_plain and has_port and _is_safe(url) and not url.fragment and "@" not in url.netloc


def _is_safe(url: SplitResult) -> bool:
    return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and url.hostname in _HERE))


def _secret(keys: Keys) -> str:
    """Return the environment's name of the secret that a webhook's messages are signed with."""
    text = keys.text("secret") or ""
    if "webhook" in keys and not text:
        keys.owner.problem("'webhook' needs 'secret': the name of an environment variable")
    elif text and "webhook" not in keys:
        keys.owner.problem("'secret' signs what a 'webhook' is sent; an email has none")
    elif text and not _VARIABLE.fullmatch(text):
        keys.owner.problem("'secret' must be the name of an environment variable, not the secret itself")
    return text


def _identifier(keys: Keys) -> FieldAddress | None:
    text = keys.text("identifier")
    if text is None:
        return None
    parts = text.split(".", 2)
    if len(parts) < 3 or not all(parts):
        keys.owner.problem(f"'identifier' is written dataset.collection.field, not '{text}'")
        return None
    return FieldAddress(*parts)


def _new_values(keys: Keys) -> bool:
    """Return whether they are sent what is right now: over a signed request alone, never through mailboxes."""
    wanted = keys.flag("new_values")
    if wanted and "webhook" not in keys:
        keys.owner.problem("'new_values' are sent to a 'webhook' alone; an email says no value")
    return wanted
