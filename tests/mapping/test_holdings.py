"""What is held about a person, by kind, drawn from the data map."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import load
from dsar.datamap.model import DataMap, Origin
from dsar.mapping.holdings.holding import Holding, holdings, policy_address
from dsar.mapping.holdings.picture import Words, picture

SAID = Words("What goes where", "In words below.", "Kinds", "Receivers", "Nobody else")
MAP = """
dataset:
- fides_key: shop
  name: Shop database
  collections:
  - name: people
    meta: {title: Your account, topic: Account, retention: {kind: account}, origin: provided}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    - {name: born, data_categories: [user.demographic.date_of_birth]}
    - {name: password, data_categories: [user.authorization.credentials], meta: {secret: true}}
  - name: orders
    meta: {title: Orders, topic: Billing & "tax", retention: {kind: duty, duty: tax law, until: ten years}}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: total, data_categories: [user.financial]}
    - {name: paid_with, data_categories: [user.payment]}
    - {name: at, data_categories: [user.behavior]}
  - name: views
    meta: {title: Pages, retention: {kind: processed, time_field: at, zone: UTC, days: 30}, origin: observed}
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {data_type: integer, references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: at, data_categories: [user.behavior]}
    - {name: page, data_categories: [user.behavior]}
system:
- fides_key: shop
  name: The shop
  system_type: Application
  dataset_references: [shop]
  meta: {recipients: ["None: it runs on our own servers."], transfers: ["None."], source_of_data: You.}
  privacy_declarations:
  - name: Sell things
    data_use: essential.service
    data_categories: [user.contact, user.demographic]
    data_subjects: [customer]
    dataset_references: [shop]
    legal_basis_for_processing: Contract
    retention_period: As long as the account.
  - name: Take money
    data_use: essential.service.payment_processing
    data_categories: [user.financial, user.payment, user.behavior, user.unique_id]
    data_subjects: [customer]
    dataset_references: [shop]
    legal_basis_for_processing: Legal obligations
    retention_period: Ten years.
    meta: {recipients: ["Bank of Somewhere, Basel (processor)", "Tax adviser (invoices)"]}
"""


@pytest.fixture
def data_map(tmp_path: Path) -> DataMap:
    (tmp_path / "shop.yml").write_text(MAP)
    return load(tmp_path)


@pytest.fixture
def found(data_map: DataMap) -> dict[str, Holding]:
    return {one.name: one for one in holdings(data_map)}


def test_collections_stand_under_their_topic_or_their_dataset(found: dict[str, Holding]) -> None:
    assert list(found) == ["Account", 'Billing & "tax"', "Shop database"]
    assert [one.slug for one in found.values()] == ["account", "billing-tax", "shop-database"]
    assert found["Account"].places == ("Shop database",)


def test_a_purpose_is_told_where_most_of_the_fields_are_its_own(found: dict[str, Holding]) -> None:
    """Identifiers lie in every table, so they lead nowhere: else the bank would get the date of birth."""
    assert [use.name for use in found["Account"].uses] == ["Sell things"]
    assert [use.name for use in found['Billing & "tax"'].uses] == ["Take money"]
    assert found["Account"].legal_bases == ("Contract",)


def test_recipients_are_named_once_and_none_is_nobody(found: dict[str, Holding]) -> None:
    assert found['Billing & "tax"'].recipients == ("Bank of Somewhere, Basel", "Tax adviser")
    assert found["Account"].recipients == ()
    assert found["Account"].transfers == ()


def test_no_secret_and_no_identifier_is_a_category(found: dict[str, Holding]) -> None:
    assert found["Account"].categories == ("Contact: email", "Demographic: date of birth")
    assert found["Account"].origins == (Origin.PROVIDED,)
    assert found["Shop database"].origins == (Origin.OBSERVED,)


@pytest.mark.parametrize(
    ("said", "linked"),
    [("https://shop.example/privacy", "https://shop.example/privacy"), ("javascript:alert(1)", ""), ("", "")],
)
def test_the_policy_is_a_web_address_or_nothing(tmp_path: Path, said: str, linked: str) -> None:
    (tmp_path / "shop.yml").write_text(
        MAP.replace("  name: The shop\n", f"  name: The shop\n  privacy_policy: '{said}'\n")
    )
    assert policy_address(load(tmp_path)) == linked


def test_the_picture_draws_a_line_for_each_recipient_and_escapes_what_the_map_says(data_map: DataMap) -> None:
    drawn = picture(holdings(data_map), said=SAID)
    assert drawn.count('class="held-line"') == 2 + 2, "billing and views go to two each"
    assert drawn.count('class="held-line nobody"') == 1
    assert "Nobody else" in drawn
    assert "Billing &amp; &quot;tax&quot;" in drawn
    assert "style=" not in drawn
    assert "Nobody else" not in picture([one for one in holdings(data_map) if one.recipients], said=SAID)
