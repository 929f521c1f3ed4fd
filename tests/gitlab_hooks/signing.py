"""Signs bodies as GitLab 19 does, with secrets that are right and others."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable

KEYS = {name: hashlib.sha256(name.encode()).digest() for name in ("mine", "next", "foreign")}
SIGNING = {name: f"whsec_{base64.b64encode(key).decode()}" for name, key in KEYS.items()}
TOKEN = "right-token"


def entry(key: str = "mine", *, body: bytes, stamp: int, name: str = "msg-1") -> str:
    """Sign as GitLab does: HMAC-SHA256 over id, time and body."""
    signed = hmac.new(KEYS[key], f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def signed(signature: Callable[[int], str], *, age: int = 0, name: str = "msg-1") -> dict[str, str]:
    stamp = int(time.time()) - age
    return {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": signature(stamp)}
