"""The whole configuration, both sides of it, from `bot.toml` and the environment."""

from collections.abc import Mapping
from pathlib import Path

from bot import settings as ours
from bot.config import Source
from bot.preferences import Defaults
from bot.settings import Messages, StoreSection
from gitlab_hooks import settings as gitlabs
from gitlab_hooks.judge import Policy
from gitlab_hooks.settings import GitLabSection


def configured(path: Path, environ: Mapping[str, str]) -> tuple[ours.Settings, gitlabs.Settings]:
    """Read everything that `serve` needs.

    Raises:
        bot.config.ConfigError: with every fault at once.

    """
    source = Source(path, environ)
    both = ours.read(source), gitlabs.read(source)
    source.only(ours.SECTIONS | gitlabs.SECTIONS)
    source.check()
    return both


def store_of(path: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Read where everything is kept and the password for that, and nothing else.

    Raises:
        bot.config.ConfigError: with every fault at once.

    """
    source = Source(path, environ)
    store, password = source.section("store", StoreSection), ours.store_password(source)
    source.check()
    return store.url, password


def wording_rules(path: Path | None) -> tuple[GitLabSection, Policy, Defaults, Messages]:
    """Read what decides who is told what in which words; no server, no secret. None is the defaults.

    Raises:
        bot.config.ConfigError: with every fault at once.

    """
    source = Source(path, {})
    gitlab = source.section("gitlab", GitLabSection)
    read = (
        gitlab,
        gitlabs.policy(source, gitlab.bots),
        source.section("defaults", Defaults),
        source.section("messages", Messages),
    )
    source.check()
    return read


def warnings(settings: ours.Settings, gitlab_settings: gitlabs.Settings) -> list[str]:
    """Say what is missing that the bot can do without, what that costs, and how to mend it."""
    found = []
    if not gitlab_settings.token:
        found.append(
            "GITLAB_TOKEN is not set: only people whom a webhook itself names as author, assignee or reviewer are told,"
            " nobody by a mention or a thread. Set a token with the scope read_api."
        )
    if not settings.command_tokens:
        found.append(
            "MATTERMOST_COMMAND_TOKEN is not set: the slash command answers 404, and nobody can opt out."
            " Create a slash command in Mattermost and set its token."
        )
    if not settings.server.public_url:
        found.append(
            "[server] public_url is not set: the addresses for GitLab's webhooks and the slash command are its"
            " /gitlab and /mattermost/command. Without it messages have no buttons, and `settings` opens no form."
        )
    return found
