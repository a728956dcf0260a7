"""A person whose rows hold all that text can hold: all of them arrive, nothing runs, the bundle checks out. 18-20."""

from __future__ import annotations

import base64
import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing

import pytest

from accounts.models import Tenant, User
from dsar.actions.delivery.fetching import fetch
from dsar.bundle.verify import verify_bundle
from dsar.models import RequestType, Status
from tests.dsar.conftest import StepClock, app_database
from tests.dsar.test_the_way_of_a_request import file_access, work

TEXTS = {
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }}{% include '/etc/passwd' %}",
    "long": "n" * 5_000,
    "reversed": "a\u202etxt.exe\u2066",
    "nul": "a\x00b",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "lines": "=1\r\n+2\t@3\u2028-4",
    "emoji": "👩‍👩‍👧‍👦 naïve 漢字",
    "number": "-5",
    "blank": "",
}


@pytest.mark.thorough
@pytest.mark.pdf
def test_every_row_arrives_and_nothing_runs(tenant: Tenant, subject: User, clock: StepClock) -> None:
    with closing(sqlite3.connect(app_database(tenant))) as database, database:
        database.execute("delete from letters")
        rows = [(number, subject.email, text) for number, text in enumerate(TEXTS.values())]
        database.executemany("insert into letters values (?, ?, ?)", rows)
        # No text at all, but what a careless program wrote into columns of text: of this person and of another.
        database.execute("insert into letters values (99, ?, cast(x'61eda080ff62' as text))", (subject.email,))
        database.execute("insert into letters values (98, cast(x'ff40eda080' as text), 'not hers')")
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY)
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLED
    _bundle, stream = fetch(subject_request, account=subject, clock=clock)
    packed = io.BytesIO(b"".join(stream))
    assert [check for check in verify_bundle(file=packed, public_key=None).checks if not check.passed] == []
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    letters = {row["id"]: row["body"] for row in map(json.loads, files["data/app/letters.jsonl"].splitlines())}
    assert [letters[number] for number in range(len(TEXTS))] == list(TEXTS.values())
    assert base64.b64decode(letters[99]) == b"a\xed\xa0\x80\xffb"
    assert 98 not in letters
    for name, content in files.items():
        if name.endswith(".html"):
            assert b"<script" not in content, name
            assert b"<img" not in content, name
    sheet = list(csv.DictReader(io.StringIO(files["data/app/letters.csv"].decode("utf-8-sig"), newline="")))
    assert len(sheet) == len(TEXTS) + 1
    assert not [row["body"] for row in sheet if row["body"][:1] in {"=", "+", "@", "\t", "\r"}]
