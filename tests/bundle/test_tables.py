"""Rows put together many cells at once must read as a template writes them cell by cell, with nothing unescaped."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment

from dsar.bundle.display import MISSING, shown
from dsar.bundle.sections import Column, Rows
from dsar.bundle.tables import cards, table_rows

ENVIRONMENT = Environment(autoescape=True, trim_blocks=True)
VALUE = '{% if text is none %}<span class="none">{{ missing }}</span>{% else %}<bdi>{{ text }}</bdi>{% endif %}'
TABLE = ENVIRONMENT.from_string(
    "{% for row in rows.cells %}\n<tr>{% for column, text in zip(rows.columns, row) %}<td{% if column.numeric %}"
    ' class="num"{% elif text and text|length <= 26 %} class="short"{% endif %} data-label="{{ column.label }}">'
    + VALUE
    + "</td>{% endfor %}</tr>\n{% endfor %}"
)
CARDS = ENVIRONMENT.from_string(
    '{% for row in rows.cells %}\n<dl class="card">\n{% for column, text in zip(rows.columns, row) %}\n'
    "<dt><bdi>{{ column.label }}</bdi></dt><dd>" + VALUE + "</dd>\n{% endfor %}\n</dl>\n{% endfor %}"
)
VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(
        ["<script>", "</bdi>", "&amp;", "\"'", "a\x00b", "\x00", "", "a\r\nb", "\u202eabc", "\u2066", "\ufffe"]
    ),
)
COLUMNS = st.lists(st.tuples(st.sampled_from(["Name", 'A "b" <c>', "Ü"]), st.booleans()), min_size=1, max_size=3)


@given(COLUMNS, st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=4))
@example([("Name", False)], [["\x00", None, None], [None, None, None], ["x" * 26, None, None], ["x" * 27, None, None]])
def test_tables_and_cards_are_those_of_a_template(named: list[tuple[str, bool]], values: list[list[object]]) -> None:
    rows = Rows(
        layout="table",
        columns=tuple(Column(name=label, label=label, numeric=numeric) for label, numeric in named),
        cells=tuple(tuple(shown(value, types=frozenset(), limit=40) for value in row[: len(named)]) for row in values),
        more_fields=0,
    )
    told = {"rows": rows, "zip": zip, "missing": MISSING}
    assert table_rows(rows) == TABLE.render(told)
    assert cards(rows) == CARDS.render(told)
