"""Choices over the demo's database and mail service: one person's values change, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dsar.datamap.graph import build_graph
from dsar.datamap.load import load
from dsar.fulfilment.choosing.choose import Written, choose
from dsar.fulfilment.choosing.tracing import trace
from dsar.fulfilment.engine import Work
from dsar.fulfilment.scope import Scope
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from examples.macrosora import cast
from examples.macrosora.mail_service.book import read_book
from examples.macrosora.platform import MAIL_DATA, seed_platform
from tests.examples.conftest import NOW, REPOSITORY, running_mail_service

MAP = REPOSITORY / "examples" / "macrosora" / "datamap"
JOSE = cast.JOSE_PLAIN.email
LISTS = {"product_news": {"news", "product"}, "tips": {"webinar", "docs"}}


@pytest.fixture
def work(tmp_path: Path, redis_url: str) -> Iterator[Work]:
    """The walk over a platform of its own; the mail service has its hiccups, as a real one."""
    seed_platform(folder=tmp_path, redis_url=f"{redis_url}/7", size=40, now=NOW, heavy_calls=100)
    (tmp_path / "map").mkdir()
    for name in ("app", "mail"):
        (tmp_path / "map" / f"{name}.yml").write_bytes((MAP / f"{name}.yml").read_bytes())
    data_map = load(tmp_path / "map")
    with running_mail_service(tmp_path / MAIL_DATA, "--per-second", "5000") as (_process, url):
        options = {"auth": {"kind": "bearer", "token": cast.MAIL_TOKEN}, "rate": 5000}
        configs = {"app": StoreConfig(f"sqlite:///{tmp_path}/app.sqlite3", {}), "mail": StoreConfig(url, options)}
        stores = {name: open_store(data_map.dataset(name), config) for name, config in configs.items()}
        yield Work(data_map, build_graph(data_map), {"email": frozenset({JOSE})}, stores.__getitem__, Scope(data_map))
        for store in stores.values():
            store.close()


def contacts(folder: Path) -> dict[int, dict[str, object]]:
    """Return every contact, as the service would find it after a new start."""
    return {row["id"]: row for row in read_book(folder / MAIL_DATA).find(None)[:10_000]}


def write(work: Work, *, given: bool) -> Written:
    return choose(work, "product_news", given=given, check=lambda: None)


@pytest.mark.thorough  # a platform of its own takes seconds
def test_a_service_is_told_of_the_lists_that_are_meant(work: Work, tmp_path: Path) -> None:
    before = contacts(tmp_path)
    for given in (True, False):
        written = write(work, given=given)
        assert (written.rows, written.problems) == ({"app": 1, "mail": 2}, {})
        expected = {
            number: {**row, "subscribed": given}
            if row["email"] == JOSE and row["list"] in LISTS["product_news"]
            else row
            for number, row in before.items()
        }
        assert contacts(tmp_path) == expected
        assert write(work, given=given).changed == 0
    assert sum(row["email"] == JOSE for row in before.values()) == 2


@pytest.mark.thorough
def test_an_address_is_found_by_reading_what_can_be_read_from_end_to_end(work: Work) -> None:
    assert trace(work, matches=JOSE.__eq__).address == JOSE
    assert trace(work, matches="nobody@example.com".__eq__).unread == ("mail",)
