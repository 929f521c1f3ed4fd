"""What fits into one post, measured as Mattermost's server measures it, and how text is cut to it.

The limits are those of a server 5.37, the strictest known (`PostMessageMaxRunesV2` and `PostPropsMaxRunes` of its
model/post.go); later ones take more.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

MESSAGE_LIMIT = 16_383
"""Code points of `message`."""

PROPS_LIMIT = 7_600
"""Code points of `props` as JSON. The server takes 8,000, with what it adds itself."""

MORE = "…"

_ATTACHMENT: dict[str, Any] = {
    "id": 0,
    "fallback": "",
    "color": "",
    "pretext": "",
    "author_name": "",
    "author_link": "",
    "author_icon": "",
    "title": "",
    "title_link": "",
    "text": "",
    "fields": None,
    "image_url": "",
    "thumb_url": "",
    "footer": "",
    "footer_icon": "",
    "ts": None,
}
"""The server writes out every key of an attachment, whether it was sent or not."""

_BY_THE_SERVER = {"from_bot": "true"}

_GO_ESCAPES = "<>&\u2028\u2029"
r"""Go's encoding/json writes each as `\uXXXX` (https://pkg.go.dev/encoding/json#Marshal)."""

_JUNK = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""Control characters but tab and new line; NUL makes the server's database fail."""

_SURROGATES = re.compile("[\ud800-\udfff]")

_FENCE = re.compile(r"(?P<fence> *(?:`{3,}|~{3,}))(?P<info>(?<!`)[^\n]*|[^`\n]*)$")


def clean(text: str) -> str:
    """Return the text as the server will keep it: no control characters, no half characters, no white space around."""
    return _SURROGATES.sub("\ufffd", _JUNK.sub("", text)).strip()


def weight(value: object) -> int:
    """Return how many code points a value takes as JSON in the way Go writes it."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(written) + sum(5 * written.count(character) for character in _GO_ESCAPES)


def props_weight(props: Mapping[str, Any]) -> int:
    """Return how many code points the server counts for a post's `props`."""
    attachments = [_ATTACHMENT | attachment for attachment in props.get("attachments", ())]
    return weight({**props, **_BY_THE_SERVER, "attachments": attachments})


def clip(text: str, room: int) -> str:
    """Cut one line to a weight, at any character."""
    return text if _inner(text) <= room else _marked(text, room)


def _marked(text: str, room: int) -> str:
    """Return the longest beginning of a line that fits together with the mark."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _inner(text[:middle] + MORE) <= room else (low, middle - 1)
    return text[:low] + MORE


def cut(text: str, room: int) -> str:
    """Cut Markdown to a weight after a whole line, close the code block it may be in, and mark that there was more.

    Where not even the first line fits, that is cut in itself.
    """
    if _inner(text) <= room:
        return text
    lines = text.split("\n")
    first = MORE if _FENCE.match(lines[0]) else _marked(lines[0], room)
    *_, (_, kept, end) = (0, 0, [first]), *takewhile(lambda ending: ending[0] <= room, _endings(lines))
    return "\n".join([*lines[:kept], *end])


def _endings(lines: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield, for a cut after each line, the weight of the whole, how many lines are kept, and what stands below."""
    used, fence = 0, ""
    for kept, line in enumerate(lines, 1):
        fence = _fence_after(line, fence)
        used += _inner(line + "\n")
        end = [fence, MORE] if fence else [MORE]
        yield used + _inner("\n".join(end)), kept, end


def closed(text: str) -> str:
    """Close the code block that a text leaves open, so that what follows it is not code."""
    fence = ""
    for line in text.split("\n"):
        fence = _fence_after(line, fence)
    return f"{text}\n{fence}" if fence else text


def _inner(text: str) -> int:
    """Return the weight of a text within its quotation marks."""
    return weight(text) - 2


def _fence_after(line: str, fence: str) -> str:
    """Return what would close the code block that is open after a line, "" outside of any; `fence` is that before it.

    https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    """
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found["fence"]
    closes = not found["info"].strip() and found["fence"].lstrip().startswith(fence.lstrip())
    return "" if closes else fence
