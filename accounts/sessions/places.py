"""Where a network address is, as roughly as it can be told without asking anybody else."""

from __future__ import annotations

import ipaddress

from django.utils.translation import gettext as _

#: Bits of the network that are shown: about a provider's part of a town, not a household (RFC 6177 for the latter).
_SHOWN = {4: 16, 6: 32}


def place(address: str) -> str:
    """Return how a network address is told to its owner: its network, and never the whole of it."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback:
        return _("this computer")
    if found.is_private and not _is_documentation(found):
        return _("a home or office network")
    network = ipaddress.ip_network(f"{found}/{_SHOWN[found.version]}", strict=False).network_address
    return _("network %(network)s…") % {"network": _start(network)}


def _start(network: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    mark, parts = ("." if network.version == 4 else ":"), 2
    return mark.join(str(network if network.version == 4 else network.exploded).split(mark)[:parts]) + mark


def _is_documentation(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """RFC 5737 and 3849: Python calls them private, and no home uses them."""
    return any(found.version == network.version and found in network for network in _DOCUMENTATION)


_DOCUMENTATION = [
    ipaddress.ip_network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
