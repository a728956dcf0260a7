"""The named people of the demo platform: what each is there to break, and how they are found.

Nothing here is drawn from chance, so that tests, screenshots and guides can name them. Everybody else
is made by `examples.macrosora.platform.accounts` from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Every secret in every store starts with this, so that one search through a bundle finds any that leaked.
SECRET_MARK = "CANARY-SECRET-"  # noqa: S105 - it marks secrets, it is none

#: The mail service's bearer token; the portal is given it as part of the store's address.
MAIL_TOKEN = "macrosora-demo-mail-token"  # noqa: S105 - the demo's own, guards nothing

SUPPORT_AGENT_EMAIL = "support@macrosora.example"


def secret(kind: str, number: int | str) -> str:
    """Return the canary of one secret value, such as the password hash of person 1001."""
    return f"{SECRET_MARK}{kind}-{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a name. `person_id` None: no account. `organisations`: ids of memberships."""

    email: str
    full_name: str
    why: str
    person_id: int | None = None
    locale: str = "en-GB"
    previous_email: str = ""
    organisations: tuple[int, ...] = ()
    spellings: tuple[str, ...] = ()  # other ways the stores write the same address


ORDINARY = Person(
    person_id=1001,
    email="ada.okafor@harbourlight.example",
    full_name="Ada Okafor",
    organisations=(1,),
    why="has rows in every collection; the same email exists in the second tenant with other data",
)
HEAVY = Person(
    person_id=1002,
    email="hugo.brandt@stahlwerk-nord.example",
    full_name="Hugo Brandt",
    locale="de-DE",
    organisations=(2,),
    why="100,000 API calls",
)
NOBODY = Person(
    email="nell.quiet@elsewhere.example",
    full_name="Nell Quiet",
    why="in no store at all",
)
TWO_ORGANISATIONS = Person(
    person_id=1003,
    email="tomas.rivera@harbourlight.example",
    full_name="Tomás Rivera",
    locale="es-ES",
    organisations=(1, 3),
    why="member of two organisations; once invited somebody for a third that he has left since",
)
MOVED = Person(
    person_id=1004,
    email="maren.solberg@fjordkode.example",
    full_name="Maren Solberg",
    locale="nb-NO",
    previous_email="maren.lind@oldmail.example",
    organisations=(3,),
    why="changed her address; an invitation, a mail contact and error logs still hold the old one",
)
TEMPLATE_OWNER = Person(
    person_id=1005,
    email="olu.adeyemi@promptworks.example",
    full_name="Olu Adeyemi",
    organisations=(4,),
    why="owns a prompt template that two others work on",
)
COLLABORATOR = Person(
    person_id=1006,
    email="chen.wei@promptworks.example",
    full_name="陈伟",
    locale="zh-CN",
    organisations=(4,),
    why="works on another person's template",
)
INVITED = Person(
    email="ivy.park@guesthouse.example",
    full_name="Ivy Park",
    why="invited and written to, but never opened an account",
)
JOSE_ACCENT = Person(
    person_id=1007,
    email="josé@vela.example",
    full_name="José Vela",
    locale="es-ES",
    organisations=(5,),
    spellings=("jose\u0301@vela.example",),
    why="differs from jose@ by one accent; some rows spell it decomposed (NFD), which is the same address",
)
JOSE_PLAIN = Person(
    person_id=1008,
    email="jose@vela.example",
    full_name="Jose Vela Jr",
    organisations=(5,),
    why="must not match josé@",
)
ANN = Person(
    person_id=1009,
    email="ann@lindqvist.example",
    full_name="Ann Lindqvist",
    locale="sv-SE",
    organisations=(6,),
    spellings=("ANN@LINDQVIST.EXAMPLE", "Ann@Lindqvist.Example"),
    why="some rows shout her address: upper case is the same address",
)
ANN_TAG = Person(
    person_id=1010,
    email="ann+tag@lindqvist.example",
    full_name="Ann-Marie Tagesson",
    organisations=(6,),
    why="a plus tag makes another address: must not match ann@",
)
RIGHT_TO_LEFT = Person(
    person_id=1011,
    email="layla.haddad@noor.example",
    full_name="ليلى حدّاد",
    locale="ar-JO",
    organisations=(7,),
    why="a name that is written from right to left",
)
EMOJI = Person(
    person_id=1012,
    email="robin.fox@denworks.example",
    full_name="Robin 🦊 Fox 👩‍👩‍👧",
    organisations=(7,),
    why="a name with emoji beyond the basic plane, joined by zero-width joiners",
)
ZERO = Person(
    person_id=0,
    email="zoe.first@macrosora.example",
    full_name="Zoë First",
    organisations=(0,),
    why="the first row of a table: id 0, organisation 0, invoice 0, all of them real values",
)
COLLEAGUE = Person(
    person_id=1013,
    email="ben.okafor@harbourlight.example",
    full_name="Ben Okafor",
    organisations=(1,),
    why="shares the ordinary person's surname and organisation; filed a support ticket on her account",
)

PEOPLE: tuple[Person, ...] = (
    ORDINARY,
    HEAVY,
    NOBODY,
    TWO_ORGANISATIONS,
    MOVED,
    TEMPLATE_OWNER,
    COLLABORATOR,
    INVITED,
    JOSE_ACCENT,
    JOSE_PLAIN,
    ANN,
    ANN_TAG,
    RIGHT_TO_LEFT,
    EMOJI,
    ZERO,
    COLLEAGUE,
)
ACCOUNT_HOLDERS: tuple[Person, ...] = tuple(person for person in PEOPLE if person.person_id is not None)

#: The template that TEMPLATE_OWNER shares with COLLABORATOR and TWO_ORGANISATIONS.
SHARED_TEMPLATE_ID = "tpl-shared-onboarding"
#: The configuration in TEMPLATE_OWNER's workspace on which COLLABORATOR and TWO_ORGANISATIONS work, too.
SHARED_CONFIGURATION_ID = "cfg-shared-onboarding"
#: The organisation that TWO_ORGANISATIONS has left.
LEFT_ORGANISATION_ID = 8
#: The ticket that COLLEAGUE filed on ORDINARY's account: his row, not hers.
FOREIGN_TICKET_ID = 9001
