"""manage.py datamap check: every mistake with its place, every store opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Tenant


def check(slug: str = "acme") -> int:
    try:
        call_command("datamap", "check", slug)
    except SystemExit as stop:
        return int(str(stop.code))
    return 0


@pytest.fixture
def folder(tenant: Tenant) -> Path:
    return Path(settings.TENANTS_DIR) / tenant.slug


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_a_good_map_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert [line.partition(", answers")[0] for line in told.out.splitlines()] == [
        "app: sql",
        "portal: sql",
        "acme: nothing to mend",
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fides_meta: {identity", "fides_meta: {identiy", "app.yml:10: unknown key 'identiy'"),
        ("field: people.id", "field: people.uid", "app.yml:20: this reference names the field 'uid', which"),
        ("fides_key: app\n  name", 'fides_key: "\\u0000\n  name', "app.yml:"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    edit(folder / "datamap" / "app.yml", old, new)
    assert check() == 1
    assert capsys.readouterr().err.startswith(says)


@pytest.mark.parametrize(
    ("stores", "says", "status"),
    [
        ("app: ftp://nowhere/app\n", "stores.yml:1: unknown scheme 'ftp'", 2),
        ("other: sqlite:///app.sqlite3\n", "stores.yml has no address for the dataset 'app'", 2),
        ("app: postgresql://nobody@127.0.0.1:1/app\n", "app: ", 3),
        ("app: sqlite:///absent.sqlite3\n", "app: ", 3),
        ("app: ${NOT_SET_ANYWHERE}\n", "stores.yml:1: the environment variable NOT_SET_ANYWHERE is not set", 2),
    ],
)
def test_a_store_that_does_not_answer_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], stores: str, says: str, status: int
) -> None:
    (folder / "stores.yml").write_text(stores)
    assert check() == status
    assert says in capsys.readouterr().err


def test_no_tenant_of_that_name(transactional_db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("acne") == 2
    assert capsys.readouterr().err.startswith("there is no tenant 'acne'")
