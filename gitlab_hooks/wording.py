"""From a notice to a message: the sentence, the card and its last line, in the person's language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import urljoin, urlsplit

from bot.markdown import Markdown, link, percent_encoded
from bot.messages import Card, Message, catch_up_group
from bot.people import Member
from bot.preferences import Choices, Defaults, language
from bot.preferences import quote as how_much
from bot.templates import Templates
from gitlab_hooks.about import about, calls_by_name
from gitlab_hooks.emojis import shown_emoji
from gitlab_hooks.event import Event, Job
from gitlab_hooks.events import KINDS
from gitlab_hooks.house import Tell
from gitlab_hooks.last_line import last_line, mentioned_group, roles_of
from gitlab_hooks.naming import LONGEST, OF_JOB, address, called, label, shortened
from gitlab_hooks.notices import Notice, Reason, topic_of
from gitlab_hooks.quote import LIMITS, quote
from gitlab_hooks.rules import ANNOUNCING
from gitlab_hooks.together import GATHERINGS, REVIEW, context_of

_BLUE, _GREEN, _RED, _GREY, _ORANGE, _PURPLE = "#1f75cb", "#108548", "#dd2b0e", "#737278", "#e9730c", "#7759c2"

COLORS = {
    Reason.REVIEW_REQUESTED: _ORANGE,
    Reason.ASSIGNED: _ORANGE,
    Reason.CHANGES_REQUESTED: _RED,
    Reason.APPROVED: _GREEN,
    Reason.MERGED: _PURPLE,
    Reason.CLOSED: _RED,
    Reason.REOPENED: _GREEN,
    Reason.PIPELINE_FAILED: _RED,
    Reason.PIPELINE_FIXED: _GREEN,
    Reason.DEPLOYMENT_FAILED: _RED,
    Reason.UNAPPROVED: _GREY,
    Reason.UNASSIGNED: _GREY,
    Reason.REVIEW_REMOVED: _GREY,
}
"""What asks for something is orange, what went wrong red, what went well green; talk is blue."""

QUOTES_NOTHING = frozenset({Reason.CHANGES_REQUESTED, Reason.PUSHED, Reason.UNASSIGNED, Reason.REVIEW_REMOVED})
"""Reasons that come with a description which says nothing of them."""

CARD = "card"
"""The block of a template that says what stands in the card, where nothing is quoted."""

Quoted = Callable[[int], Markdown]
"""(limit) → what is quoted of an event, made when so much of it is first asked for."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts notices into words.

    `gitlab` is the address of the instance, `command` the slash command's trigger with its slash, `images` whether
    an avatar may be shown, `shown` gives the Mattermost name of a known GitLab name, and `bots` are more names of
    accounts that are no persons.
    """

    templates: Templates
    defaults: Defaults
    gitlab: str
    command: str
    images: bool
    shown: Callable[[str], str | None]
    bots: frozenset[str] = frozenset()

    def __call__(self, event: Event, late: bool = False) -> Tell:  # noqa: FBT001, FBT002 - it is data
        """Return what tells one person after the other of an event; what several of them see quoted is made once.

        What is `late` waits for its like and is summed up.
        """
        return partial(self._tell, event, late, cache(partial(self._quoted, event)))

    def _tell(
        self,
        event: Event,
        late: bool,  # noqa: FBT001 - it is data
        quoted: Quoted,
        person: Member,
        told: tuple[Notice, ...],
        choices: Choices,
    ) -> Message:
        """Return what one person is told, for the strongest of its notices, the others named."""
        first = told[0]
        spoken = language(choices, self.defaults, person)
        topic = topic_of(first.reason, first.rule)
        stops = topic if first.switch == first.reason else first.switch
        gathering = REVIEW if late else GATHERINGS.get(first.rule)
        return Message(
            person=person.key,
            fact=first.fact,
            object=event.thing.key,
            group=catch_up_group(person.key) if late else gathering.group(event) if gathering else first.fact,
            reason=first.reason,
            topic=topic,
            headline=self._headline(event, first, spoken),
            card=self._card(event, partial(quoted, LIMITS[how_much(choices, self.defaults)]), told, spoken, stops),
            batched=gathering is not None,
            announces=event.thing.key if any(notice.rule in ANNOUNCING for notice in told) else "",
            context=context_of((gathering or REVIEW).part(event, told, spoken, stops)),
            switch="" if first.switch == first.reason else first.switch,
            about=about(event, self.bots, self.shown),
            by_name=calls_by_name(event, told, self.bots),
        )

    def _headline(self, event: Event, notice: Notice, spoken: str) -> str:
        whom = self.templates.render(spoken, "whom", "whom", group=notice.group)
        template = KINDS[event.kind].template
        return str(self.templates.render(spoken, template, notice.reason, whom=whom, **_context(event, notice)))

    def _card(
        self, event: Event, quoted: Callable[[], Markdown], told: tuple[Notice, ...], spoken: str, stops: str
    ) -> Card:
        place = event.thing.place
        return Card(
            text=str(self._text(event, quoted, told[0], spoken)),
            because=last_line(self.templates, self.command, spoken, roles_of(told), stops, mentioned_group(told)),
            color=color_of(told[0].reason),
            avatar=self._avatar(event.avatar),
            footer=place.path if place else "",
        )

    def _text(self, event: Event, quoted: Callable[[], Markdown], notice: Notice, spoken: str) -> Markdown:
        """Say what the event's own template says in its card, else quote what somebody wrote."""
        template = KINDS[event.kind].template
        if notice.reason in QUOTES_NOTHING:
            return Markdown()
        if CARD in self.templates.blocks(spoken, template):
            return self.templates.render(spoken, template, CARD, **_context(event, notice))
        return quoted()

    def _quoted(self, event: Event, limit: int) -> Markdown:
        place = event.thing.place
        return quote(
            event.text,
            limit=limit,
            base=self.gitlab,
            project=place.url if place else self.gitlab,
            shown=self.shown,
        )

    def _avatar(self, url: str) -> str:
        """Show a picture over https from GitLab's own host alone; Mattermost's server fetches it."""
        full = percent_encoded(_joined(self.gitlab, url)) if url else ""
        return full if self.images and _host(full) == _host(self.gitlab) != "" else ""


def color_of(reason: Reason) -> str:
    """Return the colour in which something is told, as `#rrggbb`."""
    return COLORS.get(reason, _BLUE)


def _host(url: str) -> str:
    """Return the host of an https address, "" for every other text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.lower() if parts.scheme == "https" else ""


def _joined(base: str, url: str) -> str:
    """Make an address absolute; GitLab's relative ones hold the sub-path of the instance already."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def _context(event: Event, notice: Notice) -> dict[str, object]:
    return {
        "actor": called(event.actor),
        "link": link(label(event.thing), address(event.thing)),
        "role": notice.role.value,
        "what": shortened(event.thing.kind),
        "ready": event.ready,
        "emoji": shown_emoji(shortened(event.emoji)),
        "on": shortened(event.on),
        "jobs": [_job(job) for job in event.jobs],
    }


def _job(job: Job) -> dict[str, object]:
    """Ten of them fit into one card, whatever they are called."""
    name, stage, failure = (shortened(text, OF_JOB) for text in (job.name, job.stage, job.failure))
    url = job.url if len(percent_encoded(job.url)) <= 2 * LONGEST else ""
    return {"link": link(name, url), "stage": stage, "failure": failure}
