"""`POST /mattermost/command`: what a person types is answered to them alone, with the state that now holds.

Source: https://developers.mattermost.com/integrate/slash-commands/custom/; only 200 with JSON is shown as it is meant.
"""

import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs

import falcon
from sqlalchemy import Connection

from bot import mailbox, outbox, samples
from bot.asking import Asker, KeyOf, Reply, Topics
from bot.choices import choices_of, choose
from bot.commands import answer, shows_account
from bot.directory import Directory
from bot.errors import OutsideError
from bot.looking import TROUBLE, Asking, Looking, Say
from bot.markdown import Markdown
from bot.patience import Patience
from bot.people import Member, PersonKey
from bot.preferences import Choices, Defaults, language
from bot.store import Store
from bot.tally import Tally
from bot.templates import Templates
from bot.zones import local

LIMIT = 1024 * 1024
"""Bytes; Mattermost passes on 100 kB without a word."""

UNKNOWN = ("", "unknown")
"""The account of a member of whom it is not known which is theirs."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything an answer needs: the tables, the members, the words, and what may be switched.

    `key_of` gives the key of what somebody names to mute it. `account_of` gives the name on the other side and how it
    was matched, for a member; it may ask another server, and is asked with `patience`. `looking` finds what has to be
    looked up. `admins` are Mattermost names in lower case. `wake` says that there is something to send; `new_key` gives
    a text that there has not been before. `show` opens the settings, None where that cannot work.
    """

    store: Store
    directory: Directory
    templates: Templates
    topics: Topics
    defaults: Defaults
    admins: frozenset[str]
    key_of: KeyOf
    account_of: Callable[[Member], tuple[str, str]]
    patience: Patience
    looking: Looking
    wake: Callable[[], None] = lambda: None
    new_key: Callable[[], str] = secrets.token_urlsafe
    show: "Show | None" = None

    def member(self, person: PersonKey) -> Member | None:
        """Return a member of the notification channel, None for who is not in it.

        Raises:
            bot.errors.OutsideError: they are not known yet, and Mattermost did not say in time.

        """
        return self.directory.roster.by_key.get(person) or self.patience.ask(partial(self.directory.member, person))

    def say(self, choices: Choices, member: Member | None, command: Markdown, reply: Reply) -> Markdown:
        """Put a reply into a person's language."""
        spoken = language(choices, self.defaults, member)
        return self.templates.render(spoken, reply.words, reply.block, command=command, **reply.values)

    def account(self, member: Member) -> tuple[str, str]:
        """Return a member's name on the other side and how it was matched, `UNKNOWN` if nobody says so in time."""
        try:
            return self.patience.ask(partial(self.account_of, member))
        except OutsideError:
            return UNKNOWN

    def close(self) -> None:
        """Ask nobody anything any more."""
        self.patience.close()
        self.looking.patience.close()


Show = Callable[[Desk, Asking, str], None]
"""Shows a person their settings; the text is the trigger id of what they have just done."""


