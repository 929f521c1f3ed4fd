"""What only GitLab's Markdown knows, as it stands in a card; a dot is the invisible joiner."""

import pytest

from bot.markdown import JOINER
from gitlab_hooks.quote import quote

_BASE = "https://git.example.com"
_PROJECT = f"{_BASE}/web/shop"
_MR = f"{_PROJECT}/-/merge_requests"
_ISSUE = f"{_PROJECT}/-/issues"


def nobody(_: str) -> None:
    """Return the Mattermost name of somebody nobody knows."""


def quoted(text: str, project: str = _PROJECT) -> str:
    return quote(text, limit=4000, base=_BASE, project=project, shown=nobody).replace(JOINER, "·")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("!12", f"[!12]({_MR}/12)"),
        ("see #34, (#35) and #36.", f"see [#34]({_ISSUE}/34), ([#35]({_ISSUE}/35)) and [#36]({_ISSUE}/36)."),
        ("!12를 보고 이슈#34를", f"[!12]({_MR}/12)를 보고 이슈[#34]({_ISSUE}/34)를"),
        ("web/api!5", f"[web/api!5]({_BASE}/web/api/-/merge_requests/5)"),
        ("a/b/c.d#6+s", f"[a/b/c.d#6]({_BASE}/a/b/c.d/-/issues/6)"),
        ("#34+ !12+", f"[#34]({_ISSUE}/34) [!12]({_MR}/12)"),
        ("| #1 |\n|---|\n| !2 |", f"| [#1]({_ISSUE}/1) |\n|---|\n| [!2]({_MR}/2) |"),
        ("foo#34bar foo#34 #34bar #x #0 v#1.5 &#39; ##34", "foo#34bar foo#34 #34bar #x #0 v#1.5 &#39; ##34"),
        ("`#34` \\#34 \\!12", "`#34` \\#34 \\!12"),
        ("```\n!12\n```", "```\n!12\n```"),
        ("[see #34](https://a.example)", "[see #34](https://a.example)"),
        ("[a [b] #34](https://a.example)", "[a [b] #34](https://a.example)"),
        ("https://a.example/#34 https://a.example/!12", "https://a.example/#34 https://a.example/!12"),
        ("mail@a.example#34 1+#2 !12!13", "mail@a.example#34 1+#2 !12!13"),
    ],
)
def test_references_are_linked(text: str, shown: str) -> None:
    """`!12`, `#34` and those with a project's path are links, but not in code, links, addresses and words."""
    assert quoted(text) == shown


