"""System checks see what they are there to see."""

from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from portal import checks


def ids(found: list[CheckMessage]) -> set[str | None]:
    return {message.id for message in found}


def test_storage_that_can_be_written_is_fine(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/new"
    assert checks.storage(None) == []
    assert list((tmp_path / "new").iterdir()) == []


def test_storage_that_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.STORAGE_URL = f"file://{tmp_path}/file/below"
    assert ids(checks.storage(None)) == {"portal.E002"}


def test_a_key_file_that_others_can_read(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    assert checks.master_key_file(None) == []
    key = tmp_path / "keys" / "master.key"
    key.parent.mkdir()
    key.touch(mode=0o644)
    assert ids(checks.master_key_file(None)) == {"portal.E003"}


@pytest.mark.parametrize(("days", "found"), [(0, True), (1, False), (90, False), (91, True)])
def test_texts_are_kept_for_at_most_90_days(settings: Settings, days: int, found: bool) -> None:
    settings.PAYLOAD_DAYS = days
    assert ids(checks.payload_days(None)) == ({"portal.E008"} if found else set())


def test_a_missing_library_is_named() -> None:
    assert not checks._loads("no-such-library")


@pytest.mark.pdf
def test_libraries_that_are_there_are_found() -> None:
    assert checks.pdf_libraries(None) == []


def test_the_demo_is_not_production() -> None:
    assert ids(checks.production_only(None)) == {"portal.E004"}


def test_demo_parts_in_production(settings: Settings, tmp_path: Path) -> None:
    settings.PRODUCTION, settings.VAR_DIR = True, tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret.key").write_text(f"{settings.SECRET_KEY}\n", encoding="ascii")
    settings.PUBLIC_BASE_URL = "http://privacy.example.com"
    assert ids(checks.production_only(None)) == {"portal.E005", "portal.E006", "portal.E007"}
