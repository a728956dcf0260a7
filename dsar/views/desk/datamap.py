"""The data map as a picture and as a list. It opens while the map has a mistake: then it names it.

What the stores hold that the map does not say, a worker has looked for: the page shows the last result.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.models import Tenant
from accounts.permissions import Permission, permissions_of, requires
from dsar.actions.checking import running
from dsar.bundle.display import category
from dsar.bundle.sections import title_of
from dsar.datamap.model import Collection, DataMap
from dsar.datamap.problems import DataMapError
from dsar.mapping.drawing.draw import inline, standalone
from dsar.mapping.drawing.scene import Scene, make_scene
from dsar.models import CheckKind
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import declared_map, tenant_map
from dsar.views.common import signed_in, tenant_of
from dsar.views.methods import answers
from dsar.wording import told

#: Findings that stand on the page itself; those of a collection are on its own page as well.
_MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection in the list: `way` is how it is reached, or why it is not; `findings` how many there are of it."""

    collection: Collection
    title: str
    store: str
    way: str
    findings: int


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    tenant, asked = tenant_of(request), request.GET.get("q", "").strip()[:100]
    context = _checked(request, tenant)
    try:
        context |= _drawn(_theirs(tenant), asked, context["report"])
    except (DataMapError, StoreConfigError) as error:
        context |= {"mistakes": str(error).splitlines()}
    return render(request, "dsar/desk/datamap.html", {**context, "q": asked, "section": "datamap"})


@answers("POST")
@requires(Permission.DECIDE)
def check(request: HttpRequest) -> HttpResponse:
    """Have a worker hold the map against the stores now."""
    if running.ask(tenant_of(request), CheckKind.MAP, by=signed_in(request), now=timezone.now()):
        messages.success(request, _("The stores are being looked at. Open this page again in a minute."))
    else:
        messages.info(request, _("The stores are being looked at already."))
    return redirect("dsar:datamap")


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def collection(request: HttpRequest) -> HttpResponse:
    """Show one collection: its fields, its rules, and what the last check has found of it.

    It is named by parameters: of a store of files its name may have slashes.
    """
    dataset, name = request.GET.get("dataset", ""), request.GET.get("name", "")
    tenant = tenant_of(request)
    data_map = _theirs(tenant)
    scene = make_scene(data_map)
    found = scene.collections.get((dataset, name))
    if found is None:
        raise Http404
    last = running.latest(tenant, CheckKind.MAP)
    findings = [item for item in _findings(last.report if last else {}) if _is_of(item, found)]
    context = {
        "collection": _told(found),
        "title": title_of(found),
        "store": told(scene.datasets[dataset]),
        "way": _ways(scene)[found.key],
        "fields": [
            (item, [category(key) for key in item.data_categories], data_map.origin(found, item))
            for item in found.walk()
        ],
        "findings": findings,
        "last": last,
        "section": "datamap",
    }
    return render(request, "dsar/desk/collection.html", context)


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def picture(request: HttpRequest) -> HttpResponse:
    """Send the picture as a file: shown as a page of its own, its styles would be refused."""
    content = standalone(_theirs(tenant_of(request)))
    headers = {"Content-Disposition": 'attachment; filename="data-map.svg"'}
    return HttpResponse(content, content_type="image/svg+xml", headers=headers)


def _theirs(tenant: Tenant) -> DataMap:
    """Return the tenant's own map: what the portal itself holds is the same for everybody."""
    tenant_map(tenant)  # a mistake in stores.yml is one to name here, too
    return declared_map(tenant)


def _drawn(data_map: DataMap, asked: str, report: dict[str, Any]) -> dict[str, Any]:
    scene = make_scene(data_map)
    ways = _ways(scene)
    findings = Counter((item["dataset"], item["collection"]) for item in _findings(report))
    rows = [
        CollectionRow(item, title_of(item), told(scene.datasets[key[0]]), ways[key], findings[key])
        for key, item in scene.collections.items()
    ]
    shown = [row for row in rows if not asked or _answers(row, asked.casefold())]
    drawn = mark_safe(inline(data_map))  # noqa: S308  # it escapes
    return {"picture": drawn, "rows": shown, "count": len(rows), "fingerprint": data_map.fingerprint}


def _told(item: Collection) -> Collection:
    """Return a collection whose own texts are in the language of the page."""
    retention, erasure = item.retention, item.erasure
    return replace(
        item,
        description=told(item.description),
        retention=retention and replace(retention, duty=told(retention.duty or ""), until=told(retention.until or "")),
        erasure=erasure and replace(erasure, why=told(erasure.why)),
    )


def _ways(scene: Scene) -> dict[tuple[str, str], str]:
    ways: dict[tuple[str, str], list[str]] = {}
    for arrow in scene.arrows:
        ways.setdefault(arrow.target, []).extend(arrow.says)
    return {key: scene.apart.get(key) or "; ".join(ways[key]) for key in scene.collections}


def _answers(row: CollectionRow, asked: str) -> bool:
    """Tell whether a collection is named so, or a field or category of it."""
    item = row.collection
    words = [item.name, row.title, row.store, item.dataset, *item.data_categories]
    for field in item.walk():
        words += [field.path, *field.data_categories, *map(category, field.data_categories)]
    return any(asked in word.casefold() for word in words)


def _checked(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    last = running.latest(tenant, CheckKind.MAP)
    report = last.report if last else {}
    findings = sorted(_findings(report), key=lambda item: item["severity"])
    return {
        "last": last,
        "report": report,
        "findings": findings[:_MOST_FINDINGS],
        "more": max(0, len(findings) - _MOST_FINDINGS) + report.get("more", 0),
        "is_being_checked": running.is_under_way(tenant, CheckKind.MAP),
        "may_check": Permission.DECIDE in permissions_of(signed_in(request), tenant),
    }


def _findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report.get("findings", [])
    return found


def _is_of(finding: dict[str, Any], collection: Collection) -> bool:
    return (finding["dataset"], finding["collection"]) == collection.key
