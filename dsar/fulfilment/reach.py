"""How a row was reached, and whose it is: the two facts that decide whether it is delivered."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum, IntEnum

from dsar.datamap.model import Collection, Field
from dsar.stores.casting import canonical, cast, fold_email
from dsar.values import Row, Value, at_path, is_text


class Reach(IntEnum):
    """How a key or row was reached; a path is as weak as its weakest part.

    OWN: from a proven identity, down from keys to the rows that name them. LOOKUP: after following a
    foreign key to what it names, from where an undirected edge must not fan out again. FOREIGN: through
    another person's row; what lies behind it is delivered only if it names the person itself.
    """

    OWN = 0
    LOOKUP = 1
    FOREIGN = 2


class Owner(Enum):
    """What a row's identity fields say. Kinds that this person has not proven say nothing."""

    PERSON = "person"
    ANOTHER = "another"
    UNSAID = "unsaid"


#: Kind of identity -> its proven values, in normal form.
Identities = Mapping[str, frozenset[str]]


def normal_form(kind: str, value: Value) -> str | None:
    """Return the one form in which an identity is kept: an email folded, all else as text; None if it is none.

    Half a character names nobody, and no manifest could hold it.
    """
    text: str | None = cast(value, "string")
    if text and not is_text(text):
        return None
    return fold_email(text.strip()) if text and kind == "email" else text or None


class OwnerRule:
    """Reads a collection's rows for whose they are."""

    def __init__(self, collection: Collection, identities: Identities) -> None:
        self._proven = [
            (field, frozenset(_compared(value, field) for value in identities[field.identity]) - {None})
            for field in collection.walk()
            if field.identity is not None and field.identity in identities
        ]

    def owner(self, row: Row) -> Owner:
        """Return whose row it is, by the identity fields of proven kinds."""
        named = False
        for field, proven in self._proven:
            for value in at_path(row, field.path):
                if value is None or value == "":
                    continue
                if _compared(value, field) in proven:
                    return Owner.PERSON
                named = True
        return Owner.ANOTHER if named else Owner.UNSAID


def _compared(value: Value, field: Field) -> Hashable | None:
    """Return the form in which the field's values are compared; spaces around an address do not make it another's."""
    if field.identity == "email" and isinstance(value, str):
        value = value.strip()
    return canonical(value, field)
