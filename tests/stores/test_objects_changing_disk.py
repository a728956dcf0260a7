"""Files of this machine while others write to them, and erasures that are killed: nothing is lost, nothing is half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from dsar.stores.base import Selection, StoreError
from dsar.stores.objects.changing import disk, locking
from dsar.stores.objects.changing.snapshot import ObjectsChanging
from tests.stores.contract import by
from tests.stores.objects_world import write
from tests.stores.test_objects_changing import ROWS, changing, contents, delete, document, json_lines, people

LINES = people("lines/*.jsonl", "jsonl")
OTHERS = [row for row in ROWS if row["user_id"] != 1]

#: Opens, appends a line, closes, again and again, until its input ends; then says how many lines it wrote.
APPENDER = """
import select, sys, time
path, name, number = sys.argv[1], sys.argv[2], 0
while not select.select([sys.stdin], [], [], 0)[0]:
    with open(path, "a") as file:
        file.write('{"user_id": %d, "email": "%s-%d"}\\n' % (number % 3, name, number))
    number += 1
    time.sleep(0.0005)
print(number)
"""
#: Holds a file open for writing until its input ends.
HOLDER = """
import sys
with open(sys.argv[1], "a") as file:
    print("open", flush=True)
    sys.stdin.read()
    file.write('{"user_id": 0, "email": "late"}\\n')
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def emails(path: Path) -> Counter[str]:
    return Counter(orjson.loads(line)["email"] for line in path.read_bytes().splitlines())


