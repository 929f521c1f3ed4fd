"""Markdown of messages as the page shows it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.render import html

TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
    *("s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"href", "rel", "target", "class", "title", "start", "style"}
PIECES = (
    *("<script>", "<img src=x onerror=alert(1)>", "<a ", "&lt;", '"', "'"),
    *("[a](", "![b](", "javascript:alert(1)", "data:text/html,x", "http://a.example", ")"),
    *("\n", "* ", "> ", "~~", "`", "```", "| a |\n|---|\n", "@ben", ":eyes:"),
)
WILD = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


class Parsed(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Ann** asked", "<p><strong>Ann</strong> asked</p>\n"),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>\n"),
        (":thumbsup: `:eyes:`", "<p>👍\N{VARIATION SELECTOR-16} <code>:eyes:</code></p>\n"),
        ("~~old~~", "<p><s>old</s></p>\n"),
        ("hi @ben.o. me@x.example", '<p>hi <span class="mention">@ben.o</span>. me@x.example</p>\n'),
        (
            "[x](https://a.example)",
            '<p><a href="https://a.example" target="_blank" rel="noopener noreferrer nofollow">x</a></p>\n',
        ),
        (
            '![cat](https://a.example/"c")',
            '<p><a href="https://a.example/%22c%22" target="_blank" rel="noopener noreferrer nofollow">cat</a></p>\n',
        ),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>\n"),
    ],
)
def test_markdown_is_shown(text: str, shown: str) -> None:
    """Markdown, emoji and mentions are shown as in Mattermost; HTML is text, and a picture is a link."""
    assert html(text) == shown


@given(text=st.text() | WILD)
def test_nothing_harmful_is_shown(text: str) -> None:
    """Whatever a message says, only harmless tags and attributes come out, and links lead to web or mail addresses."""
    for tag, attributes in Parsed(html(text)).tags:
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES
        address = (attributes.get("href") or "").lower().strip()
        assert not address.startswith(("javascript:", "data:", "vbscript:", "file:"))
