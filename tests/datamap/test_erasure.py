"""What a map says of erasures: read strictly, Fides' own words too."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.erasure import Erasure, ErasureAction, Mask, Strategy
from dsar.datamap.load import load
from dsar.datamap.problems import DataMapError
from tests.datamap.maps import load_text

MAP = """
dataset:
- fides_key: app
  collections:
  - name: people
    {collection}
    fields:
    - {{name: id, fides_meta: {{primary_key: true, data_type: integer}}}}
    - {{name: email, fides_meta: {{identity: email, data_type: string, length: 80}}}}
    - {{name: age, fides_meta: {{data_type: integer}}}}
    - {{name: tags, fides_meta: {{data_type: "string[]"}}}}
    - {{name: more, fields: [{{name: inside}}]}}
    - {{name: plain{plain}}}
    - {{name: short, fides_meta: {{data_type: string, length: 31}}}}
    - {{name: boss, fides_meta: {{references: [{{dataset: app, field: people.id, direction: from}}]}}}}
    - {{name: password, meta: {{secret: true}}}}
  - name: orders
    fields:
    - {{name: person, fides_meta: {{references: [{{dataset: app, field: people.age, direction: from}}]}}}}
"""


def erasure(folder: Path, collection: str = "", plain: str = "") -> Erasure | None:
    return load_text(folder, MAP.format(collection=collection, plain=plain)).collection(("app", "people")).erasure


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{action: delete}", Erasure(ErasureAction.DELETE)),
        ("{action: delete, by: [email], shared: true}", Erasure(ErasureAction.DELETE, by=("email",), shared=True)),
        ("{action: keep, why: Tax law.}", Erasure(ErasureAction.KEEP, "Tax law.")),
        (
            "{action: mask, fields: {email: hmac, tags: null, plain: {strategy: fixed, value: gone}}}",
            Erasure(
                ErasureAction.MASK,
                masks={
                    "email": Mask(Strategy.HMAC),
                    "tags": Mask(Strategy.NULL),
                    "plain": Mask(Strategy.FIXED, "gone"),
                },
            ),
        ),
    ],
)
def test_what_is_written(tmp_path: Path, written: str, expected: Erasure) -> None:
    assert erasure(tmp_path, f"meta: {{erasure: {written}}}") == expected


def test_a_reference_is_cut_where_a_primary_key_names_the_row(tmp_path: Path) -> None:
    found = erasure(tmp_path, "meta: {erasure: {action: mask, fields: {boss: null}}}")
    assert found == Erasure(ErasureAction.MASK, masks={"boss": Mask(Strategy.NULL)})
    cut = "meta: {erasure: {action: mask, fields: {boss: null}}}"
    without = MAP.replace("{{primary_key: true, data_type: integer}}", "{{data_type: integer}}")
    (tmp_path / "keyless").mkdir()
    with pytest.raises(DataMapError, match=r"'boss' names another row: .* only where a primary key is declared"):
        load_text(tmp_path / "keyless", without.format(collection=cut, plain=""))


def test_nothing_said_is_nothing_done(tmp_path: Path) -> None:
    assert erasure(tmp_path) is None


@pytest.mark.parametrize(
    ("override", "mask"),
    [
        ("{strategy: null_rewrite}", Mask(Strategy.NULL)),
        ("{strategy: string_rewrite, configuration: {rewrite_value: x}}", Mask(Strategy.FIXED, "x")),
        ("{strategy: string_rewrite}", Mask(Strategy.FIXED, "MASKED")),
        ("{strategy: random_string_rewrite}", Mask(Strategy.RANDOM)),
        ("{strategy: hash}", Mask(Strategy.HMAC)),
        ("{strategy: hmac}", Mask(Strategy.HMAC)),
        ("{strategy: aes_encrypt}", Mask(Strategy.HMAC)),
    ],
)
def test_the_words_of_fides(tmp_path: Path, override: str, mask: Mask) -> None:
    found = erasure(tmp_path, plain=f", fides_meta: {{masking_strategy_override: {override}}}")
    assert found == Erasure(ErasureAction.MASK, masks={"plain": mask})


def test_fides_deletes_a_collection(tmp_path: Path) -> None:
    found = erasure(tmp_path, "fides_meta: {masking_strategy_override: {strategy: delete}}")
    assert found == Erasure(ErasureAction.DELETE)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{actoin: delete}", "unknown key 'actoin' in 'erasure'; did you mean 'action'?"),
        ("{action: remove}", "'remove'"),
        ("{action: delete, why: x}", "an erasure with the action 'delete' takes no 'why'"),
        ("{action: keep}", "needs 'why'"),
        ("{action: mask}", "an erasure that masks needs 'fields'"),
        ("{action: mask, fields: {id: null}}", "'id' is a key: a key is never masked"),
        ("{action: mask, fields: {boss: hmac}}", "'boss' names another row: it can be masked by 'null' only"),
        ("{action: mask, fields: {age: null}}", "'app:people.age' is masked by an erasure: it can be no target"),
        ("{action: mask, fields: {emial: null}}", "undeclared field 'emial'; did you mean 'email'?"),
        ("{action: mask, fields: {more.inside: null}}", "'more.inside' is inside an object"),
        ("{action: mask, fields: {email: hmca}}", "unknown masking strategy 'hmca'; did you mean 'hmac'?"),
        ("{action: mask, fields: {age: hmac}}", "'hmac' writes text, and 'age' is integer"),
        ("{action: mask, fields: {age: random}}", "'random' writes text, and 'age' is integer"),
        ("{action: mask, fields: {tags: hmac}}", "'tags' holds no single value"),
        ("{action: mask, fields: {age: {strategy: fixed, value: x}}}", "'age' is integer, and 'x' is not"),
        ("{action: mask, fields: {age: {strategy: fixed, value: true}}}", "'age' is integer, and True is not"),
        ("{action: mask, fields: {age: {strategy: fixed}}}", "'fixed' needs a 'value'"),
        ("{action: mask, fields: {email: {strategy: fixed, value: 12345678901}}}", "'email' is string"),
        (
            f"{{action: mask, fields: {{email: {{strategy: fixed, value: {'x' * 81}}}}}}}",
            "'email' holds 80 characters, and",
        ),
        ("{action: mask, fields: {short: hmac}}", "'hmac' writes 64 characters, and 'short' holds 31"),
        ("{action: mask, fields: {short: random}}", "'random' writes 32 characters, and 'short' holds 31"),
        ("{action: mask, fields: {password: null}}", "'password' is secret and is never read"),
        ("{action: mask, fields: {plain: {strategy: hmac, value: x}}}", "'hmac' takes no 'value'"),
        ("{action: delete, since: crated}", "'since' names the undeclared field 'crated'"),
        ("{action: keep, why: Law., since: email}", "an erasure with the action 'keep' takes no 'since'"),
        ("{action: delete, by: [emial]}", "'by' names the undeclared field 'emial'; did you mean 'email'?"),
    ],
)
def test_a_mistake_is_an_error_at_load(tmp_path: Path, written: str, message: str) -> None:
    with pytest.raises(DataMapError) as caught:
        erasure(tmp_path, f"meta: {{erasure: {written}}}")
    assert message in str(caught.value)
    assert "app.yml:" in str(caught.value)


def test_fides_masks_no_type_that_it_does_not_suit(tmp_path: Path) -> None:
    with pytest.raises(DataMapError, match="'random' writes text, and 'plain' is integer"):
        erasure(
            tmp_path,
            plain=", fides_meta: {data_type: integer, masking_strategy_override: {strategy: random_string_rewrite}}",
        )


def test_the_demo_says_what_an_erasure_does() -> None:
    demo = load(Path("examples/macrosora/datamap"))
    assert [item.key for item in demo.collections() if item.erasure is None] == []
