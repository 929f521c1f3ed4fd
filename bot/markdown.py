"""Text for Mattermost: what is Markdown by intent, and how everything else is made harmless."""

import html
import re
from urllib.parse import quote

JOINER = "\u2060"
"""U+2060 WORD JOINER: nobody sees it, and no pattern of Mattermost's goes across it."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
)
"""Control characters but white space, everything that turns the direction of writing, half characters."""

_BLOCK = re.compile(r"[>+=|\-]|(?:#{1,6}|\d+[.)])(?:\s|$)")
"""What makes a heading, a quotation, a list, a rule or a table of a line that starts with it."""

_SPECIAL = re.compile(
    r"""
      (?P<pair>      \[ (?P<inner> [^\[\]]* ) \] )   # [backend]: stays as it is, but never becomes a link's label
    | (?P<bracket>   [\[\]] )
    | (?P<address>   <(?=[^ >]{1,320}@) )            # Mattermost takes anything with @ between < and > for an address
    | (?P<dollar>    \$(?=[^$]*\$) )                 # a pair of them is LaTeX
    | (?P<domain>    \.[^\W\d_]{2,4}(?=/) )          # example.com/… is linked without any scheme
    | (?P<escape>    [`*] | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9]) )
    | (?P<join>      [@~&<\\] | \#(?=[^\W\d_]) | :(?=\S) | www(?=\d{0,3}\.) | !(?=\[|$) )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SAFE_IN_URL = "%/:?#[]@!$&'*+,=~"
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*\)")
_MARKUP = re.compile(r"\\(?=[!-/:-@\[-`{-~])|(?<!\\)\*\*|(?<!\\)`")


class Markdown(str):
    """Text that is Markdown by intent; every other `str` is escaped before it is shown."""

    __slots__ = ()


def escape(text: str) -> Markdown:
    """Make any text one harmless line that shows what the text says.

    Nothing of it is Markdown, a mention, a channel link, a hashtag, an emoji code, a bare address, an HTML entity or
    LaTeX. A backslash stands only where nothing else helps, since notifications show the text nearly raw; the rest is
    broken by U+2060. What has to be broken is what Mattermost's web client looks for (its fork of marked, whose
    backslash escapes are fewer than CommonMark's, and `text_formatting`).
    """
    line = _one_line(text)
    start = JOINER if _BLOCK.match(line) else ""
    return Markdown(start + _inline(line))


def _one_line(text: str) -> str:
    return " ".join(visible(text).replace(JOINER, "").split())


def visible(text: str) -> str:
    """Drop what nobody sees: control characters (not white space), turns of the writing direction."""
    return _UNSEEN.sub("", text)


def link(label: str, url: str) -> Markdown:
    """Return `[label](url)` with the label escaped, or the escaped label alone unless `url` is http or https."""
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return escape(label) or escape(url)
    shown = _inline(_one_line(label) or _one_line(url))  # within brackets nothing starts a line
    return Markdown(f"[{shown}]({percent_encoded(url)})")


def percent_encoded(url: str) -> str:
    """Percent-encode whatever could end an address within Markdown; what is encoded already stays so."""
    return quote(url, safe=_SAFE_IN_URL, errors="replace")


def plain(markdown: str) -> str:
    """Return roughly what a reader sees, for places that show text as it is; joiners stay and keep it harmless."""
    return html.unescape(_MARKUP.sub("", _LINK.sub(r"\1", markdown)))


def _inline(line: str) -> str:
    return _SPECIAL.sub(_harmless, line)


def _harmless(match: re.Match[str]) -> str:
    found = match[0]
    match match.lastgroup:
        case "pair":
            return f"[{_inline(match['inner'])}]{JOINER}"
        case "bracket" | "address" | "dollar":
            return f"&#{ord(found)};"
        case "escape":
            return "\\" + found
        case _:
            return found + JOINER
