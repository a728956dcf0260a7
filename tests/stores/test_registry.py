"""stores.yml, and which store a dataset gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dsar.stores.base import StoreConfigError
from dsar.stores.registry import StoreConfig, close_all, load_store_configs, open_store
from tests.stores.maps import VISIT_FIELDS, make_collection, make_dataset


def write(folder: Path, text: str) -> Path:
    path = folder / "stores.yml"
    path.write_text(text)
    return path


def test_addresses_are_relative_to_the_file_and_options_beside_them(tmp_path: Path) -> None:
    file = write(tmp_path, "a: sqlite:///data/a.db\nb: sqlite:////srv/b.db\nc: {url: postgresql://h/d, pool_size: 3}\n")
    configs = load_store_configs(file)
    assert configs["a"].url == f"sqlite:///{tmp_path}/data/a.db"
    assert configs["b"].url == "sqlite:////srv/b.db"
    assert (configs["c"].url, dict(configs["c"].options)) == ("postgresql://h/d", {"pool_size": 3})


def test_variables_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "p:w")
    file = write(tmp_path, "a: postgresql://me:${SHOP_PASSWORD}@h/d\n")
    config = load_store_configs(file)["a"]
    assert config.url == "postgresql://me:p:w@h/d"
    assert "p:w" not in repr(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: sqlite:///a.db\nb: gopher://h/\n", r"stores\.yml:2: unknown scheme 'gopher'"),
        ("a:\n  url: sqlite:///a.db\n  pool_sise: 3\n", r"stores\.yml:3: unknown option 'pool_sise'.*pool_size"),
        ("a: sqlite:///${NOT_SET_ANYWHERE}\n", r"stores\.yml:1: .*NOT_SET_ANYWHERE is not set"),
        ("a: {pool_size: 3}\n", r"stores\.yml:1: 'url' is missing"),
        ("a: sqlite:///a.db\na: sqlite:///b.db\n", r"stores\.yml:2: .*stand once"),
        ("- a\n", r"stores\.yml:1: a mapping is expected"),
        ("a: 'x\n", r"stores\.yml:\d+: not YAML"),
        ("a: 5\n", r"stores\.yml:1: 'url' must be text"),
        ("a: postgres//me:hunter2@h/d\n", r"stores\.yml:1: 'url' must begin with a scheme, as file: or postgresql:$"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StoreConfigError, match=message):
        load_store_configs(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreConfigError, match=r"stores\.yml: there is no such file"):
        load_store_configs(tmp_path / "stores.yml")


def test_a_wrong_option_value_is_said_with_file_and_line(tmp_path: Path) -> None:
    config = load_store_configs(write(tmp_path, "shop: {url: 'sqlite:///a.db', connect_timeout: long}\n"))["shop"]
    with pytest.raises(StoreConfigError, match=r"stores\.yml:1: shop: option 'connect_timeout' must be a number"):
        open_store(make_dataset(), config)


def test_a_wrong_source_is_said_with_its_place() -> None:
    dataset = make_dataset(make_collection("visits", *VISIT_FIELDS, source={"tabel": "v"}))
    with pytest.raises(StoreConfigError, match=r"shop\.yml:7: shop:visits: source: unknown key 'tabel'.*table"):
        open_store(dataset, StoreConfig("sqlite:////tmp/a.db", {}))


def test_a_store_is_opened_once_until_its_map_changes() -> None:
    config = StoreConfig("sqlite:////tmp/a.db", {})
    first = open_store(make_dataset(), config)
    assert open_store(make_dataset(), config) is first
    changed = open_store(make_dataset(make_collection("visits", *VISIT_FIELDS)), config)
    assert changed is not first
    close_all()
    assert open_store(make_dataset(), config) is not first
    close_all()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_opens_its_own_store() -> None:
    config = StoreConfig("sqlite:////tmp/a.db", {})
    first = open_store(make_dataset(), config)
    child = os.fork()
    if child == 0:
        os._exit(0 if open_store(make_dataset(), config) is not first else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    close_all()
