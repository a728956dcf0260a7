"""A tenant's data map and stores: its own folder (settings.TENANTS_DIR/<slug>) and the portal's own tables."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from sqlalchemy import URL

from accounts.models import Tenant
from dsar.datamap.graph import Graph, build_graph
from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.datamap.plan import Plan, make_plan
from dsar.datamap.problems import DataMapError
from dsar.datamap.read_translation import merged
from dsar.stores.base import Store, StoreConfigError
from dsar.stores.registry import StoreConfig, load_store_configs, open_store

logger = logging.getLogger(__name__)

OWN_DATA_MAP = Path(__file__).parent / "own_datamap"
OWN_DATASET = "portal"
#: The rest of the options go to the driver as they are.
_DJANGOS_OWN_OPTIONS = frozenset({"assume_role", "cursor_factory", "isolation_level", "pool", "server_side_binding"})


@dataclass(frozen=True)
class TenantMap:
    """What a tenant's requests walk over."""

    data_map: DataMap
    graph: Graph
    configs: Mapping[str, StoreConfig]
    #: The same without the portal's own tables.
    without_own: TenantMap | None = None
    _plans: dict[frozenset[str], Plan] = field(default_factory=dict, compare=False, repr=False)

    @property
    def platform(self) -> TenantMap:
        """The tenant's own stores alone: what is erased and changed by the map."""
        return self.without_own or self

    def plan(self, kinds: frozenset[str]) -> Plan:
        """Return the plan for identities of these kinds, made once: on a large map it costs more than a bundle."""
        if kinds not in self._plans:
            self._plans[kinds] = make_plan(self.data_map, self.graph, kinds)
        return self._plans[kinds]

    def store(self, dataset: str) -> Store:
        """Return the live store of a dataset. Raises StoreConfigError if stores.yml names none."""
        config = self.configs.get(dataset)
        if config is None:
            raise StoreConfigError(f"stores.yml has no address for the dataset '{dataset}'")
        return open_store(self.data_map.dataset(dataset), config)


def tenant_map(tenant: Tenant) -> TenantMap:
    """Return the tenant's map as its files are now. Raises DataMapError or StoreConfigError naming file and line."""
    folder = Path(settings.TENANTS_DIR) / tenant.slug
    files = [*sorted((folder / "datamap").rglob("*.y*ml")), folder / "stores.yml"]
    stamp = tuple((str(file), file.stat().st_mtime_ns) for file in files if file.exists())
    return _load(folder, stamp, own_store_url())


class _Words:
    """A tenant's own texts, read when the first of them is told, and once for each language."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._found: dict[str, Mapping[str, str]] = {}

    def texts(self, language: str) -> Mapping[str, str]:
        if language not in self._found:
            self._found[language] = texts_of(self._tenant, language)
        return self._found[language]


_WORDS: ContextVar[_Words | None] = ContextVar("words of a tenant", default=None)


@contextmanager
def in_words_of(tenant: Tenant) -> Iterator[None]:
    """Tell texts of data maps by this tenant's translations: for as long as a page of theirs is made."""
    before = _WORDS.set(_Words(tenant))
    try:
        yield
    finally:
        _WORDS.reset(before)


def current_texts(language: str) -> Mapping[str, str]:
    """Return the texts of the tenant whose words are told now, none outside of `in_words_of`."""
    words = _WORDS.get()
    return words.texts(language) if words else {}


def texts_of(tenant: Tenant, language: str) -> Mapping[str, str]:
    """Return how the tenant's data map tells its texts in a language; nothing where it cannot be read, or does not."""
    try:
        translations = tenant_map(tenant).data_map.translations
    except (DataMapError, StoreConfigError, OSError):
        logger.exception("no data map to tell texts by")
        return {}
    return translations.get(language.replace("_", "-").lower(), {})


def declared_map(tenant: Tenant) -> DataMap:
    """Return the map of the tenant's own stores alone, as its files are now. Raises DataMapError."""
    return load(Path(settings.TENANTS_DIR) / tenant.slug / "datamap")


@cache
def _own_map() -> DataMap:
    """Return the map of the portal's own tables: it comes with the code, and changes with it only."""
    return load(OWN_DATA_MAP)


@lru_cache(maxsize=32)
def _load(folder: Path, stamp: tuple[tuple[str, int], ...], own_url: str) -> TenantMap:
    """Load once for each state of the files (`stamp`)."""
    theirs, own = load(folder / "datamap"), _own_map()
    data_map = DataMap(
        datasets=theirs.datasets + own.datasets,
        systems=theirs.systems + own.systems,
        fingerprint=hashlib.sha256((theirs.fingerprint + own.fingerprint).encode()).hexdigest(),
        translations=merged(theirs.translations, own.translations),
        untold=theirs.untold,
    )
    configs = dict(load_store_configs(folder / "stores.yml"))
    configs[OWN_DATASET] = StoreConfig(own_url, {})
    return TenantMap(
        data_map, build_graph(data_map), configs, without_own=TenantMap(theirs, build_graph(theirs), configs)
    )


def own_store_url() -> str:
    """Return Django's own database as a store's URL, with what DATABASE_URL says of TLS, sockets and schemas."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return URL.create(
        "postgresql",
        username=database["USER"] or None,
        password=database["PASSWORD"] or None,
        host=database["HOST"] or None,
        port=int(database["PORT"]) if database["PORT"] else None,
        database=str(database["NAME"]),
        query={name: str(value) for name, value in database["OPTIONS"].items() if name not in _DJANGOS_OWN_OPTIONS},
    ).render_as_string(hide_password=False)
