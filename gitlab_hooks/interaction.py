"""Buttons and the settings dialog put together, where `[server] public_url` says how Mattermost reaches the bot."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.action import Action
from bot.buttons import PATH as ACTION
from bot.buttons import Buttons
from bot.controls import Drawn, bare
from bot.dialog import PATH as DIALOG
from bot.dialog import Dialog, Dialogs
from bot.directory import Directory
from bot.errors import TryLater
from bot.keys import Key
from bot.mattermost import Mattermost
from bot.pressing import Acts
from bot.settings import Settings
from bot.slash import Desk
from bot.store import Store
from bot.templates import Templates
from gitlab_hooks.explaining import explain
from gitlab_hooks.parts import COMMAND

KEY = "signing"
"""What the key that signs is called in the table of secrets."""


class Interaction:
    """What people press and fill in; made once."""

    def __init__(self, settings: Settings, store: Store, mattermost: Mattermost) -> None:
        self._url = settings.server.public_url
        self._defaults = settings.defaults
        self._store = store
        self._key = Key(store, KEY)
        with suppress(TryLater):  # read before it is needed, where the store is there
            self._key.get()
        typed = self._url and settings.command_tokens
        self._dialogs = Dialogs(mattermost, self._url, self._key.get, COMMAND, store.now) if typed else None

    def controls(self, templates: Templates, directory: Directory) -> Drawn:
        """Return what draws the buttons of a card."""
        if not self._url:
            return bare
        known = lambda person: directory.roster.by_key.get(person)  # noqa: E731, PLW0108 - the roster is another one soon
        return Buttons(self._url, self._key.within, templates, self._defaults, COMMAND, known, self._store.now)

    def shown_at(self, desk: Desk) -> Desk:
        """Return the desk, at which people may now ask for the dialog."""
        return replace(desk, show=self._dialogs.show) if self._dialogs else desk

    def routes(self, desk: Desk, wake: Callable[[], None]) -> dict[str, Action | Dialog]:
        """Return the resources that Mattermost calls, by their paths; `wake` is called after something was done."""
        found: dict[str, Action | Dialog] = {}
        if self._url:
            acts = Acts(desk, explain)
            found[ACTION] = Action(desk, acts, self._key.get, COMMAND, wake, secrets.token_urlsafe)
        if self._dialogs:
            found[DIALOG] = Dialog(desk, self._dialogs, wake)
        return found
