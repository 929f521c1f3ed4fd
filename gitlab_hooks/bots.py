"""Which accounts are no persons."""

import re

from gitlab_hooks.lookups import User

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
"""Matches the whole user names that GitLab itself gives to its bots, tokens and service accounts.

See https://docs.gitlab.com/administration/internal_users/, .../user/project/settings/project_access_tokens/ ("Bot
users for projects") and .../user/profile/service_accounts/. A number is added where the name was taken.
"""


def is_bot_name(name: str) -> bool:
    """Say whether a user name is one that GitLab gives to a bot; case aside."""
    return BOT_NAME.fullmatch(name) is not None


def is_bot(user: User | None, bots: frozenset[str]) -> bool:
    """Say whether an account is no person: GitLab says so, its name is one of GitLab's, or it is among `bots`."""
    return user is not None and (user.bot or is_bot_name(user.username) or user.username.lower() in bots)
