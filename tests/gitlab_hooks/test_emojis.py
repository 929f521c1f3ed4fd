"""From GitLab's names of emoji to what Mattermost shows."""

import pytest
from emoji import emojize, is_emoji

from bot.markdown import JOINER
from gitlab_hooks.emojis import OWN_NAMES, shown_emoji


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("thumbsup", "👍"),
        ("+1", "👍"),
        ("tada", "🎉"),
        ("kr", "🇰🇷"),
        ("100", "💯"),
        ("rolling_eyes", "🙄"),
        ("slight_smile", "🙂"),
        ("tools", "🛠️"),
        ("flag_kr", "🇰🇷"),
        ("flag_ua", "🇺🇦"),
        ("flag_qq", ":flag_qq:"),
        ("thumbsup_tone1", "👍🏻"),
        ("thumbsup_tone5", "👍🏿"),
        ("point_up_tone3", "☝🏽"),
        ("vulcan_tone4", "🖖🏾"),
        ("rocket_tone1", ":rocket_tone1:"),
        ("shop_parrot_tone1", ":shop_parrot_tone1:"),
        ("shop_parrot", ":shop_parrot:"),
        ("a:b @all", f"a:{JOINER}b @{JOINER}all"),
        ("[x](http://evil.example)", f"[x]{JOINER}(http:{JOINER}//evil.example)"),
        ("", ""),
    ],
)
def test_emoji(name: str, shown: str) -> None:
    """An emoji is shown as the character it is, a team's own by its code, and any other text as text."""
    assert shown_emoji(name) == shown


@pytest.mark.parametrize("name", OWN_NAMES)
def test_names_of_gitlab_alone(name: str) -> None:
    """What stands in our own table is an emoji, and nobody else knows the name."""
    assert is_emoji(shown_emoji(name))
    assert not is_emoji(emojize(f":{name}:", language="alias"))
