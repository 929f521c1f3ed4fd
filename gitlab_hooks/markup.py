"""How GitLab's Markdown is read: CommonMark with tables and struck-out text, as runs of lines of one kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_KINDS = {"fence": "fence", "code_block": "code", "table_open": "table", "html_block": "html", "inline": "prose"}


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring lines of one kind: "code", "fence", "table", "html" or "prose"; `token` is what begins there."""

    kind: str
    lines: Sequence[str]
    token: Token | None = None

    @property
    def text(self) -> str:
        """The lines as they were."""
        return "\n".join(self.lines)


@cache
def parser(*, html: bool = True, inline: bool = True) -> MarkdownIt:
    """Return a parser that any thread may use; without `html`, tags are text, as they are for Mattermost.

    Escaped characters are tokens of their own (`text_special`). Without `inline` what stands within a line is not read,
    which takes as long as all the rest.
    """
    made = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"]).disable("text_join")
    made.disable([] if inline else "inline")
    made.parse("*first use*")  # it compiles its rules when it first needs them, and other threads would see half
    return made


def runs(source: str, *, html: bool) -> Iterator[Run]:
    """Part a text into runs by what the parser finds; lines in which it finds nothing are prose of one line each."""
    lines = source.split("\n")
    done = 0
    for token in parser(html=html, inline=False).parse(source):
        start, end = token.map or (0, 0)
        if token.type in _KINDS and start >= done:
            yield from (Run("prose", [line]) for line in lines[done:start])
            yield Run(_KINDS[token.type], lines[start:end], token)
            done = end
    yield from (Run("prose", [line]) for line in lines[done:])
