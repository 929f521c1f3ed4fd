"""Which user names GitLab itself gives to its bots, tokens and service accounts."""

import re

BOT_NAME = re.compile(
    r"(project|group)_\d+_bot(_?\w+)?"  # access tokens of projects and groups
    r"|service_account_\w+"
    r"|(alert|support|automation|migration|security|security-policy|suggested-reviewers)-bot\d*"
    r"|visual_review_bot\d*"
    r"|gitlab-[\w-]*bot\d*"  # GitLab-Security-Bot, GitLab-Admin-Bot, GitLab-Llm-Bot
    r"|gitlabduo\d*"
    r"|ghost\d*",  # stands for deleted users
    re.IGNORECASE | re.ASCII,
)
"""Matches whole user names.

See https://docs.gitlab.com/administration/internal_users/, .../user/project/settings/project_access_tokens/ ("Bot
users for projects") and .../user/profile/service_accounts/. A number is added where the name was taken.
"""


def is_bot_name(name: str) -> bool:
    """Say whether a user name is one that GitLab gives to a bot; case aside."""
    return BOT_NAME.fullmatch(name) is not None
