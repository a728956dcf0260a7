"""Expressions that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func
from django.db.models.sql.compiler import SQLCompiler

#: Django writes moments there as 2026-03-02 10:00:00.000001, without the fraction where that is 0.
_MICROSECONDS = "(CAST(strftime('%%s', {0}) AS INTEGER) * 1000000 + CAST(substr({0}, 21, 6) AS INTEGER))"


class Between(Func):
    """The time from one moment to a later one, by their columns' names, in whole parts of a second."""

    output_field = BigIntegerField()
    arg_joiner = ", "

    def __init__(self, later: str, earlier: str, *, in_a_second: int = 1) -> None:
        super().__init__(F(later), F(earlier), in_a_second=in_a_second, microseconds=1_000_000 // in_a_second)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        """Reckon with whole microseconds: julianday() is a float, and Django's own subtraction is Python a row."""
        sql, params = self.as_sql(compiler, connection, template="%(expressions)s", **extra)
        later, earlier = sql.split(self.arg_joiner)
        unit = self.extra["microseconds"]
        return f"(({_MICROSECONDS.format(later)} - {_MICROSECONDS.format(earlier)}) / {unit})", params

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) * %(in_a_second)s)::bigint"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **extra)
