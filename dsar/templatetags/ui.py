"""What templates are written with: components, icons, fields, moments, numbers."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.devices import device
from accounts.permissions import permissions_of
from dsar.bundle import display
from dsar.models import SubjectRequest
from dsar.views.clocks import ClockView
from dsar.views.desk.navigation import Entry, entries
from dsar.views.moments import exactly, friendly
from dsar.views.offers import TEAM_NAMES
from dsar.views.statuses import look_of
from dsar.wording import labelled as joined
from dsar.wording import told
from dsar.worklist.counting import Count
from dsar.worklist.paging import MOST_COUNTED

register = template.Library()

_SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
_SMALL_CLOCK = (
    '<div class="clock clock-small"><div class="clock-line"><span class="soft d-md-none">{label}</span>'
    '<strong class="{css}">{left}</strong></div><svg class="{bar}" viewBox="0 0 100 4" preserveAspectRatio="none"'
    ' role="img" aria-label="{spoken}"><rect class="bar-track" width="100" height="4"></rect>'
    '<rect class="bar-fill" width="{width}" height="4"></rect></svg></div>'
)
_CODE_INPUTS = ("one-time-code",)


@register.simple_block_tag(takes_context=True)
def component(context: template.Context, content: str, name: str, /, **values: Any) -> SafeString:
    """Render templates/_components/<name>.html with the values, and with what stands between the tags as `body`."""
    # As inclusion tags do: what every page has is not gathered anew for each component.
    kept = {name: context.get(name) for name in ("request", "csrf_token")}
    inside = context.new({**kept, **values, "body": SafeString(content.strip())})
    return template.Engine.get_default().get_template(f"_components/{name}.html").render(inside)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; without a label it is hidden from screen readers."""
    if not label:
        return _bare_icon(name)
    address = f"{static(_SPRITE)}#{name}"
    return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)


@lru_cache(maxsize=256)
def _bare_icon(name: str) -> SafeString:
    """A page has a hundred of few kinds, and the sprite's address is the same as long as the process runs."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', f"{static(_SPRITE)}#{name}")


@register.simple_tag
def tag(words: object, kind: str = "", icon: str = "") -> SafeString:
    """Write _components/tag.html for words alone: a page of the queue has a hundred of them."""
    css = f"tag tag-{kind}" if kind else "tag"
    return format_html('<span class="{}">{}{}</span>', css, _bare_icon(icon) if icon else "", words)


@register.simple_tag
def small_clock(clock: ClockView) -> SafeString:
    """Write _components/clock.html in the form for a row: a page of the queue has a hundred of them."""
    return format_html(
        _SMALL_CLOCK,
        label=clock.label,
        css=SafeString("num text-bad" if clock.kind == "bad" else "num"),
        left=clock.left,
        bar=SafeString(f"bar bar-{clock.kind}" if clock.kind else "bar"),
        spoken=clock.spoken,
        width=SafeString(of_width(clock.fraction)),
    )


@register.simple_tag(takes_context=True)
def when(context: template.Context, moment: datetime | None, style: str = "friendly") -> SafeString | str:
    """Write a moment in the current time zone: "friendly" (Thursday, 14:00) or "exact"; nothing for None."""
    if moment is None:
        return ""
    now = context.get("now") or timezone.now()
    text = friendly(moment, now=now) if style == "friendly" else exactly(moment)
    full = exactly(moment)
    return format_html(
        '<time datetime="{}" title="{}" data-moment="{}">{}</time>', SafeString(moment.isoformat()), full, style, text
    )


@register.simple_tag(takes_context=True)
def labelled(context: template.Context, label: str, value: object = "") -> SafeString:
    """Write a label and what it says as the language joins them ("Reference: R-1"); alone, the label and its mark."""
    parts = [part if isinstance(part, SafeString) else str(part) for part in (label, value)]
    return SafeString(joined(*(map(conditional_escape, parts) if context.autoescape else parts)))


@register.filter(name="told")
def told_text(text: object) -> str:
    """Tell what was written down in the source's language, or by a data map, in the language of the page."""
    return told(str(text))


@register.filter(name="exactly")
def exact_moment(moment: datetime) -> str:
    """Write a moment in full as plain text, for messages: weekday, date, time and zone."""
    return exactly(moment)


@register.simple_tag
def form_field(bound: BoundField, kind: str = "") -> SafeString:
    """Render a form's field with label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    is_code = kind == "code" or widget.attrs.get("autocomplete") in _CODE_INPUTS
    is_select = getattr(widget, "input_type", "") == "select"
    css = " ".join(["form-select" if is_select else "form-control", *(["is-code"] if is_code else [])])
    widget.attrs.pop("placeholder", None)  # it would vanish when it is needed, and the label says it
    # Whatever script somebody writes in, they see it run its own way; addresses and numbers always run one way.
    written = {"dir": "auto"} if isinstance(widget, forms.Textarea) or type(widget) is forms.TextInput else {}
    control = bound.as_widget(attrs={"class": css, **written})
    values = {"field": bound, "control": control, "is_hidden": bound.is_hidden}
    return render_to_string("_components/field.html", values)


@register.filter
def number(value: int) -> str:
    """Write a number with its thousands grouped, as the language does."""
    return str(formats.number_format(value, force_grouping=True))


@register.filter
def address(email: str) -> SafeString:
    """Write an email address that breaks after the @ where it must break."""
    name, at, domain = email.rpartition("@")
    return format_html("{}{}<wbr>{}", name, at, domain)


@register.filter
def label(name: str) -> str:
    """Return a column's technical name as words."""
    return display.label(name)


@register.filter
def mention(email: str) -> str:
    """Return what a colleague is called in a note, after the @."""
    return email.partition("@")[0]


@register.filter
def device_name(user_agent: str) -> str:
    """Return what people call the program behind a user agent."""
    return device(user_agent)


@register.filter
def of_width(fraction: float, width: int = 100) -> int:
    """Return the part of a width that a fraction takes, at most all of it (SVG units)."""
    return round(max(0.0, min(1.0, fraction)) * width)


@register.simple_tag(takes_context=True)
def desk_entries(context: template.Context) -> list[Entry]:
    """Return the desk's pages that the signed-in account may open in this tenant; none for who is not of the team."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not hasattr(request, "user"):
        return []
    return entries(permissions_of(request.user, getattr(request, "tenant", None)))


@register.filter
def type_name(request_type: str) -> str:
    """Return what the team calls a type of request."""
    return str(TEAM_NAMES[request_type])


@register.filter
def alert_kind(level_tag: str) -> str:
    """Return the alert's kind for a level of django.contrib.messages."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level_tag, "note")


@register.inclusion_tag("_components/status.html")
def status(subject_request: SubjectRequest, *, team: bool = False) -> dict[str, Any]:
    """Show where a request stands, in the person's words or the team's."""
    return {"look": look_of(subject_request), "team": team}


@register.filter
def count_text(count: Count) -> str:
    """Write how many there are, short: "1,000+" for a thousand and more."""
    if count.number >= MOST_COUNTED or count.is_least:
        return _("%(number)s+") % {"number": number(min(count.number, MOST_COUNTED))}
    return number(count.number)
