"""What became of something, in the words of who answers for it: `why` says the same to the person themselves."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "told": "told",
    "on_its_way": "on its way",
    "held": "waits until they want to hear of it",
    "refused": "not told: Mattermost did not take the message",
    "given_up": "not told: the message was given up by hand",
    "own_act": "not told: they did it themselves",
    "draft": "not told: it was a draft",
    "opted_out": "not told: they were off",
    "switched_off": "not told: they had switched it off",
    "muted": "not told: they had muted it",
    "not_matched": "not told: not in the notification channel, or the account was not found",
    "conflict": "not told: more than one account could be theirs",
    "deactivated": "not told: the account was deactivated",
    "bot": "not told: a bot did it, or is meant",
    "no_access": "not told: they may not read it in GitLab",
    "access_not_checked": "not told: without GITLAB_TOKEN nobody knows whether they may read it",
    "told_before": "not told again: they had been told of it",
    "duplicate": "not told again: it came twice",
    "stale": "not told: it was too old when it came, or something newer was known",
    "test": "not told: it was a test of a webhook",
    "no_rule": "not told: no rule says so",
    "withdrawn": "not told: it was over, or taken back, before it left",
    "unreadable": "not told: what GitLab sent could not be read",
}


def in_words(verdict: str) -> str:
    """Say a verdict, or what a message is by now."""
    return WORDS[verdict]
