"""A stop that has ended is no longer told as one that holds."""

from __future__ import annotations

from html import unescape

from django.test import Client

from accounts.models import OutgoingEmail, Tenant, User
from dsar.models import SubjectRequest
from tests.dsar.views.stops import stop

HOLDS = "Services that ask here before they use your data are told no."


def grant(rita: Client, filed: SubjectRequest) -> None:
    sent = {"granted": [row.pk for row in filed.restrictions.all()]}
    assert rita.post(f"/desk/{filed.reference}/grant/", sent).status_code == 302


def page(ann: Client, filed: SubjectRequest) -> str:
    return unescape(ann.get(f"/requests/{filed.reference}/").content.decode())


def test_its_page_does_not_say_that_it_holds(ann: Client, rita: Client, tenant: Tenant, subject: User) -> None:
    ended = stop(tenant, subject, "", ground="accuracy")
    grant(rita, ended)
    assert HOLDS in page(ann, ended)
    ann.post(f"/requests/{ended.reference}/take-back/")
    assert HOLDS not in page(ann, ended)


def test_nor_while_another_stop_holds(ann: Client, rita: Client, tenant: Tenant, subject: User) -> None:
    ended = stop(tenant, subject, "", ground="accuracy")
    grant(rita, ended)
    ann.post(f"/requests/{ended.reference}/take-back/")
    lasting = stop(tenant, subject, "tips", ground="claims")
    grant(rita, lasting)
    assert HOLDS in page(ann, lasting)
    assert HOLDS not in page(ann, ended)


def test_who_does_not_agree_is_told_where_to_write(ann: Client, rita: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, "", ground="accuracy")
    grant(rita, filed)
    assert rita.post(f"/desk/{filed.reference}/lift/", {"reason": "Checked."}).status_code == 302
    assert f'write to <a href="mailto:{tenant.contact_email}">' in page(ann, filed)
    lifting = OutgoingEmail.objects.get(kind="restriction_lifting")
    assert lifting.subject == f"Your data will be used again: {filed.reference}"


def test_a_case_warns_of_other_stops_alone(ann: Client, rita: Client, tenant: Tenant, subject: User) -> None:
    first = stop(tenant, subject, "", ground="accuracy")
    grant(rita, first)
    second = stop(tenant, subject, "tips", ground="claims")
    warning = "This person has had uses of their data stopped"
    assert warning not in rita.get(f"/desk/{first.reference}/").content.decode()
    assert warning in rita.get(f"/desk/{second.reference}/").content.decode()
