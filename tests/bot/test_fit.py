"""What fits into a post, and how a text that does not is cut."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fit import clean, clip, closed, cut, props_weight, weight

ANY_TEXT = st.text() | st.text(st.characters(exclude_categories=[]))
"""Any text, lone surrogates too."""

MARKDOWN = st.lists(
    st.sampled_from(["plain words", "<b> & c", "```", "```py", "  ~~~~", "````", "> quoted", "", "한글"])
).map("\n".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", 7),
        ("한글 🎉", 6),  # code points, not bytes
        ('"\\', 6),
        ("a\nb", 6),
        ("<>&", 20),
        ("\u2028", 8),
    ],
)
def test_text_weighs_what_go_writes(text: str, expected: int) -> None:
    """Quotation marks count, line ends are two, and Go escapes `<`, `>` and `&` with six characters."""
    assert weight(text) == expected


def test_an_attachment_weighs_what_was_measured() -> None:
    """A real server took one attachment by a bot with 7,747 characters of text, or 1,291 `<`, and no more of 8,000."""
    assert props_weight({"attachments": [{"text": "x" * 7_747}]}) == 8_000
    assert props_weight({"attachments": [{"text": "<" * 1_291}]}) == 7_999


def test_props_of_our_own_count_too() -> None:
    """The key by which a post is found is part of its props."""
    assert props_weight({"nudge": {"post": "k"}}) == props_weight({}) + len(',"nudge":{"post":"k"}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\0b", "ab"),  # the server's database fails on NUL
        ("half \ud83d of it", "half \ufffd of it"),
        ("  around \n\n", "around"),
        ("a\r\nb\tc\x1b[0m", "a\nb\tc[0m"),
    ],
)
def test_text_is_what_the_server_keeps(text: str, expected: str) -> None:
    """No control characters but tab and new line, no half characters, no white space around."""
    assert clean(text) == expected


@given(ANY_TEXT)
def test_clean_text_can_be_sent_and_is_clean(text: str) -> None:
    """Whatever comes in, the result is proper Unicode without NUL, and cleaning it again changes nothing."""
    cleaned = clean(text)

    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned == clean(cleaned)


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("one\ntwo", 9, "one\ntwo"),
        ("one\ntwo\nthree", 9, "one\n…"),
        ("one\ntwo\nthree", 11, "one\ntwo\n…"),
        ("a long first line\ntwo", 8, "a long …"),
        ("```\ncode\nmore\nand more\n```\nafter", 20, "```\ncode\n```\n…"),
        ("```\ncode\n```\nafter that much", 20, "```\ncode\n```\n…"),
        ("~~~~ py\n```\ncode\n" + "x" * 40, 40, "~~~~ py\n```\ncode\n~~~~\n…"),  # another fence is code
        ("- item\n  ```\n  code\n" + "x" * 40, 40, "- item\n  ```\n  code\n  ```\n…"),
        ("`````" + "x" * 40, 20, "…"),  # not half a fence
        ("```inline``` words\nmore and more", 24, "```inline``` words\n…"),
    ],
)
def test_markdown_is_cut_on_a_whole_line(text: str, room: int, expected: str) -> None:
    """A cut is marked, falls between lines where it can, and closes the code block it falls into."""
    assert cut(text, room) == expected


def open_fence(text: str) -> bool:
    """Say, by a plain reading of CommonMark, whether a code block is open at the end."""
    fence = ""
    for line in text.split("\n"):
        opened = re.fullmatch(r" *(`{3,}(?=[^`]*$)|~{3,})(.*)", line)
        if not fence and opened:
            fence = opened[1]
        elif fence and opened and opened[1].startswith(fence) and not opened[2].strip():
            fence = ""
    return fence != ""


@given(MARKDOWN, st.integers(1, 200))
def test_a_cut_fits_and_closes_what_it_opens(text: str, room: int) -> None:
    """Whatever is cut keeps to its room, begins as the text did, and leaves no code block open behind it."""
    short = cut(text, room)

    assert weight(short) - 2 <= room
    if short != text:
        assert short.endswith("…")
        assert not open_fence(short)
        assert text.startswith(short.split("…")[0].rsplit("\n", 2)[0].removesuffix("…"))


@given(ANY_TEXT.map(clean), st.integers(1, 100))
def test_a_clip_fits_and_keeps_the_beginning(text: str, room: int) -> None:
    """A line is cut at a character, with a mark, and as late as there is room."""
    short = clip(text, room)

    assert weight(short) - 2 <= room
    assert text.startswith(short if short == text else short[:-1])
    assert json.loads(json.dumps(short)) == short


@given(MARKDOWN)
def test_a_text_leaves_no_code_block_open(text: str) -> None:
    """What somebody forgot to close is closed, and every other text stays as it is."""
    assert closed(text) == text if not open_fence(text) else not open_fence(closed(text))
