"""The oracle, held against facts about the cast that are written out here by hand."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import redis

from dsar.datamap.load import load
from dsar.datamap.model import Origin
from examples.macrosora import cast
from examples.macrosora.nordlicht import seed_second_tenant
from examples.macrosora.nordlicht.seed import SHARED_ACCOUNT_ID
from examples.macrosora.truth import Forbidden, Truth, canonical_checksum, expected_rows, forbidden_to
from examples.macrosora.truth.canon import truth_of
from examples.macrosora.truth.columns import INFERRED
from tests.examples.conftest import HEAVY_CALLS, NOW, REPOSITORY, Platform

NOTHING = Truth(0, canonical_checksum([])[1])
FOLDER = REPOSITORY / "examples" / "macrosora"


def owed(platform: Platform, *emails: str) -> dict[tuple[str, str], Truth]:
    return expected_rows(
        folder=platform.folder, redis_url=platform.redis_url, mail_data=platform.mail_data, emails=emails
    )


def counts(platform: Platform, *emails: str) -> dict[str, int]:
    return {f"{dataset}.{name}": truth.count for (dataset, name), truth in owed(platform, *emails).items()}


def test_the_oracle_imports_nothing_of_the_portal() -> None:
    for path in (FOLDER / "truth").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
        assert not [name for name in names if name.split(".")[0] in {"dsar", "accounts", "portal"}], path.name


def test_it_names_every_collection_of_the_map(platform: Platform) -> None:
    assert owed(platform, cast.NOBODY.email).keys() == {item.key for item in load(FOLDER / "datamap").collections()}


def test_nobody_is_owed_nothing(platform: Platform) -> None:
    assert set(owed(platform, cast.NOBODY.email).values()) == {NOTHING}


def test_what_portability_leaves_out_is_what_the_map_calls_inferred() -> None:
    data_map = load(FOLDER / "datamap")
    inferred = {
        (collection.key, "*" if collection.origin is Origin.INFERRED else field.path)
        for collection in data_map.collections()
        for field in collection.walk()
        if data_map.origin(collection, field) is Origin.INFERRED
    }
    assert inferred == {(key, field) for key, fields in INFERRED.items() for field in fields}


def test_the_ordinary_person_is_owed_something_everywhere(platform: Platform) -> None:
    empty = {name for name, count in counts(platform, cast.ORDINARY.email).items() if not count}
    assert empty == {"app.previous_emails"}


def test_the_heavy_user_is_owed_every_call(platform: Platform) -> None:
    found = counts(platform, cast.HEAVY.email)
    assert found["usage.api_calls"] + found["archive.api_calls"] == HEAVY_CALLS
    assert min(found["usage.api_calls"], found["archive.api_calls"]) > HEAVY_CALLS / 4


def test_a_ticket_that_a_colleague_wrote_is_his(platform: Platform) -> None:
    hers, his = counts(platform, cast.ORDINARY.email), counts(platform, cast.COLLEAGUE.email)
    # Her own ticket with its two messages, and the one she wrote in his; his has all three.
    assert (hers["app.support_tickets"], hers["app.ticket_messages"]) == (1, 3)
    assert his["app.support_tickets"] >= 1
    assert his["app.ticket_messages"] >= 3


def test_organisations_are_those_that_own_rows_name(platform: Platform) -> None:
    # Not the one he left; the third is that in whose workspace a configuration is that he works on.
    assert counts(platform, cast.TWO_ORGANISATIONS.email)["app.organisations"] == 3
    assert counts(platform, cast.ORDINARY.email)["app.organisations"] == 2  # hers, and that of her invitation
    assert counts(platform, cast.INVITED.email)["app.organisations"] == 1


def test_the_old_address_is_followed_from_the_new_one_only(platform: Platform) -> None:
    new, old = counts(platform, cast.MOVED.email), counts(platform, cast.MOVED.previous_email)
    assert (new["app.people"], new["app.invitations"], new["app.previous_emails"]) == (1, 1, 1)
    assert (old["app.people"], old["app.invitations"], old["app.previous_emails"]) == (0, 1, 0)
    assert new["usage.errors"] > 1
    assert new["mail.contacts"] > old["mail.contacts"] - 1 >= 0


def test_an_invited_person_is_owed_what_bears_the_address(platform: Platform) -> None:
    found = {name: count for name, count in counts(platform, cast.INVITED.email).items() if count}
    assert found.keys() - {"mail.events"} == {
        "app.invitations",
        "app.organisations",
        "app.consents",
        "app.support_tickets",
        "app.ticket_messages",
        "usage.errors",
        "mail.contacts",
    }


def test_a_shared_template_is_owed_to_all_who_work_on_it(platform: Platform) -> None:
    shared = {
        person.email: counts(platform, person.email)["documents.prompt_templates"]
        for person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS, cast.TEMPLATE_OWNER)
    }
    own = {
        person.email: len(list(platform.objects.glob(f"prompts/tpl-{person.person_id}-*/*.json")))
        for person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS, cast.TEMPLATE_OWNER)
    }
    assert {email: shared[email] - own[email] for email in shared} == {
        cast.COLLABORATOR.email: 3,
        cast.TWO_ORGANISATIONS.email: 2,
        cast.TEMPLATE_OWNER.email: 3,
    }


@pytest.mark.thorough
def test_case_and_composition_are_the_same_address_and_nothing_else_is(platform: Platform) -> None:
    for person in (cast.ANN, cast.JOSE_ACCENT):
        for spelling in person.spellings:
            assert owed(platform, spelling) == owed(platform, person.email)
    assert counts(platform, cast.ANN.email)["app.invoices"] >= 2
    for one, other in ((cast.ANN, cast.ANN_TAG), (cast.JOSE_ACCENT, cast.JOSE_PLAIN)):
        both = counts(platform, one.email, other.email)
        assert both["app.people"] == 2
        assert counts(platform, one.email)["app.people"] == 1


def test_id_nought_is_owed_like_any_other(platform: Platform) -> None:
    found = counts(platform, cast.ZERO.email)
    for name in ("app.invoice_lines", "app.sessions", "usage.api_calls", "documents.settings", "cache.rate_counters"):
        assert found[name], name


def test_the_checksum_tells_rows_apart_and_keeps_repeats() -> None:
    one, two = b'{"a": 1, "b": "x"}', b'{"a": 2, "b": "x"}'
    assert canonical_checksum([one, two]) == canonical_checksum([two, b'{"b":"x","a":1}', b""])
    assert canonical_checksum([one, one]) != canonical_checksum([one])
    assert canonical_checksum([one])[1] != canonical_checksum([b'{"a": "1", "b": "x"}'])[1]
    assert truth_of([{"b": "x", "a": 1}]) == Truth(*canonical_checksum([one]))


def forbidden_for(platform: Platform, email: str) -> Forbidden:
    return forbidden_to(folder=platform.folder, emails=(email,))


def test_secrets_of_every_store_are_forbidden(platform: Platform) -> None:
    found = forbidden_for(platform, cast.ORDINARY.email)
    files = (path.read_bytes() for path in platform.folder.rglob("*.json*"))
    with closing(sqlite3.connect(platform.folder / "app.sqlite3")) as connection:
        statements = [statement.encode() for statement in connection.iterdump()]
    with redis.Redis.from_url(platform.redis_url) as server:
        sessions = [b" ".join(server.hvals(key)) for key in server.scan_iter(match="session:*")]
    secrets = {secret for text in (*files, *statements, *sessions) for secret in found.leaked(text)}
    assert {secret.removeprefix(cast.SECRET_MARK).split("-")[0] for secret in secrets} == {
        *("password", "totp", "recovery", "key", "session", "invitation"),
        *("header", "workflow", "webhook", "csrf", "unsubscribe"),
    }
    secret = cast.secret("password", 1002)
    assert found.leaked(f'{{"x": "{secret}"}}'.encode()) == [secret]
    assert found.leaked(b"nothing") == []


def test_other_peoples_rows_are_told_by_their_owner_columns(platform: Platform) -> None:
    found = forbidden_for(platform, cast.MOVED.email)
    own = [b'{"user_email": "MAREN.LIND@oldmail.example", "person_id": 1004}', b'{"user_email": null}']
    assert found.foreign_rows(("usage", "errors"), own) == []
    other = [b'{"user_email": "Ann@lindqvist.example", "person_id": null}', b'{"person_id": 0}']
    assert len(found.foreign_rows(("usage", "errors"), other)) == 2


def test_the_second_tenant_knows_the_address_as_somebody_else(platform: Platform, tmp_path: Path) -> None:
    seed_second_tenant(folder=tmp_path, now=NOW)
    found = expected_rows(
        folder=tmp_path,
        redis_url="",
        mail_data=tmp_path / "none.json",
        emails=(cast.ORDINARY.email,),
        tenant="nordlicht",
    )
    assert found.keys() == {item.key for item in load(FOLDER / "nordlicht" / "datamap").collections()}
    assert found["notes", "accounts"].count == 1
    assert found["notes", "notes"].count >= 2
    here = forbidden_to(folder=tmp_path, emails=(cast.ORDINARY.email,), tenant="nordlicht")
    hers = [b'{"account_id": %d}' % SHARED_ACCOUNT_ID]
    assert not here.foreign_rows(("notes", "notes"), hers)
    # In Macrosora the same number is a stranger's.
    there = forbidden_for(platform, cast.ORDINARY.email)
    assert there.foreign_rows(("notes", "notes"), hers)


def test_the_second_tenant_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        seed_second_tenant(folder=tmp_path / name, now=NOW)
    assert (tmp_path / "one/app.sqlite3").read_bytes() == (tmp_path / "two/app.sqlite3").read_bytes()


def test_another_tenant_is_an_error(platform: Platform) -> None:
    with pytest.raises(KeyError):
        expected_rows(
            folder=platform.folder,
            redis_url=platform.redis_url,
            mail_data=platform.mail_data,
            emails=("a@b.example",),
            tenant="x",
        )


def test_a_shared_configuration_is_owed_with_all_versions_to_all_who_work_on_it(platform: Platform) -> None:
    with closing(sqlite3.connect(platform.folder / "app.sqlite3")) as connection:
        for person in (cast.COLLABORATOR, cast.TWO_ORGANISATIONS, cast.TEMPLATE_OWNER):
            query = "SELECT count(*) FROM configuration_versions WHERE owner_id = ? OR configuration_id = ?"
            expected = connection.execute(query, (person.person_id, cast.SHARED_CONFIGURATION_ID)).fetchone()[0]
            assert counts(platform, person.email)["app.configuration_versions"] == expected >= 3
