"""The data map as a picture. It opens while the map has a mistake: then it names it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from accounts.models import Tenant
from accounts.permissions import Permission, requires
from dsar.datamap.model import DataMap
from dsar.datamap.problems import DataMapError
from dsar.mapping.drawing.draw import inline, standalone
from dsar.mapping.drawing.scene import make_scene
from dsar.stores.base import StoreConfigError
from dsar.tenantmap import declared_map, tenant_map
from dsar.views.common import tenant_of
from dsar.views.methods import answers


@answers("GET", "HEAD")
@requires(Permission.SEE_QUEUE)
def page(request: HttpRequest) -> HttpResponse:
    try:
        context = _drawn(_theirs(tenant_of(request)))
    except (DataMapError, StoreConfigError) as error:
        context = {"mistakes": str(error).splitlines()}
    return render(request, "dsar/desk/datamap.html", {**context, "section": "datamap"})


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


def _drawn(data_map: DataMap) -> dict[str, object]:
    scene = make_scene(data_map)
    ways: dict[tuple[str, str], list[str]] = {}
    for arrow in scene.arrows:
        ways.setdefault(arrow.target, []).extend(arrow.says)
    rows = [
        (collection.name, scene.datasets[key[0]], scene.apart.get(key) or "; ".join(ways[key]))
        for key, collection in scene.collections.items()
    ]
    return {"picture": mark_safe(inline(data_map)), "rows": rows, "apart": len(scene.apart)}  # noqa: S308  # it escapes
