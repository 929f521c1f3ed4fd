"""`setup` from the first question to the first message; what is done already is left alone when it runs again."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import env_file
from bot.console import DONE, FAULTS, USAGE
from bot.talk import StoppedError, Talk
from bot.toml_edit import Value
from gitlab_hooks.setup_draft import SHIPPED, Draft, Where
from gitlab_hooks.setup_questions import QUESTIONS, ask_all
from gitlab_hooks.setup_steps import greet, make_command, make_hooks, show_people, show_way_back

VARIABLES = {
    "MATTERMOST_TOKEN": "the shared account's token; or:",
    "MATTERMOST_PASSWORD": "its password",
    "MATTERMOST_COMMAND_TOKEN": "the slash command's token; without it there is no slash command",
    "GITLAB_WEBHOOK_TOKEN": "the Secret token of the webhooks; or, since GitLab 19.0:",
    "GITLAB_SIGNING_TOKEN": "their Signing token",
    "GITLAB_TOKEN": "scope read_api; without it nobody is told of mentions",
    "GITLAB_HOOKS_TOKEN": "scope api, Maintainer; without it what happens while the bot is down is lost",
}


@dataclass(frozen=True, slots=True)
class Setup:
    """Where `bot.toml` and the file of secrets are, what was given, and who is to get a first message, "" for nobody.

    `environ` are the variables that are set; `random` makes a secret.
    """

    path: Path
    env_path: Path
    given: Mapping[Where, Value]
    me: str
    environ: Mapping[str, str]
    random: Callable[[], str]

    def run(self, talk: Talk) -> int:
        """Do all of it, and return how the program ends.

        Raises:
            bot.talk.StoppedError: it cannot go on.

        """
        draft = self._secrets(ask_all(self._begun(), self.given, talk))
        self._write(draft, talk)
        draft = make_command(draft, talk)
        self._keep(draft.made)
        went_well = show_way_back(draft, talk) & make_hooks(draft, talk)
        show_people(draft, talk)
        if me := self.me or talk.ask("Who are you in Mattermost (Enter: no first message)?", ""):
            went_well &= greet(draft, talk, me, self.random())
        self._last_words(draft, talk)
        return DONE if went_well else FAULTS

    def _begun(self) -> Draft:
        """Return what is there by now, from a run before or from the file that ships."""
        text = _text(self.path if self.path.exists() else SHIPPED)
        try:
            kept = env_file.read(self.env_path)
        except (OSError, UnicodeDecodeError) as wrong:
            raise StoppedError(USAGE, f"{self.env_path} cannot be read") from wrong
        return Draft(self.path, text, {**kept, **self.environ})

    def _secrets(self, draft: Draft) -> Draft:
        """Make the secret of the webhooks, once."""
        if any(draft.secret(name) for name in ("GITLAB_WEBHOOK_TOKEN", "GITLAB_SIGNING_TOKEN")):
            return draft
        return draft.having(("", "GITLAB_WEBHOOK_TOKEN"), self.random())

    def _write(self, draft: Draft, talk: Talk) -> None:
        """Write `bot.toml` where it changes; never over what is there without leave."""
        before = self.path.exists()
        if before and _text(self.path) == draft.text:
            talk.say(f"{self.path} says so already.")
        elif before and not talk.agrees(f"Change these lines of {self.path}, and no other?\n{_changes(draft)}"):
            raise StoppedError(DONE, "Nothing is written.")
        else:
            _writing(self.path, lambda: self.path.write_text(draft.text, encoding="utf-8"))
            talk.say(f"{self.path} is written.")
        self._keep(draft.made)

    def _keep(self, made: Mapping[str, str]) -> None:
        _writing(self.env_path, lambda: env_file.add(self.env_path, made))

    def _last_words(self, draft: Draft, talk: Talk) -> None:
        """Say which variables the bot needs, without the value of any, and what comes next."""
        talk.say("\nThe bot reads these variables:")
        kept = env_file.read(self.env_path)
        for name, about in VARIABLES.items():
            where = f"in {self.env_path}" if kept.get(name) else "set" if draft.secret(name) else "not set"
            talk.say(f"  {name:<26}{where:<12}  {about}")
        load = f"set -a; . {self.env_path.absolute()}; set +a; " if kept else ""
        talk.say(f"\nNext: {load}python -m bot serve\nThen: python -m bot doctor")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise StoppedError(USAGE, f"{path} cannot be read: {getattr(wrong, 'strerror', None) or wrong}") from wrong


def _changes(draft: Draft) -> str:
    """Show the keys that change, and what they will be."""
    before, after = (tomllib.loads(text) for text in (_text(draft.path), draft.text))
    keys = [question.where for question in QUESTIONS if not question.is_secret]
    changed = [(section, key) for section, key in keys if _at(before, section, key) != _at(after, section, key)]
    return "\n".join(f"  [{section}] {key} = {draft.value((section, key))}" for section, key in changed)


def _at(table: Mapping[str, Any], section: str, key: str) -> object:
    return table.get(section, {}).get(key)


def _writing(path: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as wrong:
        raise StoppedError(USAGE, f"{path} cannot be written: {wrong.strerror or wrong}") from wrong
