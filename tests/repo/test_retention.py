"""Every column whose retention names a time is empty, or its row gone, once that time is over: of every model there is.

A model or a column that is new comes in by itself: rows are made from what the models say, and nothing is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from pytest_django import Settings

from accounts import outbox
from accounts.audit import Actor, Target, record
from accounts.models import AuditEvent, Tenant, User
from accounts.models.classification import ACCOUNTS, Retention
from dsar.actions.retention.enforce import enforce
from dsar.models import Status, SubjectRequest
from dsar.models.classification import RIGHTS

CLOSED = datetime(2026, 3, 2, 10, tzinfo=UTC)
#: Until when a column of each class that names a time may stay, after a request was closed or a thing has happened.
ENDS: Mapping[Retention, datetime] = {
    Retention.PAYLOAD: CLOSED + timedelta(days=90),
    Retention.MESSAGE: CLOSED + timedelta(days=90),
    Retention.REGISTER: datetime(2028, 3, 3, tzinfo=UTC),  # its last day runs to its end
    Retention.TRAIL: CLOSED.replace(year=2028),
}
MODELS = {model.__name__: model for app in ("accounts", "dsar") for model in apps.get_app_config(app).get_models()}
#: What a row says that the models themselves would not take as it is made up here.
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "SubjectRequest": {
        "status": Status.DENIED,
        "closed_at": CLOSED,
        "sealed_key": None,
        "texts_deleted_at": None,
        "appeal_of": None,
        "granted_by": None,
    },
    "Bundle": {"sealed_to": "age", "sealed_key": None, "purged_at": CLOSED},
    "Certificate": {"sealed_key": None, "purged_at": CLOSED},
    "DisputeStatement": {"sealed_key": None, "purged_at": CLOSED},
    "RecipientNotice": {"body": "", "due_at": None},
    "StopWriting": {"before": None},  # put back
    "LegalHold": {"until": CLOSED},  # it is over
    "Proposal": {"end": "void", "ended_by": None},  # nobody confirms their own
    "OutgoingEmail": {"refused_at": None, "created_at": CLOSED},
}


def timed() -> dict[str, dict[str, Retention]]:
    """Return, by model, the columns whose retention names a time."""
    said = {**ACCOUNTS, **RIGHTS}
    columns = {
        name: {column: held.retention for column, held in fields.items() if re.search(r"\d", held.retention)}
        for name, fields in said.items()
    }
    return {name: found for name, found in columns.items() if found}


def made_up(field: models.Field[Any, Any]) -> Any:
    """Return a value of the field's type that is not empty."""
    if field.choices:
        return next(value for value, _ in field.flatchoices if value)
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.DateTimeField):
        return CLOSED
    if isinstance(field, models.JSONField):
        return {"a": 1}
    if isinstance(field, models.IntegerField):
        return 1
    if isinstance(field, models.BinaryField):
        return b"x"
    return "a@example.com" if isinstance(field, models.EmailField) else "x"


class World:
    """One row of every model with a column that has a time, all of one request that is long closed."""

    def __init__(self) -> None:
        self.tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="privacy@acme.example")
        ann = User.objects.create_user("ann@example.com")
        self.rows: dict[str, models.Model] = {"Tenant": self.tenant, "User": ann, "AuditEvent": self.told(ann)}

    def told(self, account: User) -> AuditEvent:
        """Events are chained: they cannot be made up."""
        target, facts = Target("user", "1"), {"role": "auditor"}
        return record(
            tenant=self.tenant, verb="membership.added", by=Actor.staff(account), at=CLOSED, target=target, facts=facts
        )

    def row(self, name: str) -> models.Model:
        if name not in self.rows:
            model = MODELS[name]
            values = {field.name: self.value(name, field) for field in model._meta.concrete_fields}
            values.pop("id")
            self.rows[name] = model._default_manager.create(**{**values, **GIVEN.get(name, {})})
        return self.rows[name]

    def value(self, name: str, field: models.Field[Any, Any]) -> Any:
        if field.primary_key or field.name in GIVEN.get(name, {}):
            return None
        if isinstance(field, models.ForeignKey):
            return self.row(field.related_model.__name__)
        return made_up(field)

    def left(self, name: str, column: str) -> bool:
        """Return whether the row is there and the column says something."""
        row = MODELS[name]._default_manager.filter(pk=self.rows[name].pk).first()
        return row is not None and getattr(row, column) not in ("", None, {})


@pytest.fixture
def world(db: None, settings: Settings, tmp_path: Path) -> World:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    made = World()
    for name in timed():
        made.row(name)
    return made


def pass_by(now: datetime) -> None:
    """Run what beat runs against the portal's own rows."""
    outbox.forget(now=now)
    enforce(now=now)


def test_the_classes_that_name_a_time_have_one_here() -> None:
    assert {retention for columns in timed().values() for retention in columns.values()} == set(ENDS)


def test_no_column_outlives_its_time_and_none_goes_before(world: World) -> None:
    columns = [(name, column, said) for name, fields in timed().items() for column, said in fields.items()]
    empty = {(name, column) for name, column, _ in columns if not world.left(name, column)}
    unsaid = {(name, column) for name, given in GIVEN.items() for column, value in given.items() if value is None}
    assert empty - unsaid == set(), "a column that says nothing shows nothing"
    for moment in sorted(set(ENDS.values())):
        for now in (moment - timedelta(seconds=1), moment):
            pass_by(now)
            for name, column, said in columns:
                if now >= ENDS[said]:
                    assert not world.left(name, column), f"{name}.{column} is kept longer than {said}"
                elif (name, column) not in empty:
                    assert world.left(name, column), f"{name}.{column} is gone before {said}"
    assert not SubjectRequest.objects.exists()