class SlashCommand:
    """The resource that Mattermost calls; `tokens` are those of the registered command."""

    def __init__(self, desk: Desk, tokens: Sequence[str]) -> None:
        self._desk = desk
        self._tokens = [token.encode() for token in tokens]
        self.counts = Tally()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer a command.

        Raises:
            falcon.HTTPError: 404 where no token is configured, 413 too large, 401 without the right token.

        """
        if not self._tokens:
            raise falcon.HTTPNotFound
        if (req.content_length or 0) > LIMIT:
            raise falcon.HTTPContentTooLarge
        form = _form(req.bounded_stream.read())
        sent = form.get("token", "").encode()
        if not _one_of(sent, self._tokens):
            self.counts.add("forged")
            raise falcon.HTTPUnauthorized(description="not the token of this slash command")
        self.counts.add("answered")
        resp.media = {"response_type": "ephemeral", "text": self._text(form)}

    def _text(self, form: dict[str, str]) -> Markdown:
        command = Markdown(form.get("command") or "/nudge")
        member = None
        try:
            member = self._desk.member(PersonKey(form.get("user_id", "")))
            choices, reply = self._answered(form.get("text", ""), member)
            if reply.refresh:
                self._desk.patience.ask(self._desk.directory.refresh)
        except OutsideError as wrong:
            log.warning("a command could not be answered: %s", wrong)
            choices, reply = Choices(), TROUBLE
        say = partial(self._desk.say, choices, member, command)
        return say(self._looked_up(reply, choices, member, say, form))

    def _looked_up(
        self, reply: Reply, choices: Choices, member: Member | None, say: Say, form: dict[str, str]
    ) -> Reply:
        if member is None or not (reply.look or reply.dialog):
            return reply
        address = self._desk.looking.follow_up.address(form.get("response_url", ""))
        if not address:
            self.counts.add("forged_response_url")
            log.warning("a command names a response_url that is not below [mattermost] url: nothing is sent there")
        asking = Asking(member, choices, address)
        if reply.look:
            return self._desk.looking.answer(reply.look, asking, say)
        return self._shown(asking, form.get("trigger_id", "")) or reply

    def _shown(self, asking: Asking, trigger: str) -> Reply | None:
        """Show the settings; return what is to be said where that does not work."""
        if self._desk.show is None:
            return Reply("none", {}, words="settings")
        try:
            self._desk.patience.ask(partial(self._desk.show, self._desk, asking, trigger))
        except OutsideError as wrong:
            log.warning("the settings could not be shown: %s", wrong)
            return Reply("late", {}, words="settings")
        return None

    def _answered(self, text: str, member: Member | None) -> tuple[Choices, Reply]:
        if member is None:
            return Choices(), Reply("not_member", {})
        account, matched = self._desk.account(member) if shows_account(text) else UNKNOWN
        ask = partial(carry_out, text=text, member=member, account=account, matched=matched, desk=self._desk)
        choices, reply = self._desk.store.write(ask)
        return choices, self._sampled(reply) if reply.sample_for else reply

    def _sampled(self, reply: Reply) -> Reply:
        """Send a sample; in a transaction of its own, since it may lock the mailbox of somebody else."""
        desk = self._desk
        sample = partial(
            samples.put, reply=reply, known=desk.directory.roster, templates=desk.templates, defaults=desk.defaults
        )
        key, now = desk.new_key(), desk.store.now()
        said = desk.store.write(partial(sample, key=key, now=now))
        desk.wake()
        return said


def carry_out(
    conn: Connection, text: str, member: Member, desk: Desk, account: str = "", matched: str = "unknown"
) -> tuple[Choices, Reply]:
    """Read the choices, answer, and keep what changed, in one transaction."""
    mailbox.lock(conn, [member.key])  # two commands at once would each keep what the other had chosen before
    choices = choices_of(conn, [member.key]).get(member.key, Choices())
    asker = Asker(
        name=member.name,
        account=account,
        matched=matched,
        waiting=outbox.waiting(conn, member.key),
        last=_when(outbox.last_sent(conn, member.key), member),
        admin=member.admin or member.name in desk.admins,
        now=local(desk.store.now(), member),
    )
    chosen, reply = answer(text, asker, choices, desk.topics, desk.defaults, desk.key_of)
    if chosen != choices:
        choose(conn, member.key, chosen, desk.store.now())
    return chosen, reply


def _one_of(sent: bytes, secrets: Sequence[bytes]) -> bool:
    """Compare with every secret, so that time does not tell which was right."""
    same = [hmac.compare_digest(sent, secret) for secret in secrets]
    return any(same)


def _form(body: bytes) -> dict[str, str]:
    """Read a form; what is none, or has more fields than Mattermost ever sends, has nothing in it."""
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=1000)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _when(sent: int | None, member: Member) -> Markdown:
    """Return a time as the person's own clock shows it, "" for none."""
    return Markdown() if sent is None else Markdown(local(sent, member).strftime("%Y-%m-%d %H:%M %Z"))