def test_short_references_need_a_project() -> None:
    """Where no project is known, only references with a path are linked."""
    assert quoted("#34 web/api#5", _BASE) == f"#34 [web/api#5]({_BASE}/web/api/-/issues/5)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("before\n>>>\na\n\n- b\n>>>\nafter", "before\n\n> a\n> \n> - b\n\nafter"),
        (">>>\n```\na\n```\n>>>", "> ```\n> a\n> ```"),
        ("```\n>>>\na\n>>>\n```", "```\n>>>\na\n>>>\n```"),
        (">>> [!tip] Good\nnews\n>>>", "> 💡 Good\n> news"),
        ("> [!WARNING] Hot\n> stuff", "> ⚠️ Hot\n> stuff"),
        ("> [!note]\n> a", "> ℹ️\n> a"),
        ("> [!other]", "> [!other]"),
        ("::: note\na\n:::", "a"),
        ("a\n\n[[_TOC_]]\n\n[TOC]\n\nb", "a\n\nb"),
        ("`[TOC]` and [TOC] in a line", "`[TOC]` and [TOC] in a line"),
        ("- [ ] a\n- [x] b\n* [X] c\n1. [~] d", "- ☐ a\n- ☑ b\n* ☑ c\n1. ☒ d"),
        ("> - [x] a\n>   - [ ] b", "> - ☑ a\n>   - ☐ b"),
        ("- [x](https://a.example) - [ ] a", "- [x](https://a.example) - [ ] a"),
        ("```\n- [x] a\n```", "```\n- [x] a\n```"),
        ("<details><summary>Log of *it*</summary>\n\na\n</details>\nb", "·Log of *it*·\n\na\n\nb"),
        ("<details open>\n<summary>Log</summary>\n\n```\na\n```\n</details>", "**Log**\n\n```\na\n```"),
        ("<details><summary>Log</summary>a</details>", "**Log**\na"),
        ("`<details>`", "`<details>`"),
        ("/assign @jane\n/label ~bug\nDone", "Done"),
        ("/close", ""),
        (
            "/etc/hosts\n/closed\nnot /close\n> /close\n/cc @jane",
            "/etc/hosts\n/closed\nnot /close\n> /close\n/cc @·jane",
        ),
        ("```\n/close\n```\n\n    /close", "```\n/close\n```\n\n    /close"),
        ("```suggestion:-0+1\na\n\nb\n```", "```diff\n+a\n+\n+b\n```"),
        ("~~~~suggestion\na\n~~~~", "~~~~diff\n+a\n~~~~"),
        ("```suggestion", "```diff\n```"),
        ("```suggestions\na\n```", "```suggestions\na\n```"),
        ("> ```suggestion\n> a\n> ```", "> ```suggestion\n> a\n> ```"),
    ],
)
def test_blocks_of_gitlab_alone_are_said_in_other_words(text: str, shown: str) -> None:
    """Quotations, alerts, tasks, folded parts and suggestions stay readable; tables of contents and actions go."""
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a[^1] b[^long-name]\n\n[^1]: the @note", "a·(1) b·(long-name)\n\n·(1): the @·note"),
        ("[^1](https://a.example) `[^1]` \\[^1]", "[^1](https://a.example) `[^1]` \\[^1]"),
        ("{+ new +} and {-old-}", "**new** and ~~old~~"),
        ("[+ new @all+] [- old #1 -]", f"**new @·all** ~~old [#1]({_ISSUE}/1)~~"),
        (
            "`{+ a +}` {+ `a` +} {+ +} [+ a +](https://a.example)",
            "`{+ a +}` {+ `a` +} {+ +} [+ a +](https://a.example)",
        ),
        ("$`a^2`$ costs $5 or $6", "·`a^2`· costs $5 or $6"),
        ("```math\na^2\n```", "```math\na^2\n```"),
        ("a<br>b<br />\nc", "a\nb\nc"),
        ("| a<br>b |\n|---|\n| c |", "| a b |\n|---|\n| c |"),
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>", "Press **Ctrl**+**C**"),
        ("H<sub>2</sub>O and x<sup>2</sup>", "H·2·O and x^·2·"),
        ('<span style="color: red">a</span> <b>b</b> <em>c</em>', "·a· **b** ·c·"),
        ("`<kbd>` Map<String, Vec<u8>>", "`<kbd>` Map<String, Vec<u8>>"),
        ("<table><tr><td>a</td></tr></table>", "<table><tr><td>a</td></tr></table>"),
        ("![a](/uploads/1f/a.png =100x100)", f"[🖼 a]({_PROJECT}/uploads/1f/a.png)"),
        ("![a](/uploads/1f/a.png){width=60%}", f"[🖼 a]({_PROJECT}/uploads/1f/a.png)"),
        ("![a <b>][r]\n\n[r]: /uploads/1f/a.png", "!·[a ·][r]\n\n[r]·: /uploads/1f/a.png"),
    ],
)
def test_phrases_of_gitlab_alone_are_said_in_other_words(text: str, shown: str) -> None:
    """Footnotes, inline diffs, mathematics, tags and sized pictures become words, emphasis, code and links."""
    assert quoted(text) == shown


@pytest.mark.parametrize(
    "piece", ["#1", "a/b#1 ", "[#1 ", "[^1]", "{+ a ", "<b>", "<b>a", "$`", "/close\n", ">>>\n", "- [x] ", "<br>"]
)
def test_long_texts_of_one_piece_are_rewritten(piece: str) -> None:
    """No repetition of GitLab's own syntax makes a quotation run away."""
    assert len(quote(piece * (20_000 // len(piece)), limit=300, base=_BASE, project=_PROJECT, shown=nobody)) <= 300
