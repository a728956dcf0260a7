"""A label and what it says, side by side as the language that is spoken sets them."""

from dsar.wording.tongue import gettext


def labelled(label: str, value: str = "") -> str:
    """Return "Reference: R-1" with the language's mark between the two; of a label alone, the label and its mark."""
    return gettext("{label}: {value}").format(label=label, value=value).strip()
