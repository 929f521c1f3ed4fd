"""Any text becomes one harmless line that still says what it said."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.markdown import JOINER, Markdown, escape, link, plain

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

_PIECES = [
    *"\\`*_{}[]()<>#+-.!|~^$&:@=;/\"' \t\n\r\x00\x1f\u00a0\u2028\u202e\u2060aZ0가",
    *("@all", "@jane.doe", "~town-square", "#tag", "#7", ":smile:", ":)", "https://a.io/x", "www.a.io"),
    *("a.io/x", "jane@a.io", "<jane@a.io>", "<b>", "<!--", "-->", "&lt;", "&#64;", "$x$", "```", "~~~"),
    *(
        "](",
        "![",
        "[x](https://a.example)",
        "[x][y]",
        "[x]: https://a.example",
        "1. ",
        "- ",
        "---",
        "|a|b|",
        "snake_case",
    ),
]
texts = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=12).map("".join)
"""Texts full of what means something to Markdown or Mattermost."""

_LINKED = {
    "a mention": r"(?<!\w)@[a-z0-9._-]",
    "a channel": r"(?<!\w)~[a-z0-9]",
    "a strike": r"~~",
    "a hashtag": r"#[^\W\d_]",
    "an emoji": r":[\w+-]+:",
    "an address": r"[a-z][a-z0-9.+-]*:(?:/|[\w%])",
    "a host": r"\bwww\d{0,3}[.]",
    "a domain": r"[\w-][.][^\W\d_]{2,4}/",
    "an e-mail address": r"\w@[\w-]",
    "LaTeX": r"\$[^$]+\$",
    "an autolink": r"<[^ >]+(?:@|:/)[^ >]+>",
    "an entity": r"&(?!#(?:36|60|91|93);)#?\w+;",
}
"""What Mattermost's web client looks for beyond Markdown, by `utils/text_formatting` and its fork of marked."""


def visible(text: str) -> str:
    """Say what a reader should see of a text, by the categories of Unicode and not by our own pattern."""
    kept = (c for c in text if (c.isspace() and c != "\x1f") or unicodedata.category(c) not in {"Cc", "Cs"})
    return " ".join("".join(c for c in kept if c not in "\u061c\u200e\u200f\u2060" and not _turns(c)).split())


def _turns(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def inline(markdown: str) -> list[Token]:
    """Return what is in the one paragraph that a text must be."""
    blocks = _PARSER.parse(markdown)
    assert [block.type for block in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    return [token for token in blocks[1].children or [] if token.content or token.type != "text"]


def read(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens).replace(JOINER, "")


@given(texts)
@example("\x1f")
@example("[a]: b")
def test_escaped_text_is_one_paragraph_of_text(text: str) -> None:
    """CommonMark with tables sees one paragraph of nothing but text, and the reader what was written."""
    if not visible(text):
        assert read([]) == plain(escape(text)).strip(JOINER)
        return
    tokens = inline(escape(text))
    assert {token.type for token in tokens} == {"text"}
    assert read(tokens) == visible(text)


@given(texts)
@pytest.mark.parametrize("pattern", _LINKED.values(), ids=_LINKED)
def test_escaped_text_triggers_nothing(pattern: str, text: str) -> None:
    """No pattern of Mattermost's web client matches what was escaped."""
    assert not re.search(pattern, escape(text), re.IGNORECASE)


@given(st.text("[]<$&@`*_~:.#! \\a", max_size=60))
def test_brackets_and_their_like_are_harmless_in_any_number(text: str) -> None:
    """Brackets may be lonely, nested or crossed: what is seen stays what was written."""
    if visible(text):
        assert read(inline(escape(text))) == visible(text)


@given(texts, texts)
def test_a_link_is_one_link(label: str, rest: str) -> None:
    """A link has one target, on the web, and its label is text; nothing in either ends it early."""
    url = f"https://git.example.com/{rest}"
    tokens = inline(f"a {link(label, url)} b")
    assert [token.type for token in tokens] == ["text", "link_open", "text", "link_close", "text"]
    assert read(tokens[2:3]) == (visible(label) or visible(url))
    assert str(tokens[1].attrs["href"]).startswith("https://git.example.com/")


@given(texts, texts)
def test_what_stands_beside_escaped_text_keeps_its_meaning(name: str, label: str) -> None:
    """Bold names and links around hostile values stay what the sentence made of them."""
    tokens = inline(f"**{escape(name) or 'x'}** did {escape(label)} [it](https://git.example.com)")
    kinds = [token.type for token in tokens]
    assert kinds == ["strong_open", "text", "strong_close", "text", "link_open", "text", "link_close"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fix login", "Fix login"),
        ("[FE] 로그인 수정", "[FE]· 로그인 수정"),
        ("feat(api)!: snake_case, 3 * 4", r"feat(api)!: snake_case, 3 \* 4"),
        ("_private and __init__.py", r"\_private and \_\_init\_\_.py"),
        ("@all look", "@·all look"),
        ("a\n\n# b", "a # b"),
        ("# b", "·# b"),
        ("#7 and #tag", "#7 and #·tag"),
        ("Vec<u8> & <jane@a.example>", "Vec<·u8> &· &#60;jane@·a.example>"),
        ("12:30 :tada:", "12:·30 :·tada:"),
        ("see https://a.io/b", "see https:·//a.io·/b"),
        ("$PATH", "$PATH"),
        ("$a$", "&#36;a$"),
        (r"C:\temp", r"C:·\·temp"),
        ("a [b](c", "a [b]·(c"),
        ("lonely ] and [", "lonely &#93; and &#91;"),
        ("a\u202eb\x00cd", "abcd"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_escaped_text_reads_well_raw(text: str, shown: str) -> None:
    """Little is added, since notifications show the text nearly raw (a dot stands for the joiner here)."""
    assert escape(text).replace(JOINER, "·") == shown
    assert isinstance(escape(text), Markdown)


@pytest.mark.parametrize(
    ("label", "url", "shown"),
    [
        (
            "!42 Fix",
            "https://git.example.com/a/-/merge_requests/42",
            "[!42 Fix](https://git.example.com/a/-/merge_requests/42)",
        ),
        ("a", "http://[::1]/x#note_9", "[a](http://[::1]/x#note_9)"),
        ("a", "https://a.example/b (c)", "[a](https://a.example/b%20%28c%29)"),
        ("a", "https://a.example/b%20c", "[a](https://a.example/b%20c)"),
        ("a", "https://a.example/한", "[a](https://a.example/%ED%95%9C)"),
        ("a", "javascript:alert(1)", "a"),
        ("a", "", "a"),
        ("a", "https://", "a"),
        ("", "https://a.example", "[https:·//a.example](https://a.example)"),
    ],
)
def test_a_link_leads_to_the_web_or_nowhere(label: str, url: str, shown: str) -> None:
    """Only http and https are linked, what could end the address is percent-encoded, and no label is empty."""
    assert link(label, url).replace(JOINER, "·") == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**Ann** approved [!42 [FE] Fix](https://a.example)", "Ann approved !42 [FE] Fix"),
        (r"snake\_case &#91; `code`", "snake_case [ code"),
        (f"@{JOINER}all", f"@{JOINER}all"),
    ],
)
def test_plain_text_is_roughly_what_is_seen(markdown: str, shown: str) -> None:
    """The text for places without Markdown has no marks of it, and is still harmless."""
    assert plain(markdown) == shown