@pytest.mark.thorough
def test_others_append_meanwhile_and_no_line_is_lost(tmp_path: Path) -> None:
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    path = tmp_path / "lines" / "a.jsonl"
    with running(APPENDER, path, "one") as one, running(APPENDER, path, "two") as two:
        while path.stat().st_size < 3_000:
            time.sleep(0.01)
        erased = [delete(tmp_path, LINES, by("user_id", 1)) for _ in range(3)]
        written = {name: int(process.communicate("stop")[0]) for name, process in (("one", one), ("two", two))}
    assert all(erased), "they wrote between the erasures"
    erased.append(delete(tmp_path, LINES, by("user_id", 1)))
    lines = [f"{name}-{number}" for name, count in written.items() for number in range(count) if number % 3 != 1]
    assert emails(path) == Counter(lines) + Counter(row["email"] for row in OTHERS)
    assert sum(erased) == 3 + sum(count // 3 + (count % 3 == 2) for count in written.values())
    assert [item.name for item in path.parent.iterdir()] == ["a.jsonl"]


def test_a_file_that_is_being_written_to_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_BEFORE", 0.05)
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    path, before = tmp_path / "lines" / "a.jsonl", contents(tmp_path)
    with running(HOLDER, path) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        for commits in (False, True):
            with pytest.raises(StoreError, match=r"lines/a\.jsonl: is open for writing elsewhere") as caught:
                delete(tmp_path, LINES, by("user_id", 1), commits=commits)
            assert caught.value.retry
            assert contents(tmp_path) == before
        holder.communicate("close")
    assert delete(tmp_path, LINES, by("user_id", 1)) == 3
    assert emails(path) == Counter(row["email"] for row in OTHERS) + Counter(["late"])


@pytest.mark.thorough
def test_who_was_about_to_write_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that opened the old file at the last moment, as the swap cannot keep anybody from doing."""
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    path, settle = tmp_path / "lines" / "a.jsonl", disk._settle

    def settle_late(beside: Path, **facts: Any) -> None:
        late = beside.open("ab")

        def finish() -> None:
            late.write(b'{"user_id": 2, "email": "late"}\n')
            late.close()

        timer = threading.Timer(0.3, finish)
        timer.start()
        settle(beside, **facts)
        timer.join()

    monkeypatch.setattr(disk, "_settle", settle_late)
    assert delete(tmp_path, LINES, by("user_id", 1)) == 3
    assert emails(path) == Counter(row["email"] for row in OTHERS) + Counter(["late"])
    assert len(contents(tmp_path)) == 1


def test_a_document_that_is_written_anew_at_that_moment_stays_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.json": document(ROWS)})
    settle, anew = disk._settle, document([ROWS[0]])

    def settle_late(beside: Path, **facts: Any) -> None:
        beside.write_bytes(anew)
        settle(beside, **facts)

    monkeypatch.setattr(disk, "_settle", settle_late)
    with pytest.raises(StoreError, match=r"a\.json: was written anew"):
        delete(tmp_path, people("*.json", "json", rows="data.rows"), by("user_id", 1))
    assert contents(tmp_path) == {"a.json": anew}


def test_where_no_lease_can_be_had_a_file_must_be_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("fcntl.F_SETLEASE")
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    with pytest.raises(StoreError, match="was written to in the last 10 minutes"):
        delete(tmp_path, LINES, by("user_id", 1), commits=False)
    old = time.time() - 601
    os.utime(tmp_path / "lines" / "a.jsonl", (old, old))
    assert delete(tmp_path, LINES, by("user_id", 1)) == 3
    assert (tmp_path / "lines" / "a.jsonl").read_bytes() == json_lines(OTHERS)


def killed_at(number: int, folder: Path) -> bool:
    """Erase in a process that kills itself before its n-th look at, or change of, a file below the folder."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = number

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in ("open", "os.link", "os.rename", "os.remove") and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    try:
        delete(folder, LINES, by("user_id", 1))
    finally:
        os._exit(0)


@pytest.mark.thorough
def test_a_kill_at_any_point_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_SETTLED", 0.0)
    old, new, seen = json_lines(ROWS), json_lines(OTHERS), set[bytes]()
    late, later = ({"user_id": 0, "email": email} for email in ("late", "later"))
    for number in range(1, 100):
        folder = tmp_path / str(number)
        write(folder, {"lines/a.jsonl": old, "lines/b.jsonl": json_lines(OTHERS)})
        was_killed = killed_at(number, folder)
        path = folder / "lines" / "a.jsonl"
        seen.add(path.read_bytes())
        expected = [*OTHERS, late] if was_killed else OTHERS
        if was_killed:
            appended_to = next(iter(path.parent.glob(".a.jsonl.dsar-old-*")), path)
            with appended_to.open("ab") as file:  # as who was about to write when it was killed
                file.write(json_lines([late]))
            assert sum(emails(item)["late"] for item in path.parent.glob("*.jsonl")) <= 1
        if was_killed and appended_to != path and not appended_to.samefile(path):
            with path.open("ab") as file:
                file.write(json_lines([later]))
            expected = [*OTHERS, later, late]
        delete(folder, LINES, by("user_id", 1))
        assert path.read_bytes() == json_lines(expected), number
        assert sorted(item.name for item in path.parent.iterdir()) == ["a.jsonl", "b.jsonl"]
        if not was_killed:
            break
    assert seen == {old, new}
    assert number > 10


@pytest.mark.thorough
def test_a_recovery_that_is_killed_takes_late_lines_over_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_SETTLED", 0.0)
    late = {"user_id": 0, "email": "late"}
    for number in range(1, 100):
        folder = tmp_path / str(number)
        write(folder, {"lines/a.jsonl": json_lines(ROWS)})
        path = folder / "lines" / "a.jsonl"
        with monkeypatch.context() as patch:
            patch.setattr(disk, "_settle_all", lambda _replaced: None)  # as if it had been killed before
            delete(folder, LINES, by("user_id", 1))
        (beside,) = path.parent.glob(".a.jsonl.dsar-old-*")
        with beside.open("ab") as file:
            file.write(json_lines([late]))
        was_killed = killed_at(number, folder)
        delete(folder, LINES, by("user_id", 1))
        assert path.read_bytes() == json_lines([*OTHERS, late]), number
        assert [item.name for item in path.parent.iterdir()] == ["a.jsonl"]
        if not was_killed:
            break
    assert number > 8


def test_what_an_erasure_makes_beside_is_no_file_of_the_store(tmp_path: Path) -> None:
    everything = people("**", "jsonl")
    write(tmp_path, {"a.jsonl": json_lines(ROWS), ".a.jsonl.dsar-new-0123456789abcdef-0-0": b"half"})
    with changing(tmp_path, everything, commits=False) as block:
        assert block.count(everything, Selection((by("user_id", 1),))) == 3
    assert delete(tmp_path, everything, by("user_id", 1)) == 3
    assert contents(tmp_path).keys() == {"a.jsonl"}


def test_an_empty_block_finishes_what_a_killed_run_left(tmp_path: Path) -> None:
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS), "lines/.a.jsonl.dsar-new-0123456789abcdef-0-0": b"half"})
    before = contents(tmp_path)
    with changing(tmp_path, LINES, commits=False):
        pass
    assert contents(tmp_path) == before, "a dry run changes nothing"
    with changing(tmp_path, LINES):
        pass
    assert contents(tmp_path) == {"lines/a.jsonl": json_lines(ROWS)}


