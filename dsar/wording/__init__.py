"""The words of the packages that know no framework, in the language that is being spoken. Pure.

`speaking` says which that is; outside of it, it is what `follow` was told to ask (the portal: a page's language).
Catalogues are the .po files below `locale`; dates, numbers and lists are written as the CLDR has it, through Babel.
"""

from dsar.wording.catalogues import N_, SOURCE
from dsar.wording.names import words_of
from dsar.wording.pairs import labelled
from dsar.wording.tongue import (
    follow,
    gettext,
    inside,
    label,
    label_inside,
    ngettext,
    pgettext,
    speaking,
    spoken,
    tag,
    texts,
    told,
)
from dsar.wording.writing import counted, day, decimal_sign, listed, moment, month, number, short_day, short_month

__all__ = [
    "N_",
    "SOURCE",
    "counted",
    "day",
    "decimal_sign",
    "follow",
    "gettext",
    "inside",
    "label",
    "label_inside",
    "labelled",
    "listed",
    "moment",
    "month",
    "ngettext",
    "number",
    "pgettext",
    "short_day",
    "short_month",
    "speaking",
    "spoken",
    "tag",
    "texts",
    "told",
    "words_of",
]
