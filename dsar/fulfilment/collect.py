"""Collects a person's data over a data map and writes the bundle, without the portal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from dsar.bundle.contents import PORTABILITY, BundleContents, UsedIdentity
from dsar.bundle.manifest import Manifest
from dsar.bundle.signing import Signer
from dsar.bundle.write import write_bundle
from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap, Origin
from dsar.fulfilment.engine import Engine, FoundIdentity, Progress, Work, silent
from dsar.fulfilment.reach import Identities
from dsar.fulfilment.scope import Scope
from dsar.stores.base import Store, StoreConfigError
from dsar.stores.registry import StoreConfig, open_store
from dsar.values import Value

_GIVEN = "given to the command"


@dataclass(frozen=True)
class Asked:
    """What is asked: for whom, over which map and stores. `parameters` fill the map's `only` placeholders.

    `is_export`: for taking the data elsewhere, and so without what was inferred (GDPR Article 20).
    """

    data_map: DataMap
    configs: Mapping[str, StoreConfig]
    identities: Identities
    parameters: Mapping[str, Value] = field(default_factory=dict)
    is_export: bool = False

    def store(self, dataset: str) -> Store:
        """Return the store of a dataset. Raises StoreConfigError."""
        config = self.configs.get(dataset)
        if config is None:
            raise StoreConfigError(f"no address is given for the dataset '{dataset}'")
        return open_store(self.data_map.dataset(dataset), config)

    def work(self, progress: Progress = silent) -> Work:
        """Return what the engine is given."""
        return Work(
            data_map=self.data_map,
            graph=build_graph(self.data_map),
            identities=self.identities,
            open_store=self.store,
            scope=Scope(self.data_map, Origin.INFERRED if self.is_export else None),
            parameters=self.parameters,
            progress=progress,
        )


@dataclass(frozen=True)
class Collected:
    """The signed manifest of what was written, and dataset -> why it could not be read."""

    manifest: Manifest
    failures: Mapping[str, str]


def collect(
    asked: Asked, *, out: BinaryIO, now: datetime, signer: Signer, progress: Progress, report: bool
) -> Collected:
    """Walk all stores and write the bundle to `out`; a store that fails is named in it, and in the result.

    Raises BundleError if rows are not as promised, ReportError if `report` is wanted and the map lacks its facts.
    """
    with Engine(asked.work(progress)) as engine:
        stores = engine.run()
        contents = BundleContents(
            reference=f"collect-{now:%Y%m%dT%H%M%SZ}",
            request_type=PORTABILITY if asked.is_export else "ACCESS",
            request_type_label="Export of your data" if asked.is_export else "Copy of your data",
            tenant_name="manage.py collect",
            tenant_contact="whoever ran the command",
            received_at=now,
            prepared_at=now,
            identities=(*_given(asked.identities), *_found(engine.proven)),
            unproven_identities=_found(engine.unproven),
            data_map=asked.data_map,
            stores=stores,
        )
        manifest = write_bundle(out=out, contents=contents, signer=signer, report=report)
        return Collected(manifest, engine.failures)


def _given(identities: Identities) -> list[UsedIdentity]:
    return [UsedIdentity(kind, value, _GIVEN) for kind in sorted(identities) for value in sorted(identities[kind])]


def _found(identities: set[FoundIdentity]) -> tuple[UsedIdentity, ...]:
    return tuple(UsedIdentity(kind, value, f"found in {where}") for kind, value, where in sorted(identities))
