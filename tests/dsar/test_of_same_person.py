"""Whose requests belong together: by the account or the address, and never by an address that was forgotten."""

from __future__ import annotations

from accounts.models import Tenant, User
from dsar import queries
from dsar.models import RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access


def test_they_are_the_accounts_and_the_addresss(tenant: Tenant, subject: User, clock: StepClock) -> None:
    first = file_access(tenant, subject, clock(), token="a")
    by_address = file_access(tenant, None, clock(), RequestType.PORTABILITY, token="b")
    SubjectRequest.objects.filter(pk=by_address.pk).update(account=None)
    assert set(queries.of_same_person(first)) == {first, by_address}


def test_those_whose_address_is_forgotten_are_not_one_person(tenant: Tenant, subject: User, clock: StepClock) -> None:
    one = file_access(tenant, subject, clock(), token="a")
    other = file_access(tenant, None, clock(), token="b")
    SubjectRequest.objects.filter(pk__in=[one.pk, other.pk]).update(email="", account=None)
    one.refresh_from_db()
    assert set(queries.of_same_person(one)) == {one}
