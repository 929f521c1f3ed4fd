"""The whole program put together: everything with state or I/O is made here, handed over, started and stopped."""

import logging
import random
import socket
import threading
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from bot.choices import choices_of
from bot.courier import Courier
from bot.errors import OutsideError
from bot.links import linked
from bot.loops import Loops
from bot.outbox import Decision, Waiting
from bot.people import PersonKey
from bot.posts import Design
from bot.preferences import Choices
from bot.release import release
from bot.server import Server
from bot.settings import Settings
from bot.slash import SlashCommand
from bot.store import INBOX, OUTBOX, open_store
from bot.web import Health, Ready, Trouble, create_app
from gitlab_hooks import memory
from gitlab_hooks.away import patiently
from gitlab_hooks.desk import desk_of, digester_of
from gitlab_hooks.hook import LIMIT, GitLabHook
from gitlab_hooks.hook_keeping import keeper_of
from gitlab_hooks.housing import house_of
from gitlab_hooks.interaction import Interaction
from gitlab_hooks.lookout import Lookout
from gitlab_hooks.parts import (
    batching_of,
    directory_of,
    gitlab_of,
    mattermost_of,
    templates_of,
    trimmer_of,
)
from gitlab_hooks.reader import Reader
from gitlab_hooks.settings import Settings as GitLabSettings
from gitlab_hooks.settlement import OVER
from gitlab_hooks.troubles import troubles
from gitlab_hooks.watching import together_of, watch_of
from gitlab_hooks.web.site import operators_page

REFRESH_SECONDS = 180.0
"""How old the directory may become; somebody who is missing has it read anew at once."""

FIRST_LOAD_SECONDS = 5.0

log = logging.getLogger(__name__)


class Service:
    """`serve`: takes webhooks, works them through, sends what they mean. Made, started once, stopped once.

    Raises:
        bot.errors.Misconfigured: the store cannot be used.

    """

    def __init__(
        self, settings: Settings, gitlab_settings: GitLabSettings, listener: socket.socket | None = None
    ) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._members_known = threading.Event()
        self.store = open_store(settings.store.url, serving=True, password=settings.store_password)
        self.lookout = Lookout(settings, gitlab_settings)
        self.mattermost = mattermost_of(settings, self.lookout.mattermost)
        self.gitlab = gitlab_of(gitlab_settings, self.lookout.gitlab)
        self.directory = directory_of(settings, self.mattermost, partial(self.store.read, linked))
        templates = templates_of(settings)
        self.interaction = Interaction(settings, self.store, self.mattermost)
        self.courier = Courier(
            self.store,
            self.mattermost,
            self._release,
            Design(together_of(templates), self.interaction.controls(templates, self.directory)),
            posts_per_second=settings.mattermost.posts_per_second,
            cluster=settings.mattermost.cluster,
        )
        parts = (settings, gitlab_settings, self.store, self.gitlab, self.directory, templates)
        self._watch = watch_of(settings, gitlab_settings, self.store, self._stopping, self._accepted)
        self.hook = GitLabHook(self.store, gitlab_settings.secrets, self._accepted, self._watch.refused)
        reading = (house_of(*parts), batching_of(settings), self._told, random.random)
        self.reader = Reader(self.store, *reading, turn=self.hook.rush.let_pass)
        self.trimmer = trimmer_of(settings, self.store)
        self.desk = self.interaction.shown_at(desk_of(*parts, self._wake))
        self._digester = digester_of(*parts, self._told)
        self.slash = SlashCommand(self.desk, settings.command_tokens)
        self.server = self._server(operators_page(*parts[:-1], self._troubles, self._wake), listener)
        self._alarms = self.lookout.alarms(self.store, self.directory, templates, self._told)
        self._keeper = keeper_of(settings, gitlab_settings, self.store, self._stopping)
        self._loops = Loops(self._work(), self._stopping)

    def _work(self) -> dict[str, Callable[[], None]]:
        """Return what goes on in the background, a thread for each."""
        hooks = {"hooks": partial(self._keeper.run, self._stopping)} if self._keeper else {}
        return hooks | {
            "directory": self._keep_fresh,
            "reader": self._read,
            "courier": self._send,
            "trimmer": self.trimmer.run,
            "digests": partial(self._digester.run, self._stopping),
            "watch": partial(self._watch.run, self._stopping),
            "alarms": self._alarm,
        }

    def _server(self, page: dict[str, object], listener: socket.socket | None) -> Server:
        host, port = self._settings.listen
        parts = (self.hook, self.slash, self.reader, self.courier)
        routes = self.interaction.routes(self.desk, self._told)
        pressed = [one.counts for one in routes.values()]
        app = create_app(
            {
                "/gitlab": self.hook,
                "/mattermost/command": self.slash,
                **routes,
                "/healthz": Health(),
                "/readyz": Ready(self.store, self._troubles),
                "/metrics": self.lookout.metrics(self.store, parts, self._troubles, pressed),
                **page,
            }
        )
        return Server(app, host, port, limit=LIMIT, listener=listener)

    def _troubles(self) -> list[Trouble]:
        return list(troubles(self.store, self.directory, self.courier, self.reader, self._watch, self._keeper))

    def _release(self, conn: Connection, person: PersonKey) -> Callable[[Waiting], Decision]:
        choices = choices_of(conn, [person]).get(person, Choices())
        member = self.directory.roster.by_key.get(person)
        now = self.store.now()

        def decide(waiting: Waiting) -> Decision:
            wish = release(waiting, choices, self._settings.defaults, member, now, OVER)
            return patiently(conn, waiting, wish, now)

        return decide

    def _accepted(self) -> None:
        self.reader.wake()
        self.store.ring(INBOX)

    def _told(self) -> None:
        self.courier.wake()
        self.store.ring(OUTBOX)

    def _read(self) -> None:
        """Without a token an id is understood only by the names that payloads have shown, before this start too."""
        for user in self.store.read(memory.named_accounts):
            self.gitlab.remember(user)
        self.reader.run()

    def _keep_fresh(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                self.directory.refresh()
                log.info("directory: %d members", len(self.directory.roster.by_key))
                self._members_known.set()
                self.reader.wake()
            except OutsideError as wrong:
                log.warning("the members of the notification channel could not be read: %s", wrong)
            pause = REFRESH_SECONDS if self.directory.loaded else FIRST_LOAD_SECONDS

    def _wake(self) -> None:
        self.reader.wake()
        self.courier.wake()

    def _send(self) -> None:
        """Whether somebody is still a member is asked once more before sending: not before the members are known."""
        self._members_known.wait()
        self.courier.run()

    def _alarm(self) -> None:
        """Nobody can be told who is not known yet."""
        self._members_known.wait()
        self._alarms.run(self._stopping)

    def start(self) -> None:
        """Begin to listen and to work."""
        self.server.start()
        self.store.listen({INBOX: self.reader.wake, OUTBOX: self.courier.wake})
        self._loops.start()

    def stop(self) -> None:
        """Take nothing more, finish what is in hand, commit, close."""
        self._stopping.set()
        self._members_known.set()
        self.courier.stop()
        self.reader.stop()
        self.trimmer.stop()
        self.server.stop()
        self._loops.join(4)
        self.reader.give_back()
        self.desk.close()
        self.store.close()
