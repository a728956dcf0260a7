"""Who is told of an erasure, as the data map says it: read strictly, and told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import load
from dsar.datamap.model import FieldAddress
from dsar.mapping.changes.description import describe
from tests.datamap.mistakes import mistakes_in

APP = """
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email}}
    - {name: token, meta: {secret: true}}
- fides_key: mail
  collections:
  - name: contacts
    fields: [{name: email, fides_meta: {identity: email}}]
system:
- fides_key: web
  system_type: Service
  privacy_declarations: []
  dataset_references: [app]
  meta:
    notify:
"""
LINE = 20
HOOK = "webhook: https://kontor.example/erasures?key=1, secret: KONTOR_SECRET"


def test_recipients_are_read(tmp_path: Path) -> None:
    said = (
        f"    - {{name: Postbox, email: dpo@postbox.example, identifier: app.people.id}}\n    - {{name: K, {HOOK}}}\n"
    )
    (tmp_path / "app.yml").write_text(APP + said, encoding="utf-8")
    data_map = load(tmp_path)
    (web,) = data_map.systems
    postbox, kontor = web.notify
    assert (web.datasets, postbox.name, postbox.email, postbox.webhook) == (
        ("app",),
        "Postbox",
        "dpo@postbox.example",
        "",
    )
    assert postbox.identifier == FieldAddress("app", "people", "id")
    assert (kontor.email, kontor.webhook) == ("", "https://kontor.example/erasures?key=1")
    assert (kontor.secret, kontor.identifier) == ("KONTOR_SECRET", None)
    assert describe(data_map).systems["web"]["notify"] == [
        "K at https://kontor.example/erasures?key=1",
        "Postbox at dpo@postbox.example, who know people by app:people.id",
    ]


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
def test_on_this_machine_no_tls_is_needed(tmp_path: Path, host: str) -> None:
    said = f'    - {{name: K, webhook: "http://{host}/x", secret: S}}\n'
    (tmp_path / "app.yml").write_text(APP + said, encoding="utf-8")
    assert load(tmp_path).systems[0].notify[0].webhook == f"http://{host}/x"


def test_new_values_are_sent_to_whoever_asks_for_them(tmp_path: Path) -> None:
    said = f"    - {{name: K, {HOOK}, new_values: true}}\n    - {{name: L, {HOOK}}}\n"
    (tmp_path / "app.yml").write_text(APP + said, encoding="utf-8")
    data_map = load(tmp_path)
    assert [item.new_values for item in data_map.systems[0].notify] == [True, False]
    assert describe(data_map).systems["web"]["notify"][0].endswith(", and are sent new values"), "a change is told"


def hook(address: str) -> str:
    return f'{{name: K, webhook: "{address}", secret: S}}'


ADDRESS = "'webhook' must be https://host/path, without credentials and fragment"
MISTAKES = {
    "a word": ("Postbox", "an item of 'notify' must be a mapping, not 'Postbox'"),
    "unknown key": ("{name: K, email: a@b.example, mail: x}", "unknown key 'mail' in an item of 'notify'"),
    "no name": ("{email: a@b.example}", "an item of 'notify' needs 'name'"),
    "no address": ("{name: K}", "an item of 'notify' needs 'email' or 'webhook', and not both"),
    "two addresses": (f"{{name: K, email: a@b.example, {HOOK}}}", "an item of 'notify' needs 'email' or 'webhook'"),
    "no at": ("{name: K, email: b.example}", "'email' is no address: 'b.example'"),
    "two at": ("{name: K, email: a@b@c.example}", "'email' is no address: 'a@b@c.example'"),
    "a second line": ('{name: K, email: "a@b.example\\nBcc: c@d.example"}', "'email' is no address: 'a@b.example"),
    "a hidden sign": ('{name: K, email: "a\\u200b@b.example"}', "'email' is no address: 'a"),
    "in clear": (hook("http://kontor.example/x"), ADDRESS),
    "another scheme": (hook("file:///etc/passwd"), ADDRESS),
    "credentials": (hook("https://me:pw@kontor.example/x"), ADDRESS),
    "a fragment": (hook("https://kontor.example/x#y"), ADDRESS),
    "no host": (hook("https:///x"), ADDRESS),
    "a port that is none": (hook("https://kontor.example:x/"), ADDRESS),
    "almost this machine": (hook("http://localhost.kontor.example/"), ADDRESS),
    "a line end": (hook("https://kontor.example/x\\ny"), ADDRESS),
    "no secret": ("{name: K, webhook: https://k.example/x}", "'webhook' needs 'secret'"),
    "the secret itself": (
        "{name: K, webhook: https://k.example/x, secret: whsec_MfKQ9r8GKYqrTwj+}",
        "'secret' must be the name of an environment variable, not the secret itself",
    ),
    "a secret for an email": ("{name: K, email: a@b.example, secret: S}", "'secret' signs what a 'webhook' is sent"),
    "values for an email": (
        "{name: K, email: a@b.example, new_values: true}",
        "'new_values' are sent to a 'webhook' alone; an email says no value",
    ),
    "values that are no yes or no": (f"{{name: K, {HOOK}, new_values: 1}}", "'new_values' must be true or false"),
    "identifier in a word": (
        "{name: K, email: a@b.example, identifier: people.id}",
        "'identifier' is written dataset.collection.field, not 'people.id'",
    ),
    "identifier of no dataset": (
        "{name: K, email: a@b.example, identifier: ap.people.id}",
        "'identifier' names the dataset 'ap', which does not exist; did you mean 'app'?",
    ),
    "identifier of no collection": (
        "{name: K, email: a@b.example, identifier: app.persons.id}",
        "'identifier' names the collection 'persons', which 'app' does not have",
    ),
    "identifier of no field": (
        "{name: K, email: a@b.example, identifier: app.people.idd}",
        "'identifier' names the field 'app:people.idd', which does not exist; did you mean 'id'?",
    ),
    "identifier that is secret": (
        "{name: K, email: a@b.example, identifier: app.people.token}",
        "'identifier' names the field 'app:people.token', which is secret",
    ),
    "identifier of what they did not get": (
        "{name: K, email: a@b.example, identifier: mail.contacts.email}",
        "'identifier' is of the dataset 'mail', which the system 'web' does not name",
    ),
}


@pytest.mark.parametrize(("said", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_in_whom_to_tell(tmp_path: Path, said: str, message: str) -> None:
    (told,) = mistakes_in(tmp_path, app=f"{APP}    - {said}\n")
    assert told.startswith(f"app.yml:{LINE}: {message}")
    assert "pw@" not in told
    assert "MfKQ" not in told, "a secret that was written there by mistake is not told on"


def test_nobody_is_named_twice(tmp_path: Path) -> None:
    twice = "    - {name: K, email: a@b.example}\n    - {name: K, email: c@d.example}\n"
    assert mistakes_in(tmp_path, app=APP + twice) == [f"app.yml:{LINE + 1}: 'notify' names 'K' twice"]


def test_a_system_without_data_has_nobody_to_tell(tmp_path: Path) -> None:
    said = "    - {name: K, email: a@b.example}\n"
    without = (APP + said).replace("  dataset_references: [app]\n", "")
    assert mistakes_in(tmp_path, app=without) == [
        f"app.yml:{LINE - 1}: 'notify' tells of nothing: the system names no 'dataset_references'"
    ]
