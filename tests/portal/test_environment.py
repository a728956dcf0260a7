"""Keys are made once and stay; production is told everything or does not start."""

import base64
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.environment import REQUIRED_IN_PRODUCTION, is_production, made_once, master_keys

COMPLETE = {"PORTAL_ENV": "production"} | dict.fromkeys(REQUIRED_IN_PRODUCTION, "something")


def test_without_a_word_it_is_the_demo() -> None:
    assert not is_production({})


def test_production_with_everything_starts() -> None:
    assert is_production(COMPLETE)


@pytest.mark.parametrize("name", REQUIRED_IN_PRODUCTION)
def test_production_names_the_variable_it_lacks(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"needs these variables: {name}$"):
        is_production(COMPLETE | {name: ""})


def test_a_misspelt_mode_is_not_the_demo() -> None:
    with pytest.raises(ImproperlyConfigured, match="'prod': write demo or production"):
        is_production({"PORTAL_ENV": "prod"})


def test_a_made_key_stays_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    key = made_once(path, random_bytes=32)
    assert made_once(path, random_bytes=32) == key
    assert len(base64.b64decode(key)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    keys: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        keys.append(made_once(tmp_path / "master.key", random_bytes=32))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_master_keys_keep_their_order() -> None:
    first, second = bytes(32), bytes(range(32))
    text = ", ".join(base64.b64encode(key).decode() for key in (first, second))
    assert master_keys(text) == [first, second]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("not base64!", "not base64"), (base64.b64encode(bytes(31)).decode(), "holds 31 bytes")],
)
def test_a_wrong_master_key_is_said(text: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message):
        master_keys(text)
