"""The try-out: a payload in, who would be told what out; nothing is sent, nothing kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitlab_hooks.preview import Preview, Previewer

PAYLOAD_AT_MOST = 1024 * 1024
"""Bytes of a payload; GitLab's are some ten thousand."""


@dataclass(frozen=True, slots=True)
class TryOut:
    """Answers a form with `payload` by the rules in force."""

    previewer: Previewer

    def look(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Return what is shown for what was pasted; without anything, the empty form."""
        payload = form.get("payload", "")
        body = payload.strip().encode(errors="replace")
        wrong = f"A payload has at most {PAYLOAD_AT_MOST} bytes here." if len(body) > PAYLOAD_AT_MOST else ""
        found: Preview | None = self.previewer.read(body) if body and not wrong else None
        return {"payload": "" if wrong else payload, "wrong": wrong, "found": found}
