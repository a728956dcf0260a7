"""What an erasure would do, as a reviewer approves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dsar.fulfilment.erasing.fate import TO_DO, Fate
from dsar.fulfilment.erasing.sorting import Sorted
from dsar.fulfilment.joinkey import CollectionKey
from dsar.values import plain_json


@dataclass(frozen=True, slots=True)
class Part:
    """One collection: how many rows have which fate for which reason, and which rows those are that change.

    `redacted`: how many values are taken out of texts; `short`: how many are not looked for, since they are too short
    to mean the person. Neither is a part of what is approved, which are rows and a rule.
    """

    rows: Mapping[tuple[Fate, str], int]
    digest: int
    rule: Mapping[str, Any]
    redacted: int = field(default=0, compare=False)
    short: int = field(default=0, compare=False)

    @classmethod
    def of(cls, found: Sorted) -> Part:
        rule = found.visit.collection.erasure
        said = plain_json(rule.document()) if rule else {}
        return cls(dict(found.counts), found.digest, said, found.redacted, found.short)

    def count(self, *fates: Fate) -> int:
        return sum(count for (fate, _), count in self.rows.items() if fate in fates)

    @property
    def to_do(self) -> int:
        """How many rows are to be changed."""
        return self.count(*TO_DO)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Part:
        """Return what `document` has written."""
        rows = {(Fate(fate), why): count for fate, why, count in document["rows"]}
        told = (document.get("redacted", 0), document.get("short", 0))
        return cls(rows, int(document["rows_digest"], 16), document["rule"], *told)

    def document(self) -> Any:
        """Return it as plain values."""
        told = {"redacted": self.redacted, "short": self.short}
        return self.approved() | {name: count for name, count in told.items() if count}

    def approved(self) -> Any:
        """Return what is approved, as plain values: the same for the same rows and the same rule."""
        rows = sorted((str(fate), why, count) for (fate, why), count in self.rows.items())
        return plain_json(
            {"rows": [list(item) for item in rows], "rows_digest": f"{self.digest:064x}", "rule": self.rule}
        )


@dataclass(frozen=True)
class Preview:
    """`parts`: collections with rows, in the order in which they are changed. `problems`: what must be mended first.

    `unreached` are the collections that no identity of this person leads to.
    """

    parts: Mapping[CollectionKey, Part]
    problems: tuple[str, ...]
    unreached: Mapping[CollectionKey, str]

    @property
    def fingerprint(self) -> str:
        """The sha256 (hex) of which rows are changed and how, and of how many stay and why."""
        document = [[*key, part.approved()] for key, part in sorted(self.parts.items())]
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Preview:
        """Return what `document` has written, with the same fingerprint."""
        return cls(
            {(dataset, name): Part.read(part) for dataset, name, part in document["parts"]},
            tuple(document["problems"]),
            {(dataset, name): why for dataset, name, why in document["unreached"]},
        )

    def document(self) -> dict[str, Any]:
        """Return it as plain values: counts, reasons and names, never a value of a row."""
        return {
            "parts": [[*key, part.document()] for key, part in self.parts.items()],
            "problems": list(self.problems),
            "unreached": [[*key, why] for key, why in self.unreached.items()],
        }

    def changed_datasets(self) -> list[str]:
        """Return the datasets of which something is changed, in the order in which they are changed."""
        changed = (key[0] for key, part in self.parts.items() if part.to_do)
        return list(dict.fromkeys(changed))

    @property
    def to_do(self) -> int:
        """How many rows are to be changed."""
        return self.count(*TO_DO)

    def of(self, dataset: str) -> dict[CollectionKey, Part]:
        """Return the parts of one dataset, in their order."""
        return {key: part for key, part in self.parts.items() if key[0] == dataset}

    def count(self, *fates: Fate) -> int:
        """Return how many rows have one of the fates."""
        return sum(part.count(*fates) for part in self.parts.values())
