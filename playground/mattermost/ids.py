"""Ids as Mattermost makes them: 26 characters of its own base-32 alphabet."""

import base64
import secrets

_ALPHABET = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"ybndrfg8ejkmcpqxot1uwisza345h769")


def new_id() -> str:
    """Return a fresh random id."""
    return base64.b32encode(secrets.token_bytes(16)).translate(_ALPHABET)[:26].decode()
