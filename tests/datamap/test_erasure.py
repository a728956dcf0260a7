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
    - name: more
      fields:
      - {{name: inside{inside}}}
      - {{name: deep, fields: [{{name: count, fides_meta: {{data_type: integer}}}}]}}
    - {{name: half, fields: [{{name: shown}}, {{name: token, meta: {{secret: true}}}}]}}
    - {{name: plain{plain}}}
    - {{name: short, fides_meta: {{data_type: string, length: 31}}}}
    - {{name: boss, fides_meta: {{references: [{{dataset: app, field: people.id, direction: from}}]}}}}
    - {{name: password, meta: {{secret: true}}}}
  - name: orders
    fields:
    - {{name: note, fides_meta: {{data_type: string}}}}
    - {{name: total, fides_meta: {{data_type: float}}}}
    - {{name: person, fides_meta: {{references: [{{dataset: app, field: people.age, direction: from}}]}}}}
"""


_REDACT = "{{action: mask, fields: {{plain: {{strategy: redact, values: [{}]}}}}}}"


def erasure(folder: Path, collection: str = "", plain: str = "", inside: str = "") -> Erasure | None:
    return (
        load_text(folder, MAP.format(collection=collection, plain=plain, inside=inside))
        .collection(("app", "people"))
        .erasure
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{action: delete}", Erasure(ErasureAction.DELETE)),
        ("{action: delete, by: [email], shared: true}", Erasure(ErasureAction.DELETE, by=("email",), shared=True)),
        ("{action: keep, why: Tax law.}", Erasure(ErasureAction.KEEP, "Tax law.")),
        (
            "{action: mask, fields: {more.inside: null, more.deep.count: {strategy: fixed, value: 0}}}",
            Erasure(
                ErasureAction.MASK,
                masks={"more.inside": Mask(Strategy.NULL), "more.deep.count": Mask(Strategy.FIXED, 0)},
            ),
        ),
        (
            "{action: mask, shared: true, fields: {plain: redact,"
            " tags: {strategy: redact, values: [email, app.orders.note]}}}",
            Erasure(
                ErasureAction.MASK,
                shared=True,
                masks={
                    "plain": Mask(Strategy.REDACT),
                    "tags": Mask(Strategy.REDACT, values=(("app", "people", "email"), ("app", "orders", "note"))),
                },
            ),
        ),
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
        load_text(tmp_path / "keyless", without.format(collection=cut, plain="", inside=""))


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


def test_the_words_of_fides_on_what_is_inside_an_object(tmp_path: Path) -> None:
    found = erasure(tmp_path, inside=", fides_meta: {masking_strategy_override: {strategy: hash}}")
    assert found == Erasure(ErasureAction.MASK, masks={"more.inside": Mask(Strategy.HMAC)})


def test_what_is_referred_to_cannot_lose_its_object(tmp_path: Path) -> None:
    text = MAP.format(collection="meta: {erasure: {action: mask, fields: {more: null}}}", plain="", inside="")
    with pytest.raises(DataMapError, match=r"'app:people.more.inside' is masked by an erasure: it can be no target"):
        load_text(tmp_path, text.replace("field: people.age", "field: people.more.inside"))


def test_a_map_is_compared_by_what_it_says(tmp_path: Path) -> None:
    written = "{action: mask, fields: {tags: redact, plain: {strategy: redact, values: [email]}}}"
    found = erasure(tmp_path, f"meta: {{erasure: {written}}}")
    assert found is not None
    assert found.document()["fields"] == {
        "tags": "redact",
        "plain": {"strategy": "redact", "values": ["app.people.email"]},
    }


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
        ("{action: mask, fields: {more.isnide: null}}", "undeclared field 'more.isnide'; did you mean 'more.inside'?"),
        ("{action: mask, fields: {more.deep.count: hmac}}", "'hmac' writes text, and 'more.deep.count' is integer"),
        ("{action: mask, fields: {more: null, more.inside: null}}", "'more.inside' is inside 'more', and both are"),
        ("{action: mask, fields: {half.token: null}}", "'half.token' is secret and is never read"),
        ("{action: mask, fields: {age: redact}}", "'redact' changes texts, and 'age' is integer"),
        ("{action: mask, fields: {id: redact}}", "'id' is a key: a key is never masked"),
        ("{action: mask, fields: {boss: redact}}", "'boss' names another row: it can be masked by 'null' only"),
        ("{action: mask, fields: {password: redact}}", "'password' is secret and is never read"),
        ("{action: mask, fields: {half: redact}}", "'half' holds 'half.token', which is secret"),
        ("{action: mask, fields: {plain: {strategy: redact, value: x}}}", "'redact' takes no 'value'"),
        ("{action: mask, fields: {plain: {strategy: hmac, values: [email]}}}", "'hmac' takes no 'values'"),
        ("{action: mask, fields: {plain: {strategy: redact, values: [emial]}}}", "did you mean 'email'?"),
        (_REDACT.format("ap.orders.note"), "names the dataset 'ap', which does not exist; did you mean 'app'?"),
        (_REDACT.format("app.order.note"), "names the collection 'order', which 'app' does not have; did you mean"),
        (_REDACT.format("app.orders.nte"), "names the field 'app:orders.nte', which does not exist; did you mean"),
        (_REDACT.format("app.orders.total"), "names the field 'app:orders.total', which holds no text"),
        (_REDACT.format("half.token"), "names the field 'app:people.half.token', which is secret"),
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
