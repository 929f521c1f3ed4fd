"""Both stand-ins and the page, running together on this machine, with people in them."""

import secrets
import socket
from dataclasses import dataclass, field

from playground import cast, web
from playground.bell import Bell
from playground.cast import CAST, DOMAIN, KEEPER, READER
from playground.chat import ACCOUNT
from playground.gitlab import api
from playground.gitlab.state import GitLab
from playground.mattermost.api.app import create_app
from playground.mattermost.mattermost import Mattermost
from playground.server import Server

TEAM = "dev"
CHANNEL = "notification"
COMMAND = "nudge"
PORT = 8065
"""Mattermost's own."""
PORTS_TRIED = 20


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every secret that the bot, Mattermost and GitLab share; made anew for each world."""

    password: str = field(default_factory=secrets.token_urlsafe)
    webhook: str = field(default_factory=secrets.token_urlsafe)
    command: str = field(default_factory=secrets.token_urlsafe)
    reading: str = field(default_factory=secrets.token_urlsafe)
    hooks: str = field(default_factory=secrets.token_urlsafe)


class World:
    """Mattermost and the page on one port, GitLab on another.

    `port` is where the page shall be; where it is taken, or 0, the next free one is. `background` says whether
    webhooks leave after an act has returned (True) or before.
    """

    def __init__(self, port: int = 0, *, background: bool = True) -> None:
        self.secrets = Secrets()
        self.bell = Bell()
        self.mattermost = Mattermost(bell=self.bell)
        self.gitlab = GitLab(bell=self.bell, background=background)
        self._gitlab_server = api.serve(self.gitlab)
        self.project = cast.populate(self.gitlab)
        self._people_mattermost()
        self.gitlab.add_token(self.secrets.reading, self.gitlab.user(READER), "read_api")
        self.gitlab.add_token(self.secrets.hooks, self.gitlab.user(KEEPER), "api")
        page = web.create_app(self.mattermost, self.gitlab, self.project, self.bell)
        self._server = Server(web.beside(page, create_app(self.mattermost.state)), free_port(port))
        self.mattermost.state.site_url = self._server.url

    def _people_mattermost(self) -> None:
        for person in CAST:
            self.mattermost.add_user(
                person.name,
                email=person.email,
                password=secrets.token_urlsafe(),
                first_name=person.first,
                last_name=person.last,
                locale=person.locale,
            )
        self.mattermost.add_user(ACCOUNT, email=f"{ACCOUNT}@{DOMAIN}", password=self.secrets.password)
        self.mattermost.add_team(TEAM)
        self.mattermost.add_channel(TEAM, CHANNEL, [ACCOUNT, *(person.name for person in CAST)])

    @property
    def url(self) -> str:
        """Return the address of the page and of Mattermost."""
        return self._server.url

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which `python -m bot serve` works here."""
        return {
            "MATTERMOST_PASSWORD": self.secrets.password,
            "MATTERMOST_COMMAND_TOKEN": self.secrets.command,
            "GITLAB_WEBHOOK_TOKEN": self.secrets.webhook,
            "GITLAB_TOKEN": self.secrets.reading,
            "GITLAB_HOOKS_TOKEN": self.secrets.hooks,
        }

    def bot_toml(self, *, listen: str = "127.0.0.1:8080", store: str = "sqlite:///var/playground.db") -> str:
        """Return the `bot.toml` with which `python -m bot serve` works here."""
        return BOT_TOML.format(
            listen=listen, store=store, url=self.url, team=TEAM, channel=CHANNEL, account=ACCOUNT, world=self
        )

    def register_bot(self, url: str, webhook_token: str = "", command_token: str = "") -> None:
        """Send GitLab's webhooks and the slash command to a bot at `url`; the world's own secrets are the defaults."""
        self.gitlab.add_hook(self.project, f"{url}/gitlab", token=webhook_token or self.secrets.webhook)
        token = command_token or self.secrets.command
        self.mattermost.add_command(TEAM, COMMAND, f"{url}/mattermost/command", token)

    def close(self) -> None:
        """Stop everything; requests in hand are finished."""
        self.gitlab.close()
        self._server.close()
        self._gitlab_server.close()


BOT_TOML = """\
[server]
listen = "{listen}"
public_url = "http://{listen}"
[mattermost]
url = "{url}"
team = "{team}"
notification_channel = "{channel}"
login_id = "{account}"
[gitlab]
url = "{world.gitlab.url}"
projects = ["{world.project.full_path}"]
hooks_sync_every = "0"
[store]
url = "{store}"
"""


def free_port(port: int) -> int:
    """Return the first port from this one on where nobody listens; 0 stays 0, which lets the system choose."""
    return next((one for one in range(port, port + PORTS_TRIED) if port and _is_free(one)), 0)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
