"""What an erasure does with the rows of a collection, as the data map says (docs/datamap.md, Erasure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: How every text begins that an erasure has made: a hash or a token that was there before must not pass for one.
MADE = "erased-"


class ErasureAction(StrEnum):
    """DELETE the row, MASK some of its fields, or KEEP it and say why."""

    DELETE = "delete"
    MASK = "mask"
    KEEP = "keep"


class Strategy(StrEnum):
    """What takes a value's place: nothing, a fixed value, a random text, or a keyed hash whose key is not kept.

    REDACT leaves the value, and takes out of its texts what is known of the person.
    """

    NULL = "null"
    FIXED = "fixed"
    RANDOM = "random"
    HMAC = "hmac"
    REDACT = "redact"


#: Characters of the texts that an erasure makes, MADE and hexadecimal digits: cut short they could not be known again.
MADE_LENGTHS = {Strategy.RANDOM: 32, Strategy.HMAC: 64}


#: A field: dataset, collection, dotted path.
Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mask:
    """`value` is what FIXED writes; the others have none.

    `values` are fields whose values in the person's own rows REDACT looks for, besides their identities. Only the
    erasure of somebody knows `words`, in the form in which they are compared (dsar.stores.redacting), and the `length`
    that the text may have, None if any.
    """

    strategy: Strategy
    value: str | int | float | bool | None = None
    values: tuple[Address, ...] = ()
    words: tuple[str, ...] = ()
    length: int | None = None

    def document(self) -> Any:
        """Return it as the map writes it."""
        plain = str(self.strategy)
        if self.strategy is Strategy.FIXED:
            return {"strategy": plain, "value": self.value}
        return {"strategy": plain, "values": [".".join(item) for item in self.values]} if self.values else plain


@dataclass(frozen=True, slots=True)
class Erasure:
    """`masks`: field (dotted path) -> what takes its value's place. `why`: what a person is told of a row that is kept.

    `by` names the fields that make a row the person's to erase (none: any that leads to it); `shared`: rows that belong
    to others too go as well, instead of being flagged. `since`: the field that tells when a row came ("": none).
    `detach`: the fields by which a row that stays lets go of the person's row that it names.
    """

    action: ErasureAction
    why: str = ""
    masks: Mapping[str, Mask] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    shared: bool = False
    since: str = ""
    detach: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether it may change rows at all."""
        return self.action is not ErasureAction.KEEP or bool(self.detach)

    @property
    def redacts_all(self) -> bool:
        """Whether it takes the person out of texts of others' rows, too."""
        return self.only_redacts and self.shared and not self.by

    @property
    def only_redacts(self) -> bool:
        """Whether all that it does is to take the person out of texts: nobody else loses anything by that."""
        return bool(self.masks) and all(mask.strategy is Strategy.REDACT for mask in self.masks.values())

    def document(self) -> dict[str, Any]:
        """Return it as the map writes it, what is not said left out: for comparing maps."""
        said = {
            "action": str(self.action),
            "why": self.why,
            "fields": {path: mask.document() for path, mask in self.masks.items()},
            "by": list(self.by),
            "shared": self.shared,
            "since": self.since,
            "detach": list(self.detach),
        }
        return {name: value for name, value in said.items() if value}
