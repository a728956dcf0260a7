"""Everybody with an account on the platform: the cast, and made-up people around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from faker import Faker

from examples.macrosora import cast
from examples.macrosora.platform import chance

LOCALES = ("en_GB", "de_DE", "fr_FR", "es_ES", "pl_PL", "ja_JP", "ar_AA", "el_GR")
SMALLEST = 40
_FIRST_MADE_UP_ID = 2000
_COMPANIES = (
    "Macrosora GmbH",
    "Harbourlight Ltd",
    "Stahlwerk Nord AG",
    "Fjordkode AS",
    "Promptworks Oy",
    "Vela Datos S.L.",
    "Lindqvist & Söner AB",
    "Denworks, Inc.",
    'Quay "Left" Holdings',
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer of the platform; id 0 is the platform's own."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account: what every store is told of a person. `created_at` is aware."""

    id: int
    email: str
    full_name: str
    locale: str
    job_title: str
    organisations: tuple[int, ...]
    created_at: datetime
    previous_email: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """The people and organisations of one seeding. `today` is the midnight everything is relative to."""

    accounts: tuple[Account, ...]
    organisations: tuple[Organisation, ...]
    seed: int
    today: datetime
    _by_email: Mapping[str, Account]

    def by_email(self, email: str) -> Account:
        """Return the account of exactly that address. Raises KeyError."""
        return self._by_email[email]

    def find(self, email: str) -> Account | None:
        """Return the account of exactly that address, None if nobody has it."""
        return self._by_email.get(email)

    def organisation(self, account: Account) -> Organisation:
        """Return the first organisation of an account."""
        return self.organisations[account.organisations[0]]

    def stream(self, name: str) -> Random:
        return chance.stream(self.seed, name)


def populate(*, size: int, seed: int, now: datetime) -> Population:
    """Make `size` accounts, the cast among them. Raises ValueError below 40: the cast needs a crowd."""
    if size < SMALLEST:
        raise ValueError(f"the demo platform needs at least {SMALLEST} people, not {size}")
    today = chance.midnight(now)
    organisations = _organisations(size, seed)
    known = tuple(_known(person, today) for person in cast.ACCOUNT_HOLDERS)
    others = _made_up(size - len(known), seed, today, organisations)
    accounts = (*known, *others)
    return Population(accounts, organisations, seed, today, {account.email: account for account in accounts})


def _organisations(size: int, seed: int) -> tuple[Organisation, ...]:
    faker = Faker("en_GB")
    faker.seed_instance(seed)
    names = [*_COMPANIES, *(faker.company() for _ in range(size // 10))]
    return tuple(Organisation(number, name) for number, name in enumerate(names))


def _known(person: cast.Person, today: datetime) -> Account:
    if person.person_id is None:
        raise ValueError(f"{person.full_name} has no account")
    joined = today - timedelta(days=400 + person.person_id % 97, hours=3)
    return Account(
        person.person_id,
        person.email,
        person.full_name,
        person.locale,
        "Data Engineer",
        person.organisations,
        joined,
        person.previous_email,
    )


def _made_up(number: int, seed: int, today: datetime, organisations: tuple[Organisation, ...]) -> tuple[Account, ...]:
    draw = chance.stream(seed, "accounts")
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for faker in fakers.values():
        faker.seed_instance(seed)
    joined = [item for item in organisations if item.id != cast.LEFT_ORGANISATION_ID]
    return tuple(_stranger(_FIRST_MADE_UP_ID + index, draw, fakers, today, joined) for index in range(number))


def _stranger(
    number: int,
    draw: Random,
    fakers: dict[str, Faker],
    today: datetime,
    organisations: Sequence[Organisation],
) -> Account:
    locale = draw.choice(LOCALES)
    faker = fakers[locale]
    organisation = draw.choice(organisations)
    return Account(
        id=number,
        email=f"{fakers['en_GB'].user_name()}.{number}@{faker.safe_domain_name()}",
        full_name=faker.name(),
        locale=locale.replace("_", "-"),
        job_title=faker.job(),
        organisations=(organisation.id,),
        created_at=chance.moment(draw, today=today, oldest=1200, newest=95),
    )
