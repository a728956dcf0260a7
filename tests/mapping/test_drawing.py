"""manage.py datamap graph: what stands in the picture, that nothing overlaps, and that no name of a map is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.mapping.drawing.draw import LEGEND_HEIGHT, inline, standalone
from dsar.mapping.drawing.layout import ROW_GAP, Layout, lay_out
from dsar.mapping.drawing.routes import routes
from dsar.mapping.drawing.scene import Scene, make_scene
from dsar.mapping.drawing.text import shorten, width, wrapped

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
CIRCLE = """
dataset:
- fides_key: app
  collections:
  - name: people
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
    - {name: manager_id, fides_meta: {references: [{dataset: app, field: people.id, direction: to}]}}
    - {name: team_id, fides_meta: {references: [{dataset: app, field: teams.id, direction: to}]}}
  - name: teams
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: lead_id, fides_meta: {references: [{dataset: app, field: people.id, direction: to}]}}
  - name: audit
    fides_meta: {skip_processing: true}
    fields: [{name: id}]
"""


def many(number: int) -> str:
    """Return a map of so many collections, each found by one before it."""
    told = ["dataset:", "- fides_key: app", "  collections:"]
    for at in range(number):
        told += [f"  - name: collection_{at}", "    fields:", "    - {name: id, fides_meta: {primary_key: true}}"]
        reference = f"{{dataset: app, field: collection_{at * 7 // 10}.id, direction: from}}"
        meta = f"references: [{reference}]" if at else "identity: email"
        told.append(f"    - {{name: parent, fides_meta: {{{meta}}}}}")
    return "\n".join(told)


def made(folder: Path, text: str) -> DataMap:
    (folder / "map.yml").write_text(text)
    return load(folder)


@pytest.fixture(params=["macrosora", "circle", "two hundred"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    if request.param == "macrosora":
        return make_scene(load(ROOT / "examples" / "macrosora" / "datamap"))
    return make_scene(made(tmp_path, CIRCLE if request.param == "circle" else many(200)))


@pytest.fixture
def layout(scene: Scene) -> Layout:
    return lay_out(scene, LEGEND_HEIGHT)


def test_every_collection_has_one_place_and_no_two_overlap(scene: Scene, layout: Layout) -> None:
    assert {key for key in layout.boxes if key[0]} == scene.collections.keys() - scene.apart.keys()
    for one, other in combinations(layout.boxes.values(), 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        above = one.y + one.height + ROW_GAP <= other.y or other.y + other.height + ROW_GAP <= one.y
        assert beside or above
    assert all(box.y >= LEGEND_HEIGHT and box.x + box.width <= layout.width for box in layout.boxes.values())


def on_curve(path: str) -> Iterator[tuple[float, float]]:
    """Yield points of a path of cubic curves, 24 of each."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    for start in range(0, len(points) - 1, 3):
        for step in range(1, 24):
            at = step / 24
            parts = ((1 - at) ** 3, 3 * at * (1 - at) ** 2, 3 * at**2 * (1 - at), at**3)
            curve = list(zip(parts, points[start : start + 4], strict=True))
            yield sum(part * x for part, (x, _) in curve), sum(part * y for part, (_, y) in curve)


def test_no_arrow_runs_over_a_card(scene: Scene, layout: Layout) -> None:
    for arrow, path in zip(scene.arrows, routes(scene.arrows, layout), strict=True):
        for x, y in on_curve(path):
            over = [
                key for key, box in layout.boxes.items() if 0 < x - box.x < box.width and 0 < y - box.y < box.height
            ]
            assert not over, f"{arrow} over {over}"


def test_a_circle_is_drawn_with_its_way_back(tmp_path: Path) -> None:
    data_map = made(tmp_path, CIRCLE)
    scene = make_scene(data_map)
    assert scene.steps == {("", "email"): 0, ("app", "people"): 1, ("app", "teams"): 2}
    assert {(arrow.source[1], arrow.target[1]) for arrow in scene.arrows} == {
        ("email", "people"),
        ("people", "people"),
        ("people", "teams"),
        ("teams", "people"),
    }
    root = ElementTree.fromstring(standalone(data_map))  # noqa: S314  # our own text
    names = [item.text for item in root.iter(f"{SVG}title")]
    assert {"Data map", "Identity email", "app:teams.lead_id to app:people.id"} <= set(names)
    said = [item.text for item in root.iter(f"{SVG}text")]
    assert "Not reached" in said
    assert "The data map says to leave it" in said


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "&lt;", "]]>", "a\u202eb"])
def test_names_are_never_markup(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '\\"')
    text = CIRCLE.replace("name: audit", f'name: "{quoted}"').replace("app\n", f'app\n  name: "{quoted}"\n', 1)
    picture = standalone(made(tmp_path, text))
    root = ElementTree.fromstring(picture)  # noqa: S314  # our own text
    assert {item.tag.removeprefix(SVG) for item in root.iter()} == {
        *("svg", "title", "desc", "style", "rect", "g", "path", "text"),
    }
    assert "<script" not in picture
    assert "<img" not in picture


def test_the_page_s_picture_has_no_style_that_a_policy_would_refuse(tmp_path: Path) -> None:
    picture = inline(made(tmp_path, CIRCLE))
    assert "<style" not in picture
    assert "style=" not in picture


def test_texts_fit_their_room() -> None:
    assert shorten("short", 14, 100) == "short"
    for text in ("a_name_that_is_much_too_long_for_a_card", "名前" * 20, "W" * 40):
        assert width(shorten(text, 14, 100), 14) <= 100
        assert shorten(text, 14, 100).endswith("…")
    assert wrapped("one two three four five six", 10, 60, 2) == ["one two", "three four…"]


def test_the_command_writes_the_file_or_says_what_is_wrong(tmp_path: Path) -> None:
    folder, file = tmp_path / "map", tmp_path / "map.svg"
    folder.mkdir()
    made(folder, CIRCLE)
    call_command("datamap", "graph", "--datamap", str(folder), "--out", str(file))
    assert file.read_text("utf-8") == standalone(load(folder))
    for wrong in (
        ["--datamap", str(tmp_path / "none")],
        ["--datamap", str(folder), "--out", str(tmp_path / "no" / "x")],
    ):
        with pytest.raises(SystemExit) as stop:
            call_command("datamap", "graph", *wrong, *(() if "--out" in wrong else ("--out", str(file))))
        assert stop.value.code == 2
