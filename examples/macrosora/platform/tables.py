"""The tables of the application's database, once for SQLite and for PostgreSQL.

Money is written without a float on the way where the database can (`asdecimal=False` only concerns
reading, which nothing here does), identifiers are UUIDs where the database has them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.types import UserDefinedType

METADATA = MetaData()


class _Zoned(UserDefinedType[datetime]):
    """A moment as SQLite keeps it with the offset that it was said with; SQLAlchemy's own type drops it there."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "DATETIME"

    def bind_processor(self, dialect: Any) -> Callable[[datetime | None], str | None]:
        return _with_offset


def _with_offset(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _uuid(name: str, *, primary_key: bool = False) -> Column[str]:
    kind = String(36).with_variant(Uuid(as_uuid=False), "postgresql")
    return Column(name, kind, primary_key=primary_key, nullable=False)


def _money(name: str) -> Column[object]:
    return Column(name, Numeric(12, 2, asdecimal=False), nullable=False)


def _id(name: str = "id") -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _person(*, nullable: bool = False) -> Column[int]:
    return Column("person_id", Integer, ForeignKey("people.id"), nullable=nullable, index=True)


def _organisation() -> Column[int]:
    return Column("organisation_id", Integer, ForeignKey("organisations.id"), nullable=False, index=True)


people = Table(
    "people",
    METADATA,
    _id(),
    Column("email", String(320), nullable=False, unique=True),
    Column("full_name", String(200), nullable=False),
    Column("company", String(200)),
    Column("job_title", String(200), nullable=False),
    Column("phone", String(40)),
    Column("locale", String(10), nullable=False),
    Column("birth_date", Date),
    Column("bio", Text, nullable=False),
    Column("avatar", LargeBinary),
    Column("external_id", String(36).with_variant(Uuid(as_uuid=False), "postgresql"), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_restricted", Boolean, nullable=False),
    Column("newsletter", Boolean),
    Column("sign_in_count", Integer, nullable=False),
    Column("satisfaction", Float),
    _money("credit_balance"),
    Column("profile", JSON, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("totp_seed", String(100)),
    _moment("created_at"),
    _moment("deleted_at", nullable=True),
    Column("_etl_batch", Integer, nullable=False),
)

previous_emails = Table(
    "previous_emails",
    METADATA,
    _id(),
    _person(),
    Column("email", String(320), nullable=False),
    _moment("changed_at"),
)

organisations = Table(
    "organisations",
    METADATA,
    _id(),
    Column("name", String(200), nullable=False),
    Column("vat_number", String(40)),
    Column("country", String(2), nullable=False),
    Column("employees", Integer, nullable=False),
    Column("contact_email", String(320), nullable=False),
    _moment("created_at"),
)

memberships = Table(
    "memberships",
    METADATA,
    Column("person_id", Integer, ForeignKey("people.id"), primary_key=True),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("joined_on", Date, nullable=False),
)

invitations = Table(
    "invitations",
    METADATA,
    _id(),
    Column("email", String(320), nullable=False, index=True),
    # No foreign key: it belongs to whom it was sent to, and outlives the account of whoever sent it.
    Column("inviter_person_id", Integer, nullable=False, index=True),
    _organisation(),
    Column("role", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("token", String(100), nullable=False),
    _moment("sent_at"),
    _moment("accepted_at", nullable=True),
)

api_keys = Table(
    "api_keys",
    METADATA,
    _uuid("id", primary_key=True),
    _person(),
    Column("name", String(100), nullable=False),
    Column("prefix", String(12), nullable=False),
    Column("key_hash", String(200), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("call_limit", Integer, nullable=False),
    _moment("created_at"),
    _moment("last_used_at", nullable=True),
)

sessions = Table(
    "sessions",
    METADATA,
    _uuid("id", primary_key=True),
    _person(),
    Column("token", String(100), nullable=False),
    Column("ip_address", String(45), nullable=False),
    Column("user_agent", Text, nullable=False),
    _moment("created_at"),
    _moment("last_seen_at"),
)

sign_ins = Table(
    "sign_ins",
    METADATA,
    _id(),
    _person(),
    _moment("at"),
    Column("method", String(20), nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("ip_address", String(45), nullable=False),
)

devices = Table(
    "devices",
    METADATA,
    _uuid("id", primary_key=True),
    _person(),
    Column("browser", String(40), nullable=False),
    Column("browser_version", String(20), nullable=False),
    Column("operating_system", String(40), nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("first_seen_on", Date, nullable=False),
    Column("last_seen_on", Date, nullable=False),
)

consents = Table(
    "consents",
    METADATA,
    _id(),
    _person(nullable=True),
    Column("email", String(320), nullable=False, index=True),
    Column("purpose", String(60), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("source", String(60), nullable=False),
    Column("evidence", JSON, nullable=False),
    _moment("at"),
)

invoices = Table(
    "invoices",
    METADATA,
    _id(),
    _organisation(),
    Column("number", String(40), nullable=False, unique=True),
    Column("billing_name", String(200), nullable=False),
    Column("billing_email", String(320), nullable=False, index=True),
    _money("amount"),
    Column("vat_rate", Numeric(5, 4, asdecimal=False), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("issued_on", Date, nullable=False),
    _moment("paid_at", nullable=True),
    Column("pdf", LargeBinary, nullable=False),
)

invoice_lines = Table(
    "invoice_lines",
    METADATA,
    Column("invoice_id", Integer, ForeignKey("invoices.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("description", String(200), nullable=False),
    Column("quantity", Integer, nullable=False),
    _money("unit_price"),
)

support_tickets = Table(
    "support_tickets",
    METADATA,
    _id(),
    _person(nullable=True),
    Column("requester_email", String(320), nullable=False, index=True),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("internal_note", Text),
    _moment("opened_at"),
    _moment("closed_at", nullable=True),
)

ticket_messages = Table(
    "ticket_messages",
    METADATA,
    _id(),
    Column("ticket_id", Integer, ForeignKey("support_tickets.id"), nullable=False, index=True),
    Column("author_email", String(320), nullable=False, index=True),
    Column("text", Text, nullable=False),
    _moment("sent_at"),
)

#: How a model is to be called, by a name: each state of it is a version. `organisation_id`: whose workspace it is in.
model_configurations = Table(
    "model_configurations",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner_id", Integer, ForeignKey("people.id"), nullable=False, index=True),
    Column("organisation_id", Integer, ForeignKey("organisations.id"), index=True),
    Column("name", String(200), nullable=False),
    Column("shared_with", JSON, nullable=False),
    Column("current_version", Integer, nullable=False),
    Column("note", Text),
    _moment("created_at"),
)

#: `owner_id` is that of the configuration, kept beside each version so that one can go with its owner.
configuration_versions = Table(
    "configuration_versions",
    METADATA,
    Column("configuration_id", String(40), ForeignKey("model_configurations.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("owner_id", Integer, ForeignKey("people.id"), nullable=False, index=True),
    Column("model", String(60), nullable=False),
    Column("system_prompt", Text, nullable=False),
    Column("temperature", Numeric(4, 3, asdecimal=False)),
    Column("cost_limit", Numeric(14, 6, asdecimal=False), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("stop_sequences", JSON(none_as_null=True)),
    Column("valid_from", Date),
    Column("saved_at", DateTime(timezone=True).with_variant(_Zoned(), "sqlite"), nullable=False),
)

#: No primary key: a log whose identical rows are all kept.
feature_uses = Table(
    "feature_uses",
    METADATA,
    _person(),
    Column("feature", String(60), nullable=False),
    Column("used_on", Date, nullable=False),
    Column("times", Integer, nullable=False),
)

#: What the migration tool keeps for itself; the data map leaves it out knowingly.
schema_migrations = Table(
    "schema_migrations",
    METADATA,
    Column("version", String(40), primary_key=True),
)
