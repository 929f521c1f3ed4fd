"""A comment in a card: what it said, in what fits, pinging nobody and fetching nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markdown import JOINER, Markdown
from gitlab_hooks.quote import LIMITS, quote

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_BASE = "https://git.example.com"
_PROJECT = f"{_BASE}/web/shop"
_KNOWN: dict[str, str] = {"jane.doe": "jane", "Kim": "kim.minsu"}
_MENTION = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9._-]")
_ADDRESS = re.compile(r"(?:https?://|www\.)[\w%/.~#?&=+,:@-]+", re.IGNORECASE)

_PIECES = [
    *(
        "@all",
        "@jane.doe",
        "@Kim!",
        "@group/sub",
        "`",
        "``",
        "```",
        "~~~",
        "    ",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "#",
    ),
    *("\\", "\\@", "\\`", "![", "[", "]", "](", "(", ")", "![a](/uploads/a.png)", "[x](javascript:alert(1))", "<b>"),
    *("<!--", "-->", "<!-- no -->", "<img src='/uploads/a.png'>", "[x]: javascript:y", "https://a.io/@me", "<a:b>"),
    *(
        "|",
        "\n|a|b|\n|-|-|\n|c|d|\n",
        "**",
        "~",
        "\t",
        "\r\n",
        "\x00",
        "\u202e",
        "word ",
        "한글",
        "`@all`",
        "<",
        "\\\n",
    ),
    *("!12", "#34", "web/shop!12", "[a #1](", "+", "\n>>>\n", "\n[TOC]\n", "\n:::\n", "\n/close\n", "\n/label ~a\n"),
    *("[^1]", "\n[^1]: ", "{+", "+}", "{-", "-}", "[+ a +]", "$`a`$", "$", "- [ ] ", "- [x] ", "> [!note]"),
    *("<br>", "<details>", "</details>", "<summary>", "</summary>", "<kbd>", "</kbd>", "<sup>", "<kbd>a</kbd>"),
    *("\n```suggestion:-0+1\n", "\n> ```suggestion\n", "\n>>> [!tip] a\n"),
]
texts = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=3)), max_size=25).map("".join)
limits = st.one_of(st.integers(1, 120), st.sampled_from([300, 4000]))


def quoted(text: str, limit: int = 4000) -> Markdown:
    return quote(text, limit=limit, base=_BASE, project=_PROJECT, shown=_KNOWN.get)


def prose(markdown: str) -> str:
    """Return what stands outside code and addresses, by a parser of CommonMark and tables."""
    blocks = _PARSER.parse(markdown)
    texts = (t.content if t.type == "text" else "\n" for b in blocks for t in b.children or [])
    return _ADDRESS.sub(" ", "".join(texts))


@given(texts, limits)
def test_a_quotation_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    """Whatever is quoted, the code points of it are at most the limit, closing fences and dots included."""
    assert len(quoted(text, limit)) <= limit


@given(texts, limits)
def test_a_quotation_pings_nobody(text: str, limit: int) -> None:
    """Outside code there is no @name, @all, @here or @channel that Mattermost would take for one."""
    assert not _MENTION.search(prose(quoted(text, limit)))


@given(texts, limits)
def test_a_quotation_fetches_nothing_and_leads_to_the_web(text: str, limit: int) -> None:
    """There is no picture left, and every link of it is http, https or a mail address."""
    tokens = [t for block in _PARSER.parse(quoted(text, limit)) for t in block.children or []]
    assert "image" not in {token.type for token in tokens}
    targets = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert all(re.match(r"https?://|mailto:", target) for target in targets), targets


@given(texts, limits)
def test_a_quotation_leaves_no_fence_open(text: str, limit: int) -> None:
    """What is written below a quotation is a paragraph of its own, never code."""
    last = _PARSER.parse(f"{quoted(text, limit)}\n\nbelow")[-2:]
    assert [token.type for token in last] == ["inline", "paragraph_close"]
    assert last[0].level == 1


@given(texts, limits)
def test_a_quotation_has_no_control_characters(text: str, limit: int) -> None:
    """NUL, which Mattermost cannot store, goes, and so does what turns the direction of writing."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", quoted(text, limit))


