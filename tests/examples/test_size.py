"""How many people the demo has: what is refused, in words, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from examples.macrosora.seeding import Seeded, _text, known_size
from examples.macrosora.size import Room, SizeError, check_room, free, needed, read_size


@pytest.mark.parametrize("text", ["0", "-1", "39", "100001", "many", "", "4e3", "２００", "200.0"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(SizeError, match="write a number of people from 40 to 100000"):
        read_size(text)


def test_sizes_from_the_cast_to_a_hundred_thousand_are_taken() -> None:
    assert [read_size(text) for text in ("40", "200", "100000")] == [40, 200, 100_000]


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_the_command_says_it_and_writes_nothing(size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACROSORA_DIR", str(tmp_path / "macrosora"))
    with pytest.raises(CommandError, match=f"'{size}' is no size for the demo"):
        call_command("seed_demo", f"--size={size}")
    assert not list(tmp_path.iterdir())


def test_another_size_than_the_demo_has_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeded.json").write_text(_text(Seeded(200, "2026-03-02T08:00:00+00:00")), encoding="utf-8")
    monkeypatch.setenv("MACROSORA_DIR", str(tmp_path))
    assert known_size(tmp_path) == 200
    with pytest.raises(CommandError, match=r"has 200 people, not 5,000: .*PORTAL_VAR"):
        call_command("seed_demo", "--size=5000")


def test_too_little_room_is_said(tmp_path: Path) -> None:
    wants = needed(100_000)
    check_room(size=100_000, folder=tmp_path, has=wants)
    with pytest.raises(SizeError, match=r"100,000 people need 4\.3 GiB in .*, where 1\.0 GiB are free"):
        check_room(size=100_000, folder=tmp_path, has=Room(2**30, wants.files))
    with pytest.raises(SizeError, match=r"need 601,000 files in .*, where 600,999 can be made"):
        check_room(size=100_000, folder=tmp_path, has=Room(wants.bytes, wants.files - 1))


def test_room_is_that_of_the_disk_where_the_folder_will_be(tmp_path: Path) -> None:
    assert free(tmp_path / "not" / "yet").bytes == pytest.approx(free(tmp_path).bytes, rel=0.1)
    assert free(tmp_path).files > 0
