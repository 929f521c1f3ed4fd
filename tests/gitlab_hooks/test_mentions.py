"""Mentions are found by GitLab's grammar, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.mentions import LOOKED_AT, mentions

names = st.from_regex(r"[A-Za-z0-9]{1,6}(?:[._-][A-Za-z0-9]{1,6}){0,3}", fullmatch=True).filter(
    lambda name: not name.endswith((".git", ".atom"))
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
silent = st.sampled_from(
    [
        *("`@code`", "``@co`de``", "\n\n```\n@fence\n```\n\n", "jane@mail.example", "[@link](https://a.example)"),
        *("https://a.example/@path", "<a.b@mail.example>", r"\@escaped", "<!-- @comment -->", "word", "한글"),
    ]
)
ends = st.sampled_from(["", ".", ",", "!", "?", ":", ")", "...", " ", "님", "'s"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @john.doe", ["john.doe"]),
        ("hi @john_doe", ["john_doe"]),
        ("hi @john-doe-", ["john-doe-"]),
        ("@john.doe.", ["john.doe"]),
        ("`@alice` in code", []),
        ("@all", ["all"]),
        ("@group/sub/team, look", ["group/sub/team"]),
        ("foo@bar.com", []),
        ("<foo@bar.com>", []),
        (r"\@user and \\@other", ["other"]),
        ("&#64;user @other", ["other"]),
        ("(@a) \"@b\" '@c' **@d** ~~@e~~ @f: @g's", ["a", "b", "c", "d", "e", "f", "g"]),
        ("감사합니다@kim님", ["kim"]),
        ("@Kim then @kim then @KIM", ["Kim"]),
        ("> @quoted", ["quoted"]),
        ("- @item\n  1. @nested", ["item", "nested"]),
        ("| @cell | `@code` |\n|---|---|\n| @row | - |", ["cell", "row"]),
        ("# @title", ["title"]),
        ("```\n@fence\n```\n@after", ["after"]),
        ("~~~py\n@decorator\n", []),
        ("text\n\n    @indented", []),
        ("[@link](https://a.example) [x][@ref] ![@alt](a.png)", ["ref"]),
        ("https://a.example/@me and www.a.example/@me", []),
        ("<!-- @hidden --> @seen", ["seen"]),
        ("<!--\n@hidden\n\n@hidden\n-->\n\n@seen", ["seen"]),
        ("<details>\n<summary>@sum</summary>\n\n@body\n</details>", ["sum", "body"]),
        ("<div>\n@a <!-- @b --> &#64;c <code>@d</code> <a href='x'>@e</a> @f\n</div>", ["a", "f"]),
        ("<code>@a</code> <a href='x'>@b</a> <b>@c</b>", ["c"]),
        ("</code> @after", ["after"]),
        ("<pre>\n@a\n</pre>\n", []),
        ("@project.git @feed.atom", ["project.gi", "feed.ato"]),
        ("@snake\\_case", ["snake_case"]),
        ("@www.kim", ["www.kim"]),
        ("@", []),
        ("@.", []),
        ("@@twice", ["twice"]),
        ("no name at all", []),
        ("", []),
    ],
)
def test_mentions_by_gitlabs_grammar(text: str, found: list[str]) -> None:
    """Dots, dashes and underscores belong to a name, the full stop behind it does not; code and links hide it."""
    assert list(mentions(text)) == found


@given(st.lists(st.tuples(silent, paths, ends), max_size=8))
def test_exactly_the_names_put_in_are_found(parts: list[tuple[str, str, str]]) -> None:
    """Between code, links, addresses and comments, each name is found once, as first written, in order."""
    text = "so " + " ".join(f"{before} (@{name}{end} x" for before, name, end in parts)
    expected = {name.lower(): name for _, name, _ in reversed(parts)}
    assert list(mentions(text)) == [expected[low] for low in dict.fromkeys(name.lower() for _, name, _ in parts)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Whatever the text, names come out as names, each once."""
    found = mentions(text + "@" + text)
    assert all(re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", name, re.ASCII) for name in found)
    assert len({name.lower() for name in found}) == len(found)


@pytest.mark.parametrize(
    "piece", ["@", "[", "[a](", ">", "- ", "`", "``a`", "<a ", "<!--", "*a", "@a/", "@.", "a-", "\\", "<a-"]
)
def test_long_texts_of_one_piece_are_read(piece: str) -> None:
    """No nesting and no repetition makes the reading of a text run away."""
    assert "end" not in mentions(piece * (2 * LOOKED_AT // len(piece)) + " @end")


def test_the_beginning_of_a_long_text_counts() -> None:
    """A name within the first hundred thousand characters is found."""
    assert mentions("@near " + "x" * LOOKED_AT + " @far") == ("near",)
