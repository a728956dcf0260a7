"""Every mistake in a field of a data map, with the file and line it is told at. The messages are golden."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datamap.mistakes import APP, mistakes_in

FIELDS = {
    "misspelt identity": (
        "- {name: x, fides_meta: {identiy: email}}",
        "unknown key 'identiy' in 'fides_meta' of a field; did you mean 'identity'?",
    ),
    "unknown key of a field": (
        "- {name: x, data_category: [user]}",
        "unknown key 'data_category' in a field; did you mean 'data_categories'?",
    ),
    "key at the wrong level": (
        "- {name: x, primary_key: true}",
        "unknown key 'primary_key' in a field; it belongs under 'fides_meta'",
    ),
    "our key at the wrong level": (
        "- {name: x, secret: true}",
        "unknown key 'secret' in a field; it belongs under 'meta'",
    ),
    "unknown key of meta": (
        "- {name: x, meta: {secrets: true}}",
        "unknown key 'secrets' in 'meta' of a field; did you mean 'secret'?",
    ),
    "unknown key of a reference": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id, dirction: to}]}}",
        "unknown key 'dirction' in a reference; did you mean 'direction'?",
    ),
    "unknown category": (
        "- {name: x, data_categories: [user.contact.emial]}",
        "unknown data category 'user.contact.emial'; did you mean 'user.contact.email'?",
    ),
    "unknown use": (
        "- {name: x, data_uses: [essential.servce]}",
        "unknown data use 'essential.servce'; did you mean 'essential.service'?",
    ),
    "unknown subject": (
        "- {name: x, data_subjects: [custmer]}",
        "unknown data subject 'custmer'; did you mean 'customer'?",
    ),
    "unknown data type": (
        "- {name: x, fides_meta: {data_type: strng}}",
        "unknown data type 'strng'; did you mean 'string'?",
    ),
    "data type with something behind": (
        "- {name: x, fides_meta: {data_type: 'string[]!'}}",
        "unknown data type 'string[]!'; did you mean 'string[]'?",
    ),
    "length of nothing": ("- {name: x, fides_meta: {length: 0}}", "'length' must be above 0, not 0"),
    "length in words": ("- {name: x, fides_meta: {length: ten}}", "'length' must be a whole number, not 'ten'"),
    "all elements of no array": (
        "- {name: x, fides_meta: {return_all_elements: true}}",
        "'return_all_elements' is for arrays: declare a 'data_type' that ends in []",
    ),
    "flag in words": (
        "- {name: x, fides_meta: {primary_key: 'yes'}}",
        "'primary_key' must be true or false, not 'yes'",
    ),
    "redact": ("- {name: x, fides_meta: {redact: nam}}", "unknown redact 'nam'; did you mean 'name'?"),
    "masking strategy": (
        "- {name: x, fides_meta: {masking_strategy_override: {strategy: null_rewrit}}}",
        "unknown masking strategy 'null_rewrit'; did you mean 'null_rewrite'?",
    ),
    "masking without strategy": (
        "- {name: x, fides_meta: {masking_strategy_override: {configuration: {a: 1}}}}",
        "'masking_strategy_override' needs 'strategy'",
    ),
    "no name": ("- {description: what}", "a field needs 'name'"),
    "name that YAML reads as true": ("- {name: on}", "'name' must be text, not 'on' (put it in quotes)"),
    "name with a dot": (
        "- {name: a.b}",
        "a field's name holds no dot ('a.b'): nest the inner one under 'fields'",
    ),
    "field that is no mapping": ("- id", "a field must be a mapping, not 'id'"),
    "duplicate field": ("- {name: at}", "duplicate field 'at' (first on line 8)"),
    "duplicate nested field": (
        "- {name: x, fields: [{name: y}, {name: y}]}",
        "duplicate field 'x.y' (first on line 9)",
    ),
    "duplicate key": ("- {name: x, name: y}", "duplicate key 'name' (first on line 9)"),
    "nested under a scalar": (
        "- {name: x, fides_meta: {data_type: string}, fields: [{name: y}]}",
        "'x' has nested fields, so it is an object, not string",
    ),
    "both metas": (
        "- {name: x, fides_meta: {length: 1}, fidesops_meta: {length: 1}}",
        "a field has both 'fides_meta' and 'fidesops_meta'; keep the first",
    ),
    "reference to no dataset": (
        "- {name: x, fides_meta: {references: [{dataset: ap, field: person.id}]}}",
        "this reference names the dataset 'ap', which does not exist; did you mean 'app'?",
    ),
    "reference to no collection": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: persn.id}]}}",
        "this reference names the collection 'persn', which 'app' does not have; did you mean 'person'?",
    ),
    "reference to no field": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.emial}]}}",
        "this reference names the field 'emial', which app:person does not have; did you mean 'email'?",
    ),
    "reference without a collection": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: id}]}}",
        "'field' of a reference is written collection.field, not 'id'",
    ),
    "reference without a field": (
        "- {name: x, fides_meta: {references: [{dataset: app}]}}",
        "a reference needs 'field'",
    ),
    "unknown direction": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id, direction: form}]}}",
        "unknown direction 'form'; did you mean 'from'?",
    ),
    "reference to itself": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.x, direction: to}]}}",
        "'x' refers to itself",
    ),
    "secret identity": (
        "- {name: x, fides_meta: {identity: token}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no identity",
    ),
    "secret primary key": (
        "- {name: x, fides_meta: {primary_key: true}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no primary key",
    ),
    "secret reference": (
        "- {name: x, fides_meta: {references: [{dataset: app, field: person.id}]}, meta: {secret: true}}",
        "'x' is secret and is never read: it can be no reference",
    ),
    "secret identity source": (
        "- {name: x, meta: {secret: true, identity_source: email}}",
        "'x' is secret and is never read: it can be no identity source",
    ),
    "identity inside a secret": (
        "- {name: x, meta: {secret: true}, fields: [{name: y, fides_meta: {identity: token}}]}",
        "'x.y' is secret and is never read: it can be no identity",
    ),
    "unknown origin": ("- {name: x, meta: {origin: given}}", "unknown origin 'given'"),
    "identity source of no kind": (
        "- {name: x, meta: {identity_source: emial}}",
        "no field holds the identity 'emial' that is named as identity_source; did you mean 'email'?",
    ),
}


@pytest.mark.parametrize(("text", "message"), FIELDS.values(), ids=FIELDS.keys())
def test_mistakes_in_a_field(tmp_path: Path, text: str, message: str) -> None:
    assert mistakes_in(tmp_path, app=f"{APP.strip()}\n    {text}\n") == [f"app.yml:9: {message}"]
