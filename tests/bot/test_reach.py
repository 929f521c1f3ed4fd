"""Whether Mattermost's own requests are let out to the bot."""

from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reach import is_allowed, is_internal


@pytest.mark.parametrize(
    ("address", "internal"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("100.64.0.1", True),
        ("169.254.1.1", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1:248:1893:25c8:1946", False),
    ],
)
def test_internal(address: str, internal: bool) -> None:
    """Addresses that mean nothing on the internet are internal."""
    assert is_internal(address) is internal


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        ("", False),
        ("nudge", True),
        ("NUDGE", True),
        ("other nudge", True),
        ("other, nudge", True),
        ("nudge.example.com", False),
        ("10.0.0.7", True),
        ("10.0.0.0/8", True),
        ("10.0.0.8", False),
        ("10.0.0.7/8", True),
        ("fd00::/8", False),
        ("*", False),
    ],
)
def test_setting(setting: str, allowed: bool) -> None:
    """The setting names hosts, addresses and networks, between blanks or commas."""
    assert is_allowed("nudge", ["10.0.0.7"], setting) is allowed


@given(st.integers(0, 2**32 - 1), st.integers(1, 32), st.text())
def test_networks(number: int, length: int, noise: str) -> None:
    """An address is let through by every network it is in, whatever else stands in the setting."""
    address = str(IPv4Address(number))
    network = ip_network((number, length), strict=False)

    assert is_allowed("nudge", [address], f"{noise} {network}")
