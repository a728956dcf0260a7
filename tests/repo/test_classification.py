"""Every column says what it holds and how long, and the portal's own data map delivers what is personal."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.apps import apps
from django.db.models import Model

from accounts.models.classification import ACCOUNTS, Content, Held, Retention
from dsar.datamap.load import load
from dsar.datamap.model import Collection, RetentionKind
from dsar.models.classification import RIGHTS
from dsar.tenantmap import OWN_DATA_MAP

DECLARED = {"accounts": ACCOUNTS, "dsar": RIGHTS}
MODELS = [model for app in DECLARED for model in apps.get_app_config(app).get_models()]
OWN = load(OWN_DATA_MAP).datasets[0]


def declared(model: type[Model]) -> Mapping[str, Held]:
    return DECLARED[model._meta.app_label].get(model.__name__, {})


def columns(model: type[Model], content: Content) -> set[str]:
    so_held = {name for name, said in declared(model).items() if said.content is content}
    return {str(field.column) for field in model._meta.concrete_fields if field.name in so_held}


def collection(model: type[Model]) -> Collection | None:
    return next((item for item in OWN.collections if item.name == model._meta.db_table), None)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_classified_and_nothing_else(model: type[Model]) -> None:
    fields = {field.name for field in [*model._meta.concrete_fields, *model._meta.many_to_many]}
    assert set(declared(model)) == fields


@pytest.mark.parametrize("app", DECLARED)
def test_no_model_is_declared_that_is_gone(app: str) -> None:
    assert set(DECLARED[app]) == {model.__name__ for model in apps.get_app_config(app).get_models()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_is_personal_is_delivered_and_what_is_secret_is_not(model: type[Model]) -> None:
    described = collection(model)
    delivered = {field.name for field in described.fields if not field.secret} if described else set()
    assert columns(model, Content.PERSONAL) - delivered == set()
    assert columns(model, Content.SECRET) & delivered == set()


TOLD = {
    RetentionKind.ACCOUNT: {Retention.ACCOUNT},
    RetentionKind.DUTY: {
        *(Retention.PAYLOAD, Retention.REGISTER, Retention.TRAIL, Retention.OPT_OUT, Retention.CHANGING),
    },
    RetentionKind.PROCESSED: {Retention.MESSAGE},
}


@pytest.mark.parametrize("described", OWN.collections, ids=lambda item: item.name)
def test_rows_are_kept_as_long_as_the_person_is_told(described: Collection) -> None:
    model = next((model for model in MODELS if model._meta.db_table == described.name), None)
    if model is None:
        assert described.name.startswith(("account_", "usersessions_", "mfa_")), (
            "only tables of libraries have no model here"
        )
        return
    assert described.retention is not None
    assert declared(model)["id"].retention in TOLD[described.retention.kind]
