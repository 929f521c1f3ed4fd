"""How GitLab's Markdown is read: CommonMark with tables and struck-out text."""

from functools import cache

from markdown_it import MarkdownIt


@cache
def parser(*, html: bool = True) -> MarkdownIt:
    """Return a parser that any thread may use; without `html`, tags are text, as they are for Mattermost.

    Escaped characters are tokens of their own (`text_special`).
    """
    made = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"]).disable("text_join")
    made.parse("*first use*")  # it compiles its rules when it first needs them, and other threads would see half
    return made