@given(texts)
def test_a_quotation_of_a_quotation_is_the_same(text: str) -> None:
    """What has been made fit once is fit: nothing is escaped or moved twice."""
    once = quoted(text, 20_000)
    assert quoted(once, 20_000) == once


U = _PROJECT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Looks good to me!", "Looks good to me!"),
        ("cc @jane.doe, @kim and @Kim", "cc @·jane, @·kim and @·kim.minsu"),
        ("@all @here @channel @group/sub", "@·all @·here @·channel @·group/sub"),
        ("mail jane@a.example or <jane@a.example>", "mail jane@a.example or <jane@a.example>"),
        (r"\@all", "@·all"),
        ("`@jane.doe` and ``@all ` ``", "`@jane.doe` and ``@all ` ``"),
        ("`a\nb @all` c", "`a b @all` c"),
        ("```py\n@jane.doe\n```", "```py\n@jane.doe\n```"),
        ("    @jane.doe", "    @jane.doe"),
        ("- a\n  ~~~\n  @all", "- a\n  ~~~\n  @all\n  ~~~"),
        ("> ```\n> @all\n\nafter", "> ```\n> @all\n> ```\n\nafter"),
        ("```\nno end\n\n", "```\nno end\n\n```"),
        ("````\n```\n````", "````\n```\n````"),
        ("```\n```", "```\n```"),
        ("<!-- template -->\nDone", "Done"),
        ("a <!-- b\nc --> d", "a  d"),
        ("<!--\n\nall\n\n-->\n\n<!-- of it -->", ""),
        ("<!-- never ends", ""),
        ("text <!-- never ends", "text <·!-- never ends"),
        ("`<!-- code -->` <!-- c -->x", "`<!-- code -->` x"),
        ("```\n<!-- code -->\n```", "```\n<!-- code -->\n```"),
        ("<div>\n<!-- c -->x\n</div>", "<div>\nx\n</div>"),
        (" \n\t\n", ""),
        ("\x00a\x07b\u202ec", "abc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("![shot](/uploads/1f/a.png)", f"[🖼 shot]({U}/uploads/1f/a.png)"),
        ("![shot](/uploads/1f/a.png 'title'){width=600 height=2}", f"[🖼 shot]({U}/uploads/1f/a.png)"),
        ("![](/uploads/1f/my%20shot.png)", f"[🖼 my shot.png]({U}/uploads/1f/my%20shot.png)"),
        ("![a\\]b](https://a.example/c.png)", "[🖼 a&#93;b](https://a.example/c.png)"),
        ("![](data:image/png;base64,AAAA)", "🖼"),
        ("![a][b] vec![1]", "!·[a][b] vec!·[1]"),
        ("!![a](/uploads/a.png)", f"!·[🖼 a]({U}/uploads/a.png)"),
        ("[![build](https://ci.example/b.svg)](https://ci.example/1)", "[🖼 build](https://ci.example/1)"),
        ("<img src='/uploads/1f/a.png' alt=\"my shot\" width=3>", f"[🖼 my shot]({U}/uploads/1f/a.png)"),
        ("<img>", "🖼"),
        ("[file](/uploads/1f/a.pdf)", f"[file]({U}/uploads/1f/a.pdf)"),
        ("[issue](/web/shop/-/issues/1 (title))", f"[issue]({_BASE}/web/shop/-/issues/1)"),
        ("[doc](docs/a.md#part) [up](../b)", f"[doc]({U}/-/blob/HEAD/docs/a.md#part) [up]({U}/-/blob/b)"),
        ("[wiki](https://a.example/(b)_c)", "[wiki](https://a.example/%28b%29_c)"),
        ("[sp](<https://a.example/b c>)", "[sp](https://a.example/b%20c)"),
        ("[x](javascript:alert(1)) [y](JaVa&#115;cript:z) [z](#top) []()", "[x]· [y]· [z]· []·"),
        ("[deep](javascript:a(b(c)))", "[deep]·(javascript:a(b(c)))"),
        ("[bad](http://[::1)", "[bad]·"),
        ("[r]: javascript:x\n[s]: https://a.example", "[r]·: javascript:x\n[s]: https://a.example"),
        ("<javascript:x> <https://a.example/@me>", "<·javascript:x> <https://a.example/@me>"),
        ("https://a.example/@me, www.a.example/@me", "https://a.example/@me, www.a.example/@me"),
        ("~bug ~~gone~~", "~·bug ~~gone~~"),
        ("| a | b |\n|---|---|\n| `x | @all` |", "| a | b |\n|---|---|\n| `x | @·all` |"),
    ],
)
def test_a_comment_is_made_fit(text: str, shown: str) -> None:
    """Code stays as it is, names ping nobody, pictures are links, links lead to the web (a dot is the joiner)."""
    assert quoted(text).replace(JOINER, "·") == shown
    assert isinstance(quoted(text), Markdown)


