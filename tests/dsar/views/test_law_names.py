"""A law is called what its readers call it, wherever a page or a form names it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from dsar.forms.figures import laws
from dsar.forms.queue import QueueForm
from dsar.forms.settings import LawsForm
from dsar.models import Status


@pytest.mark.parametrize(("language", "name"), [("de", "DSGVO"), ("fr", "RGPD"), ("es", "RGPD")])
def test_the_rights_are_told_by_the_law_s_own_name(anonymous: Client, language: str, name: str) -> None:
    page = anonymous.get("/rights/", headers={"accept-language": language}).content.decode()
    assert page.count(name) > 5
    assert "GDPR" not in page


def test_forms_offer_laws_by_their_own_names() -> None:
    with override("de"):
        queue: Any = QueueForm({}, statuses=Status.choices, types=[], members=[])
        settings: Any = LawsForm(current={"regimes": []})
        offered = [laws(), queue.fields["law"].choices, settings.fields["regimes"].choices]
    assert [dict(choices)["gdpr"] for choices in offered] == ["DSGVO"] * 3
