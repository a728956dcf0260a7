"""The ledger of erasures: what was meant to be erased, what was, what was taken back; and what people opted out of.

Besides, when it was last looked whether erased rows are there again.

What is meant is written before a store is changed, that it was done after: between the two a process may be killed,
and then nothing but the ledger knows what may be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dsar.datamap.model import Collection
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.ledger.chain import ChainedFile
from dsar.fulfilment.ledger.hashing import KeyedHashes
from dsar.fulfilment.ledger.intents import intents
from dsar.fulfilment.reach import Identities


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """Whose erasure: the tenant's slug and the request's reference."""

    tenant: str
    reference: str


class Ledger:
    """One file, for all tenants. Its methods raise OSError; reading raises DamagedError besides."""

    def __init__(self, path: Path) -> None:
        self._file = ChainedFile(path)

    def intend(
        self,
        case: Case,
        *,
        keys: KeySet,
        identities: Identities,
        collections: Iterable[Collection],
        hashes: KeyedHashes,
        at: datetime,
    ) -> None:
        """Write what is about to be erased. Written twice, it is meant once."""
        said = {**_said(case), "at": _written(at)}
        lines = intents(keys, identities, collections=collections, hashes=hashes)
        self._file.append({**said, **line} for line in lines)

    def apply(self, case: Case, *, dataset: str, as_of: datetime, erased_at: datetime) -> None:
        """Write that a dataset's change is committed; where it was done again, the last line holds.

        `as_of` is when its rows were looked at: rows that came later were not erased. `erased_at` is after the commit:
        a backup that was taken before it may hold the rows still.
        """
        moments = {"as_of": _written(as_of), "erased_at": _written(erased_at)}
        self._file.append([{"kind": "applied", **_said(case), "dataset": dataset, **moments}])

    def revert(self, case: Case, *, dataset: str, at: datetime) -> None:
        """Write that a dataset's rows are there again, as they were: no replay takes them away."""
        self._file.append([{"kind": "reverted", **_said(case), "dataset": dataset, "at": _written(at)}])

    def prefer(self, tenant: str, *, address_hash: str, purpose: str, given: bool, how: str, at: datetime) -> None:
        """Write what an address was opted into or out of, by its keyed hash (accounts.addresses)."""
        said = {"address_hash": address_hash, "purpose": purpose, "given": given, "how": how, "at": _written(at)}
        self._file.append([{"kind": "preference", "tenant": tenant, **said}])

    def look(self, tenant: str, *, collection: str, at: datetime, is_whole: bool, has_found: bool = False) -> None:
        """Write that a collection ("dataset:name") was looked through for erased rows that are there again.

        `is_whole`: all of it, and not only what was written lately; `has_found`: there were some.
        """
        said = {"collection": collection, "at": _written(at), "whole": is_whole, "found": has_found}
        self._file.append([{"kind": "looked", "tenant": tenant, **said}])

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield every line, in order, checked against the one before it."""
        return self._file.read()


def _said(case: Case) -> dict[str, str]:
    return {"tenant": case.tenant, "reference": case.reference}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