_WORDS = " ".join(["word"] * 100)


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("anything", LIMITS["off"], ""),
        ("one\ntwo", 7, "one\ntwo"),
        ("\n".join("abcdefgh"), LIMITS["short"], "a\nb\nc\nd\ne\n…"),
        ("a\n\nb\n\nc\n\nd", LIMITS["short"], "a\n\nb\n\nc\n\nd"),
        (_WORDS, 60, "word word word word word word word word word word word\n…"),
        ("가나다라마바사아자차" * 10, 60, "가나다라마바사아자차" * 5 + "가나다라마바사아\n…"),
        ("x" * 30 + "\n" + "y" * 30, 50, "x" * 30 + "\n…"),
        (f"short\n{_WORDS}", 110, "short\n" + " ".join(["word"] * 20) + "\n…"),
        (f"see `{_WORDS}`", 110, "see\n…"),
        (f"see [{_WORDS}](https://a.example)", 110, "see\n…"),
        ("see [the page](https://a.example) " + "x" * 99, 110, "see [the page](https://a.example) " + "x" * 74 + "\n…"),
        ("```\n" + "line\n" * 50 + "```", 160, "```\nline\nline\nline\n```\n…"),
        ("- a\n  ```\n" + "  line\n" * 50, 220, "- a\n  ```\n  line\n  line\n  ```\n…"),
        ("```\n" + "x" * 200 + "\n```", 60, "```\n" + "x" * 49 + "…\n```\n…"),
        ("    " + "x" * 200, 60, "    " + "x" * 53 + "…\n…"),
        ("a\n\n| b | c |\n|---|---|\n" + "| d | e |\n" * 50, 300, "a\n…"),
        ("| b |\n|---|\n| d |\n\n" + "x" * 290, 300, "| b |\n|---|\n| d |\n\n" + "x" * 279 + "\n…"),
        ("```no fence`" + "x" * 99, 12, "…"),
        ("long", 1, "…"),
        ("long", 3, "…"),
    ],
)
def test_a_long_comment_is_cut_where_nothing_breaks(text: str, limit: int, shown: str) -> None:
    """It is cut after a whole line, or within a first long one after a word, never within a link, code or a table."""
    assert quoted(text, limit) == shown
    assert len(shown) <= limit


@pytest.mark.parametrize(
    "piece", ["[", "![a](", "[![a](", ">", "- ", "`a", "``a`", "<!--", "<!-- -->", "@a/", "](", "|a|\n|-|\n"]
)
def test_long_texts_of_one_piece_are_quoted(piece: str) -> None:
    """No nesting and no repetition makes a quotation run away, and it is short all the same."""
    assert len(quoted(piece * (100_000 // len(piece)), 300)) <= 300


@given(st.integers(min_value=0, max_value=400), st.sampled_from(["short", "full"]))
def test_what_is_not_shown_costs_nothing(many: int, setting: str) -> None:
    """Of a long comment only the paragraphs that may be shown are put into other words: no name beyond is looked up."""
    asked: list[str] = []
    text = "\n\n".join(f"A paragraph of some length for @person{number}" for number in range(many))
    said = quote(text, limit=LIMITS[setting], base="https://g.io", project="https://g.io/p", shown=asked.append)

    assert len(asked) <= said.count("@") + 2  # the first that does not fit, and the one whose place "…" takes


def test_much_that_vanishes_hides_what_follows() -> None:
    """What leaves nothing to read is passed over, but only ten times as much of it as may be shown."""
    little, much = "/label ~bug\n" * 20, "/label ~bug\n" * 400

    assert quoted(f"{little}Look!", LIMITS["short"]) == "Look!"
    assert quoted(f"{much}Look!", LIMITS["short"]) == ""
    assert quoted(f"<!-- {much} -->Look!", LIMITS["short"]) == "Look!"
