"""Whether Mattermost's own requests, to slash commands and buttons, are let out to the bot.

A server refuses addresses of its own network unless `ServiceSettings.AllowedUntrustedInternalConnections` names them:
https://docs.mattermost.com/administration-guide/configure/environment-configuration-settings.html#allow-untrusted-internal-connections
"""

import ipaddress
import re
from collections.abc import Iterable


def is_internal(address: str) -> bool:
    """Say whether an IP address is one of those that a server refuses unless told otherwise."""
    return not ipaddress.ip_address(address.partition("%")[0]).is_global


def is_allowed(host: str, addresses: Iterable[str], setting: str) -> bool:
    """Say whether the setting (host names, addresses and networks, between blanks or commas) lets a host through."""
    allowed = [entry.lower() for entry in re.split(r"[\s,]+", setting) if entry]
    networks = [network for entry in allowed if (network := _network(entry))]
    return host.lower() in allowed or any(
        ipaddress.ip_address(one.partition("%")[0]) in network for one in addresses for network in networks
    )


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
