"""Passwords, tokens and private keys in a text, by how those who issue them spell them, and by what stands before."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from dsar.redaction.kinds import Finding, Kind

#: As their makers document them: a prefix that is theirs, and so many signs.
_ISSUED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"  # GitHub
    r"|\bglpat-[\w-]{20,}"  # GitLab
    r"|\bxox[abeoprs]-[\w-]{10,}|https://hooks\.slack\.com/services/[\w/]+"  # Slack
    r"|\b[rsp]k_(?:live|test)_[0-9A-Za-z]{16,}"  # Stripe
    r"|\bAIza[\w-]{35}"  # Google
    r"|\bsk-[\w-]{20,}"  # OpenAI, Anthropic
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON Web Tokens (RFC 7519)
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{36}|\bpypi-[\w-]{16,}|\bhf_[A-Za-z]{30,}"
    r"|\bAGE-SECRET-KEY-1[0-9A-Z]{58}",
    re.DOTALL,
)
_IN_ADDRESS = re.compile(r"://[^\s:/@]+:([^\s@/]+)@")
_BEARER = re.compile(r"\bBearer\s+([\w.~+/-]{16,}=*)")
_SAID = re.compile(
    r"\b(?:password|passwort|kennwort|passphrase|mot de passe|contrase[nñ]a|clave|senha|palavra-passe|pwd|api[ _-]?key"
    r"|token|secret|schl[uü]ssel|cl[eé]|chiave|chave)\b[^\n.!?]{0,40}?(?:[:=]|\b(?:is|lautet|ist|est|es|è|é))\s*"
    r"[\"'“„«]?([^\s\"'“”„«»]{6,})",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![\w+/=.@-])[\w+/-]{24,128}={0,2}(?![\w+/=@])")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_END = ",.;:!?)"
#: What none of these can do without: most texts have nothing of it, and are looked at once.
_MAY = re.compile(
    r"\S{16}|://|-----BEGIN|pass|kennwort|contrase|clave|senha|palavra|pwd|key|token|secret|schl|cl[eé]\b|chiave|chave",
    re.IGNORECASE,
)
#: Bits a sign: what chance has made has more than words and numbers in a row.
_LEAST_ENTROPY = 3.8


def keys(text: str) -> Iterator[Finding]:
    """Yield what opens something, as far as it is spelt as such things are."""
    if _MAY.search(text) is None:
        return
    for found in _ISSUED.finditer(text):
        yield Finding(found.start(), found.end(), Kind.KEY)
    for pattern in (_IN_ADDRESS, _BEARER, _SAID):
        for found in pattern.finditer(text):
            value = found[1].rstrip(_END)
            if pattern is _IN_ADDRESS or _is_no_word(value):
                yield Finding(found.start(1), found.start(1) + len(value), Kind.KEY)
    for found in _LONG.finditer(text):
        if _is_random(found[0]):
            yield Finding(found.start(), found.end(), Kind.KEY)


def _is_no_word(value: str) -> bool:
    """Tell whether a word is none that people would write otherwise: letters, and something beside them."""
    return len(value) >= 6 and any(map(str.isalpha, value)) and any(map(str.isdigit, value)) and "@" not in value


def _is_random(value: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(map(is_one, value)) for is_one in kinds) or sum(map(str.isdigit, value)) < 2:
        return False
    if _UUID.fullmatch(value) or value.count("/") > 2:
        return False
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts) >= _LEAST_ENTROPY
