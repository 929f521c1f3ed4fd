"""Whom a text mentions, by GitLab's grammar."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from markdown_it.token import Token

from gitlab_hooks.markup import parser

CAP = 100
"""Names a text; whoever mentions more means nobody."""

LOOKED_AT = 100_000
"""Characters; a name beyond them is not found."""

NAME = r"(?:[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}[A-Za-z0-9_-]|[A-Za-z0-9_])(?<!\.git)(?<!\.atom)"
PATH = rf"(?:{NAME}/)*{NAME}"
"""What a user's or a group's path looks like: GitLab's `FULL_NAMESPACE_FORMAT_REGEX`."""

_MENTION = re.compile(rf"(?<!\w)@({PATH})", re.ASCII)
_ADDRESS = re.compile(r"(?<![\w+.@-])(?:[a-z][a-z0-9+.-]*+://|www\.)[^\s<>]+", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9-]*+)[^<>]*>", re.IGNORECASE)

_HIDING = frozenset({"a", "code", "pre", "script", "style"})
_STEPS = {"link_open": 1, "link_close": -1}


def mentions(text: str) -> tuple[str, ...]:
    r"""Return the distinct names of users and groups in a text, without the @, in the order of their appearance.

    Read is what the rendered text shows outside code, links and HTML comments, quotations included; `\@name` is no
    mention, nor is anything within an address. Case is kept, but two spellings of a name are one, since
    GitLab looks names up without case. `@all` gives "all", a group its whole path. The grammar is that of GitLab's
    `User.reference_pattern`.
    """
    if "@" not in text:
        return ()
    found: dict[str, str] = {}
    for block in parser().parse(text[:LOOKED_AT]):
        for name in _MENTION.findall(_ADDRESS.sub(" ", _shown(block))):
            found.setdefault(name.lower(), name)
    return tuple(islice(found.values(), CAP))


def _shown(block: Token) -> str:
    """Return a block's text outside links and code; what is hidden or marked up parts words like a line break."""
    shown = []
    hidden = 0
    for step, text in _pieces([block, *(block.children or ())]):
        hidden = max(0, hidden + step)
        shown.append("\n" if hidden else text)
    return "".join(shown)


def _pieces(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield each piece of text, with 1 where something opens that hides what follows, and -1 where it closes."""
    for token in tokens:
        match token.type:
            case "text":
                yield 0, token.content
            case "text_special":
                yield 0, token.content.replace("@", "\\")
            case "html_inline" | "html_block":
                yield from _html_pieces(token.content)
            case other:
                yield _STEPS.get(other, 0), "\n"


def _html_pieces(source: str) -> Iterator[tuple[int, str]]:
    source = _without_comments(source)
    end = 0
    for tag in _TAG.finditer(source):
        yield 0, source[end : tag.start()]
        end = tag.end()
        hides = tag["name"].lower() in _HIDING
        yield (-1 if tag["end"] else 1) * hides, "\n"
    yield 0, source[end:]


def _without_comments(source: str) -> str:
    first, *others = source.split("<!--")
    return first + "".join(other.partition("-->")[2] for other in others)