def test_two_erasures_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_WAIT_SECONDS", 0.05)
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    inner = people("*.jsonl", "jsonl")
    with changing(tmp_path, LINES) as block:
        with pytest.raises(StoreError, match="another erasure is at work") as caught:
            delete(tmp_path / "lines", inner, by("user_id", 1))
        assert caught.value.retry
        assert block.delete(LINES, Selection((by("user_id", 1),))) == 3
    with changing(tmp_path / "lines", inner), pytest.raises(StoreError, match="another erasure is at work"):
        delete(tmp_path, LINES, by("user_id", 0))
    assert (tmp_path / "lines" / "a.jsonl").read_bytes() == json_lines(OTHERS)


def test_all_files_of_a_block_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"lines/{name}.jsonl": json_lines(ROWS) for name in "abc"})
    before, finish = contents(tmp_path), ObjectsChanging.finish

    def overwrite_first(self: Any, *, commits: bool) -> None:
        (tmp_path / "lines" / "b.jsonl").write_bytes(json_lines(ROWS[3:] + ROWS[:3]))
        finish(self, commits=commits)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectsChanging, "finish", overwrite_first)
        with pytest.raises(StoreError, match=r"lines/b\.jsonl: changed while it was erased from"):
            delete(tmp_path, LINES, by("user_id", 1))
    assert contents(tmp_path) == {**before, "lines/b.jsonl": json_lines(ROWS[3:] + ROWS[:3])}


def test_a_file_that_another_was_put_in_the_place_of_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    path, stage = tmp_path / "lines" / "a.jsonl", disk.Disk._stage

    def stage_and_be_late(self: Any, change: Any) -> Any:
        staged = stage(self, change)
        path.rename(path.with_suffix(".1"))  # as logs are rotated
        path.write_bytes(json_lines(ROWS[:8] * 2))
        return staged

    monkeypatch.setattr(disk.Disk, "_stage", stage_and_be_late)
    with pytest.raises(StoreError, match=r"lines/a\.jsonl: changed") as caught:
        delete(tmp_path, LINES, by("user_id", 1))
    assert caught.value.retry
    assert contents(tmp_path) == {"lines/a.1": json_lines(ROWS), "lines/a.jsonl": json_lines(ROWS[:8] * 2)}


@pytest.mark.parametrize("how", ["symbolic", "hard"])
def test_a_file_with_another_name_is_told_before(tmp_path: Path, how: str) -> None:
    write(tmp_path, {"kept/a.jsonl": json_lines(ROWS), "lines/b.jsonl": json_lines(OTHERS)})
    link = tmp_path / "lines" / "a.jsonl"
    link.symlink_to(tmp_path / "kept" / "a.jsonl") if how == "symbolic" else link.hardlink_to(tmp_path / "kept/a.jsonl")
    with pytest.raises(StoreError, match="is a link" if how == "symbolic" else "has other names"):
        delete(tmp_path, LINES, by("user_id", 1), commits=False)


def test_a_new_file_has_the_rights_of_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, {"lines/a.jsonl": json_lines(ROWS)})
    path = tmp_path / "lines" / "a.jsonl"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65_534, 65_533)
    before = path.stat()
    delete(tmp_path, LINES, by("user_id", 1))
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
