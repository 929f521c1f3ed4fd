"""What `doctor` examines, both sides of it, made from the configuration even where that has faults."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import msgspec

from bot import doctor, mattermost_driver, probe
from bot import settings as ours
from bot.config import Source
from bot.directory import Directory
from bot.mattermost_admin_driver import MattermostAdminDriver
from bot.mattermost_client import Connection
from bot.mattermost_driver import MattermostDriver
from gitlab_hooks import gitlab_admin
from gitlab_hooks import settings as gitlabs
from gitlab_hooks.gitlab import SECONDS
from gitlab_hooks.gitlab_client import Client
from gitlab_hooks.hook_admin import HookAdmin
from gitlab_hooks.hook_survey import Survey, survey
from gitlab_hooks.instance import Instance
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.parts import COMMAND, gitlab_of
from gitlab_hooks.people import links_of
from gitlab_hooks.whois import Whois

NOWHERE = "http://nowhere.invalid"
"""A name that nobody has (RFC 6761)."""

Section = TypeVar("Section", ours.Mattermost, gitlabs.GitLabSection)


@dataclass
class Patient(doctor.Patient):
    """The whole of it; `faults` are those of the configuration read from `path`.

    `reading` and `keeping` see GitLab by `GITLAB_TOKEN` and `GITLAB_HOOKS_TOKEN`.
    """

    path: Path
    faults: list[str]
    gitlabs: gitlabs.Settings
    gitlab: GitLab
    reading: Instance
    keeping: Instance
    hooks: HookAdmin

    @property
    def places(self) -> list[tuple[str, str]]:
        """Return the groups and the projects that the configuration names, each as kind and path."""
        section = self.gitlabs.gitlab
        return [*(("group", path) for path in section.groups), *(("project", path) for path in section.projects)]

    @cached_property
    def whois(self) -> Whois:
        """Return what finds the accounts of the people in the channel, who have been read for it."""
        directory = Directory(
            lambda: self.people, self.settings.people, time.monotonic, partial(links_of, self.settings)
        )
        directory.refresh()
        return Whois(self.gitlab, directory, self.settings.people)

    @cached_property
    def survey(self) -> Survey:
        """Return how the webhooks of all that is named stand."""
        return survey(self.hooks, self.keeping, self.places, self.public_url)


def patient_of(path: Path, environ: Mapping[str, str], text: str | None = None) -> Patient:
    """Return what is examined, as the file says or a `text` that may come to stand there; nobody is asked yet."""
    source = Source(path, environ, text)
    both = ours.read(source), gitlabs.read(source)
    source.only(ours.SECTIONS | gitlabs.SECTIONS)
    settings, theirs = (
        replace(both[0], mattermost=_asked(both[0].mattermost)),
        replace(both[1], gitlab=_asked(both[1].gitlab)),
    )
    connection = connection_of(settings)
    return Patient(
        settings,
        MattermostDriver(connection),
        MattermostAdminDriver(connection),
        probe,
        lambda: round(time.time() * 1000),
        COMMAND.removeprefix("/"),
        path,
        sorted(set(source.faults)),
        theirs,
        gitlab_of(theirs),
        instance_of(theirs, theirs.token, "GITLAB_TOKEN", "read_api"),
        instance_of(theirs, theirs.hooks_token, "GITLAB_HOOKS_TOKEN", "api"),
        gitlab_admin.connect(theirs.gitlab.url, theirs.hooks_token, verify=theirs.verify),
    )


def _asked(section: Section) -> Section:
    """Return a section with an address that clients can be made for; what needs the right one is not tried then."""
    return section if ours.is_address(section.url) else msgspec.structs.replace(section, url=NOWHERE)


def connection_of(settings: ours.Settings) -> Connection:
    """Return one connection to Mattermost for all that is asked, so that a wrong password is tried once."""
    token, login_id = settings.token, settings.mattermost.login_id
    login = {"token": token} if token else {"login_id": login_id, "password": settings.password}
    return Connection(settings.mattermost.url, login, mattermost_driver.SECONDS, verify=settings.verify)


def instance_of(settings: gitlabs.Settings, token: str, secret: str, scope: str) -> Instance:
    """Return GitLab as a token sees it; nothing is asked yet."""
    client = Client(settings.gitlab.url, token, SECONDS, verify=settings.verify, secret=secret, scope=scope)
    return Instance(client)
