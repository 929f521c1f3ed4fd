"""What people name when they mute something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.what import key_of

GITLAB = "https://gitlab.example.com/git"


@pytest.mark.parametrize(
    ("named", "key"),
    [
        ("web", "web"),
        ("Web/Shop", "web/shop"),
        ("/web/shop/", "web/shop"),
        ("web/tools/shop.js", "web/tools/shop.js"),
        ("web/shop!12", "web/shop!12"),
        ("web/shop#3", "web/shop#3"),
        ("@Kim.B", "@kim.b"),
        ("bots", "bots"),
        ("Bot", "bots"),
        ("봇", "bots"),
        (f"{GITLAB}/web/shop", "web/shop"),
        (f"<{GITLAB}/web/shop/>", "web/shop"),
        (f"{GITLAB}/groups/web", "web"),
        (f"{GITLAB}/groups/web/-/issues", "web"),
        (f"{GITLAB}/web/shop/-/merge_requests/12", "web/shop!12"),
        (f"{GITLAB}/web/shop/-/merge_requests/12/diffs?x=1#note_9", "web/shop!12"),
        (f"{GITLAB.upper()}/web/shop/-/merge_requests/12", "web/shop!12"),
        (f"{GITLAB}/web/shop/-/issues/3", "web/shop#3"),
        (f"{GITLAB}/web/shop/-/work_items/3", "web/shop#3"),
        (f"{GITLAB}/web/shop/-/pipelines/3", "web/shop"),
        *((named, None) for named in ("", "!", "a,b", "web/shop!x", "@", "a b", "web//shop", "!12")),
        *((named, None) for named in (GITLAB, f"{GITLAB}/", "https://gitlab.example.com/web", "https://e.example/web")),
    ],
)
def test_key_of(named: str, key: str | None) -> None:
    """A project, a group, one of their things, a person or bots, by name or by a link into our own instance."""
    assert key_of(GITLAB, named) == key


@given(st.text())
def test_any_text(named: str) -> None:
    """Whatever is typed has a key in which nothing is that could break out of a code span, or none."""
    key = key_of(GITLAB, named)

    assert key is None or not set(key) & set("`\n <>()[]*")
