"""What names of columns say: English ones, and the commonest German, French, Spanish and Portuguese ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """A category for names that hold one of the words; `alone` False: only beside other columns of a person."""

    category: str
    words: re.Pattern[str]
    alone: bool = True
    secret: bool = False


def _rule(category: str, words: str, *, alone: bool = True, secret: bool = False) -> Rule:
    return Rule(category, re.compile(rf"(?:^|_)(?:{words})(?:_|$)"), alone, secret)


#: The first that fits counts, so the particular stand before the general.
RULES = (
    _rule("user.authorization.password", "passw(?:or)?d|pwd|passphrase|pass_hash|pin_code|kennwort", secret=True),
    _rule(
        "user.authorization.credentials",
        "secret|api_?key|private_key|(?:access|refresh|session|auth|reset|csrf|bearer)_token|otp|totp|salt|recovery_codes?",
        secret=True,
    ),
    _rule("user.contact.email", "e?_?mails?|e?mail_?addr(?:ess)?|courriel|correo"),
    _rule("user.contact.fax_number", "fax"),
    _rule("user.contact.phone_number", "(?:tele)?phones?|tel|mobile|cell|msisdn|telefono?|telefone|handy|whatsapp"),
    _rule("user.device.ip_address", "ip|ipv?[46]|ip_?addr(?:ess)?|remote_addr"),
    _rule("user.device.cookie_id", "cookie_id"),
    _rule("user.device.device_id", "device_id|udid|imei|idfa|gaid|mac_address|advertising_id"),
    _rule("user.device", "user_agent|browser|device"),
    _rule("user.name.first", "(?:first|given|fore)_?name|vorname|prenom|nombre"),
    _rule("user.name.last", "(?:last|sur|family)_?name|nachname|apellidos?|sobrenome|nom"),
    _rule("user.account.username", "user_?name|screen_name|nick_?name|login_name|handle"),
    _rule("user.name", "(?:full|display|real|middle|maiden|holder|contact)_?name|cardholder"),
    _rule("user.contact.address.street", "street|address_?(?:line)?_?[0-9]|addr[0-9]?|strasse|rue|calle"),
    _rule("user.contact.address.street", "house(?:_n(?:o|umber|r))?", alone=False),
    _rule("user.contact.address.postal_code", "zip|zip_?code|post(?:al)?_?code|plz"),
    _rule("user.contact.address.city", "city|town|ville|ciudad|cidade|wohnort"),
    _rule("user.contact.address.state", "state|province", alone=False),
    _rule("user.contact.address.country", "country|nation", alone=False),
    _rule(
        "user.demographic.date_of_birth", "date_of_birth|birth_?da(?:te|y)|dob|born(?:_on|_at)?|geburts(?:tag|datum)"
    ),
    _rule("user.demographic.age_range", "age", alone=False),
    _rule("user.demographic.gender", "gender|sex"),
    _rule("user.demographic.marital_status", "marital(?:_status)?"),
    _rule("user.demographic.religious_belief", "religion"),
    _rule("user.demographic.race_ethnicity", "ethnicity|race"),
    _rule("user.demographic.political_opinion", "political_\\w+"),
    _rule("user.demographic.sexual_orientation", "sexual_orientation"),
    _rule("user.demographic.language", "language|locale", alone=False),
    _rule("user.demographic.profile", "bio|about_me", alone=False),
    _rule("user.government_id.passport_number", "passport(?:_n(?:o|umber))?"),
    _rule("user.government_id.drivers_license_number", "driv(?:er|ing)s?_licen[cs]e(?:_n(?:o|umber))?"),
    _rule(
        "user.government_id.national_identification_number", "ssn|social_security|national_id|tax_id|cpf|nif|dni|curp"
    ),
    _rule("user.government_id.vehicle_registration", "licen[cs]e_plate|number_plate|vin"),
    _rule("user.financial.bank_account", "iban|bic|bank_account|account_number|sort_code|routing_number"),
    _rule("user.financial.credit_card", "ccn|cvv|cvc|(?:credit_?)?card_?(?:no|num|number)|credit_?card|pan"),
    _rule("user.financial", "salary|income|wage"),
    _rule("user.health_and_medical", "diagnos[ie]s|medications?|blood_type|allerg(?:y|ies)|disability|patient"),
    _rule("user.location.precise", "lat|latitude|lng|lon|longitude|gps|coordinates|geo_?location"),
    _rule("user.contact.address", "address|adresse|direccion|endereco"),
    _rule("user.location", "location", alone=False),
    _rule("user.job_title", "job_title|occupation|profession"),
    _rule("user.workplace", "employer|company(?:_name)?", alone=False),
    _rule("user.content.self_image", "avatar|photo|selfie|portrait|profile_(?:image|picture)"),
    _rule("user.social", "twitter|facebook|linkedin|instagram|mastodon"),
    _rule("user.behavior.search_history", "search_(?:query|term)s?"),
    _rule("user.content", "comments?|messages?|feedback|notes?|prompt", alone=False),
    _rule("user.name", "name", alone=False),
    _rule("user.unique_id", "(?:user|customer|account|person|member|subject|client|patient|employee|subscriber)_?id"),
)
_SECRETS = tuple(rule for rule in RULES if rule.secret)
_OPERATIONS = re.compile(
    r"(?:^|_)(?:created|updated|modified|inserted|deleted|version|revision|etag)(?:_at|_on|_date|_time)?$"
)


def normal_name(name: str) -> str:
    """Return the name's words in lower case, joined by `_`: emailAddress and EMAIL-ADDRESS are email_address."""
    return "_".join(word.lower() for word in _WORD.findall(name))


def rule_of(name: str, *, of_person: bool) -> Rule | None:
    """Return what the name says; `of_person` tells whether the columns beside it are a person's."""
    words = normal_name(name)
    return next((rule for rule in RULES if (rule.alone or of_person) and rule.words.search(words)), None)


def is_secret_name(name: str) -> bool:
    """Tell whether the name is one of a password, a token or a key: its values are not even sampled."""
    words = normal_name(name)
    return any(rule.words.search(words) for rule in _SECRETS)


def is_operational(name: str) -> bool:
    """Tell whether the name is one of bookkeeping: when a row was made or changed."""
    return _OPERATIONS.search(normal_name(name)) is not None


#: A store's own type name, in lower case -> what its values are.
_FAMILIES = (
    ("binary", re.compile(r"blob|bytea|binary|bytes")),
    ("array", re.compile(r"\[\]|array|^list")),
    ("object", re.compile(r"json|object|dict|hstore")),
    ("boolean", re.compile(r"bool")),
    ("time", re.compile(r"date|time|interval|year")),
    ("integer", re.compile(r"int(?!er|o)|serial")),
    ("decimal", re.compile(r"num|dec|money")),
    ("float", re.compile(r"float|real|double")),
    ("uuid", re.compile(r"uuid|uniqueidentifier")),
    ("text", re.compile(r"char|text|str|clob|enum|inet|citext|name|set")),
)


def family(type_name: str) -> str:
    """Return the family of a store's type: text, integer, decimal, float, boolean, time, uuid, object … or ""."""
    lower = type_name.lower()
    return next((name for name, words in _FAMILIES if words.search(lower)), "")
