"""Names that GitLab gives to bots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.bots import is_bot_name


@pytest.mark.parametrize(
    "name",
    [
        "project_12_bot",
        "project_12_bot1",
        "project_12_bot_3f9c2a",
        "group_7_bot_ab12",
        "service_account_9ad1",
        "service_account_group_7_9ad1",
        "ghost",
        "ghost1",
        "alert-bot",
        "support-bot2",
        "security-policy-bot",
        "GitLab-Security-Bot",
        "GitLab-Admin-Bot",
        "GitLabDuo",
        "visual_review_bot",
    ],
)
def test_bots(name: str) -> None:
    """GitLab's own accounts and those of access tokens are bots, however their names are written."""
    assert is_bot_name(name)
    assert is_bot_name(name.upper())


@pytest.mark.parametrize(
    "name", ["kim", "abbot", "robot", "ghostwriter", "bot.lee", "project_bot", "gitlab-fan", "my-support-bot", ""]
)
def test_people(name: str) -> None:
    """A name that merely sounds like a bot's is a person's."""
    assert not is_bot_name(name)


@given(
    kind=st.sampled_from(["project", "group"]),
    number=st.integers(min_value=1),
    tail=st.from_regex(r"(_[0-9a-f]+)?", fullmatch=True),
)
def test_token_bots(kind: str, number: int, tail: str) -> None:
    """Whatever the project or group and the random tail, the user of an access token is a bot."""
    assert is_bot_name(f"{kind}_{number}_bot{tail}")
