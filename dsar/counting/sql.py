"""Expressions that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func
from django.db.models.sql.compiler import SQLCompiler


class Between(Func):
    """The time from one moment to a later one, by their columns' names, in whole parts of a second."""

    output_field = BigIntegerField()
    arg_joiner = ", "

    def __init__(self, later: str, earlier: str, *, in_a_second: int = 1) -> None:
        super().__init__(F(later), F(earlier), in_a_second=in_a_second, microseconds=1_000_000 // in_a_second)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        # What Django itself subtracts moments by there: exact to the microsecond, unlike julianday().
        template = "(django_timestamp_diff(%(expressions)s) / %(microseconds)s)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) * %(in_a_second)s)::bigint"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **extra)
