"""Whether a request's bytes come from GitLab: decided before anything is parsed, and never for want of a secret.

Sources: https://docs.gitlab.com/user/project/integrations/webhooks/#validate-requests and
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from standardwebhooks import Webhook

SIGNATURE = "webhook-signature"
DELIVERY_ID = "webhook-id"
IDEMPOTENCY_KEY = "idempotency-key"
TOKEN = "x-gitlab-token"  # noqa: S105 - a header's name

_ENTRY = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
"""One signature of those a header may list: the base64 of an HMAC-SHA256."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets GitLab may know us by; several of a kind while one is being changed for another.

    `signing` are `whsec_` followed by the base64 of 32 bytes (GitLab 19.0).
    """

    tokens: Sequence[str] = field(default=(), repr=False)
    signing: Sequence[str] = field(default=(), repr=False)


def authentic(headers: Mapping[str, str], body: bytes, secrets: Secrets) -> bool:
    """Say whether a body was sent by somebody who knows a secret; `headers` have names in lower case.

    A signature is verified where a signing secret is set and never made up for by a token; without a signature, or
    without a signing secret, the token has to be right. Every secret is tried, so that time does not tell which was.
    """
    if secrets.signing and SIGNATURE in headers:
        right = [_signed(headers, body, secret) for secret in secrets.signing]
    else:
        # WSGI hands bytes over as Latin-1 (PEP 3333); GitLab sends UTF-8.
        sent = headers.get(TOKEN, "").encode("latin-1", "backslashreplace")
        right = [hmac.compare_digest(sent, token.encode()) for token in secrets.tokens if token]
    return any(right)


def _signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Any entry that is right will do; the library gives up at the first one that is malformed."""
    entries = " ".join(filter(_ENTRY.fullmatch, headers[SIGNATURE].split()))
    try:
        Webhook(secret).verify(body, {**headers, SIGNATURE: entries}, json_parse=False)
    except Exception:  # noqa: BLE001 - malformed headers raise whatever their decoding raises
        return False
    return True


def delivery_id(headers: Mapping[str, str], secrets: Secrets) -> str | None:
    """Return GitLab's own name of a delivery: the signed `webhook-id`, else `Idempotency-Key` (17.4), else None."""
    signed = bool(secrets.signing) and SIGNATURE in headers
    return (headers.get(DELIVERY_ID) if signed else None) or headers.get(IDEMPOTENCY_KEY) or None
