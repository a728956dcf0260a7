"""The picture of a data map, as SVG."""

from __future__ import annotations

from pathlib import Path

from dsar.datamap.model import Collection, DataMap
from dsar.mapping.drawing import cards
from dsar.mapping.drawing.elements import element, text, titled, words
from dsar.mapping.drawing.layout import MARGIN, ROW_GAP, Box, Layout, lay_out
from dsar.mapping.drawing.routes import routes
from dsar.mapping.drawing.scene import Arrow, Scene, make_scene
from dsar.mapping.drawing.text import shorten, width, wrapped

_STYLE = Path(__file__).parents[2] / "static" / "css" / "drawing.css"
COLOURS = 8
LEGEND_HEIGHT, APART_HEAD, APART_HEIGHT = 96.0, 64.0, 92.0
LEAST_WIDTH = 900.0


def standalone(data_map: DataMap) -> str:
    """Return the picture as a file of its own, with its colours for light and dark."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _svg(data_map, element("style", _STYLE.read_text("utf-8")))


def inline(data_map: DataMap) -> str:
    """Return the picture for a page that links drawing.css itself."""
    return _svg(data_map, "")


def _svg(data_map: DataMap, style: str) -> str:
    scene = make_scene(data_map)
    layout = lay_out(scene, LEGEND_HEIGHT)
    wide = max(layout.width, LEAST_WIDTH)
    colours = {key: f"dataset-{number % COLOURS}" for number, key in enumerate(scene.datasets)}
    below, tall = _apart(scene, layout.height + MARGIN, wide, colours)
    said = (
        f"{len(scene.collections) - len(scene.apart)} collections are reached by {', '.join(scene.kinds) or 'nothing'}"
    )
    if scene.apart:
        said += f"; {len(scene.apart)} are not"
    return element(
        "svg",
        element("title", "Data map", id="data-map-title"),
        element("desc", words(f"{said}."), id="data-map-desc"),
        style,
        element("rect", width=wide, height=tall, class_="ground"),
        _legend(scene, colours),
        element("g", *_arrows(scene, layout), aria_hidden="true"),
        *(_pill(kind, layout.boxes["", kind]) for kind in scene.kinds),
        *(_card(scene, key, box, colours[key[0]]) for key, box in layout.boxes.items() if key[0]),
        below,
        xmlns="http://www.w3.org/2000/svg",
        class_="data-map",
        viewBox=f"0 0 {wide:.0f} {tall:.0f}",
        width=f"{wide:.0f}",
        height=f"{tall:.0f}",
        role="group",
        aria_labelledby="data-map-title data-map-desc",
    )


def _arrows(scene: Scene, layout: Layout) -> list[str]:
    return [
        element("path", titled(arrow.says), d=path, class_=f"arrow {_look(arrow)}") + _head(arrow, layout, path)
        for arrow, path in zip(scene.arrows, routes(scene.arrows, layout), strict=True)
    ]


def _look(arrow: Arrow) -> str:
    if arrow.shape is None:
        return "entry"
    return str(arrow.shape) if arrow.directed else f"{arrow.shape} undeclared"


def _head(arrow: Arrow, layout: Layout, path: str) -> str:
    """Return the tip, which points at the card: to the right at its left side, to the left at its right one."""
    source, target = layout.boxes[arrow.source], layout.boxes[arrow.target]
    x, y = (float(number) for number in path.replace("C", " ").split()[-2:])
    back = -8 if source.column < target.column else 8
    return element("path", d=f"M{x:.1f} {y:.1f}l{back} -4.5v9z", class_=f"tip {_look(arrow)}")


def _pill(kind: str, box: Box) -> str:
    return element(
        "g",
        titled([f"Identity {kind}"]),
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=20, class_="pill"),
        text(shorten(kind, 14, box.width - 28), box.x + 18, box.y + 25, "pill-text"),
        role="img",
    )


def _card(scene: Scene, key: tuple[str, str], box: Box, colour: str) -> str:
    collection = scene.collections[key]
    told = cards.lines(collection)
    return element(
        "g",
        titled([f"{key[0]}: {key[1]}", *(f"{label} {said}" for label, said in told)]),
        *_frame(box, colour, "card-box"),
        *_names(scene, collection, box),
        *(_line(label, said, box, number) for number, (label, said) in enumerate(told)),
        role="img",
        class_=colour,
    )


def _frame(box: Box, colour: str, class_: str) -> tuple[str, str]:
    return (
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=8, class_=class_),
        element("rect", x=box.x, y=box.y + 8, width=5, height=box.height - 16, rx=2.5, class_=f"strip {colour}"),
    )


def _names(scene: Scene, collection: Collection, box: Box) -> tuple[str, str]:
    room = box.width - 28
    dataset = scene.datasets[collection.dataset]
    return (
        text(shorten(collection.name, 14, room), box.x + 16, box.y + 21, "name"),
        text(shorten(dataset, 11.5, room), box.x + 16, box.y + 37, "dataset"),
    )


def _line(label: str, said: str, box: Box, number: int) -> str:
    y = box.y + cards.HEAD + cards.LINE * (number + 0.6)
    return text(label, box.x + 16, y, "label") + text(
        shorten(said, 11.5, box.width - 80), box.x + 68, y, f"said {label}"
    )


_MEANING = {
    "entry": "a search starts",
    "fanout": "from a key to all that refer to it",
    "lookup": "to the key that is named",
    "fanout undeclared": "the same, no direction declared",
    "lookup undeclared": "the same, no direction declared",
}


def _legend(scene: Scene, colours: dict[str, str]) -> str:
    looks = sorted({_look(arrow) for arrow in scene.arrows}, key=list(_MEANING).index)
    parts, x = [text("Data map", MARGIN, 36, "heading")], MARGIN + 130
    for look in looks:
        said = _MEANING[look]
        parts += [element("path", d=f"M{x:.1f} 31h34", class_=f"arrow {look}")]
        parts += [element("path", d=f"M{x + 42:.1f} 31l-8 -4.5v9z", class_=f"tip {look}")]
        parts += [text(said, x + 50, 35, "label")]
        x += 50 + width(said, 11.5) + 16
    return element("g", *parts, *_stores(scene, colours), class_="legend")


def _stores(scene: Scene, colours: dict[str, str]) -> list[str]:
    """Return the colours of the datasets; more than there are colours say their names on their cards alone."""
    parts, x = [], MARGIN
    for key, name in list(scene.datasets.items())[:COLOURS]:
        said = shorten(name, 11.5, 170)
        parts += [element("rect", x=x, y=56, width=12, height=12, rx=3, class_=f"strip {colours[key]}")]
        parts += [text(said, x + 18, 66, "label")]
        x += 18 + width(said, 11.5) + 12
    return parts


def _apart(scene: Scene, top: float, wide: float, colours: dict[str, str]) -> tuple[str, float]:
    """Return what is not reached, in rows below everything else, and the height of the whole picture."""
    if not scene.apart:
        return "", top
    across = max(1, int((wide - 2 * MARGIN + ROW_GAP) // (cards.WIDTH + ROW_GAP)))
    parts = [text("Not reached", MARGIN, top + 34, "heading")]
    for number, (key, reason) in enumerate(scene.apart.items()):
        x = MARGIN + (number % across) * (cards.WIDTH + ROW_GAP)
        y = top + APART_HEAD + (number // across) * (APART_HEIGHT + ROW_GAP)
        box = Box(x, y, cards.WIDTH, APART_HEIGHT, 0)
        parts.append(_left_out(scene, key, reason, box, colours[key[0]]))
    rows = -(-len(scene.apart) // across)
    return element("g", *parts), top + APART_HEAD + rows * (APART_HEIGHT + ROW_GAP) + MARGIN


def _left_out(scene: Scene, key: tuple[str, str], reason: str, box: Box, colour: str) -> str:
    told = wrapped(reason, 11.5, box.width - 28, 2)
    return element(
        "g",
        titled([f"{key[0]}: {key[1]}", reason]),
        *_frame(box, colour, "card-box left-out"),
        *_names(scene, scene.collections[key], box),
        *(text(line, box.x + 16, box.y + 58 + 17 * number, "label") for number, line in enumerate(told)),
        role="img",
        class_=colour,
    )
