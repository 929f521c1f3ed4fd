"""What the bot signs, since Mattermost signs no button and no dialog: HMAC-SHA256 (RFC 2104) with a key of its own."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

import msgspec

KEY_BYTES = 32


def sign(key: bytes, purpose: str, *parts: str) -> str:
    """Return the signature of some texts for one purpose; where one of them ends and the next begins is signed, too."""
    digest = hmac.digest(key, msgspec.json.encode([purpose, *parts]), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")


def is_signed(signature: str, key: bytes, purpose: str, *parts: str) -> bool:
    """Say whether a signature is ours for these texts and this purpose, in a time that does not depend on it."""
    return hmac.compare_digest(signature.encode(errors="replace"), sign(key, purpose, *parts).encode())
