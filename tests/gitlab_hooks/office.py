"""Two hundred people at work: what they do in GitLab in one day, and who is to hear of each act by the rules.

What is expected is worked out here from what is true in the office, never from a payload.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.people import Member, PersonKey
from gitlab_hooks.lookups import Involved, Project, ProjectId, Subject, User, UserId
from tests.gitlab_hooks.gitlab_fake import FakeGitLab
from tests.gitlab_hooks.team import URL

PEOPLE = 200
OUTSIDE = 10
"""How many of them are not in the notification channel."""

HOURS = 60 * 60 * 1000
MORNING = int(datetime(2026, 11, 24, 8, 0, tzinfo=UTC).timestamp() * 1000)
FIRST = "anna ben carla dan eve finn gina haneul ines jun kira liam mina noah ola pia quin rosa sam tove".split()  # noqa: SIM905 - a list of names reads best as one line
LAST = ("berg", "okafor", "rossi", "lind", "martin", "kim", "lee", "park", "novak", "silva")
BOT = UserId(901)
PLANNER = 15


@dataclass(frozen=True)
class Act:
    """One thing that somebody does at a moment, in milliseconds since 1970, and who is to hear of it.

    `wrote_in` is the thread that has the actor as a participant from then on; `note` a comment's id, 0 for no comment.
    """

    at: int
    body: dict[str, Any]
    actor: UserId
    tell: frozenset[UserId] = frozenset()
    mentions: frozenset[UserId] = frozenset()
    wrote_in: tuple[Subject, str] | None = None
    note: int = 0
    in_draft: bool = False


@dataclass
class Office:
    """Who works here and who may read what."""

    rng: random.Random
    users: dict[UserId, User] = field(default_factory=dict)
    members: dict[UserId, Member] = field(default_factory=dict)
    projects: dict[ProjectId, Project] = field(default_factory=dict)
    levels: dict[tuple[ProjectId, UserId], int] = field(default_factory=dict)
    opted_out: set[UserId] = field(default_factory=set)
    involved: dict[Subject, Involved] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(10_000))

    def __post_init__(self) -> None:
        for number in range(1, PEOPLE + 1):
            self._hire(UserId(number))
        self.users[BOT] = User(BOT, "project_1_bot_5e1f", "Roulette", bot=True)
        for number in range(1, 16):
            self._found(ProjectId(number))
        self.opted_out = set(self.rng.sample(sorted(self.members), 6))

    def _hire(self, who: UserId) -> None:
        """Let every tenth be known by the address alone, every eleventh be external, and the last be outside."""
        first, last = FIRST[who % len(FIRST)], LAST[(who // len(FIRST)) % len(LAST)]
        name = f"{first}{'._-'[who % 3]}{last}"
        email = f"{first}.{last}@office.example" if who % 10 == 0 else ""
        shown = f"{first.title()} {last.title()}"
        self.users[who] = User(who, name.title() if who % 7 == 0 else name, shown, email, external=who % 11 == 0)
        if who <= PEOPLE - OUTSIDE:
            self.members[who] = Member(PersonKey(f"key{who}"), f"{last}{who}" if email else name, email)

    def _found(self, number: ProjectId) -> None:
        visibility = ("private", "internal", "public")[number % 3]
        members_only = frozenset({"issues"}) if number % 5 == 0 else frozenset[str]()
        self.projects[number] = Project(number, visibility, members_only)
        for who in self.rng.sample(range(1, PEOPLE + 1), 30):
            self.levels[number, UserId(who)] = self.rng.choice((10, 15, 20, 30, 30, 30, 40))

    def gitlab(self) -> FakeGitLab:
        """Return a GitLab that knows all this."""
        return FakeGitLab(dict(self.users), dict(self.projects), dict(self.levels), dict(self.involved))

    def staff(self, project: ProjectId) -> list[UserId]:
        """Return who works on the code of a project."""
        return [who for (where, who), level in self.levels.items() if where == project and level > PLANNER]

    def may_read(self, who: UserId, thing: "Thing", *, hidden: bool = False) -> bool:
        """Say what GitLab would: whether somebody may read a thing, or what is `hidden` from guests about it."""
        level = self.levels.get((thing.project.id, who), 0)
        members_only = thing.feature in thing.project.members_only or thing.project.visibility == "private"
        stranger = members_only or (thing.project.visibility == "internal" and self.users[who].external)
        if stranger and level < (10 if thing.kind == "issue" else PLANNER):
            return False
        return level >= PLANNER or who in thing.parties() or not (hidden or thing.confidential)

    def reachable(self, who: UserId) -> bool:
        """Say whether somebody is a person who is here and wants to hear."""
        return who in self.members and who not in self.opted_out


class Thing:
    """A merge request or an issue, and everything that is done to it, in order."""

    def __init__(self, office: Office, kind: str, project: Project, at: int) -> None:
        rng, self.office, self.kind, self.project, self.now = office.rng, office, kind, project, at
        self.id, self.iid = next(office.numbers), next(office.numbers)
        staff = office.staff(project.id)
        self.author, *others = rng.sample(staff, min(8, len(staff)))
        self.assignees = others[: rng.choice((0, 1, 1, 2))]
        self.reviewers = others[2 : 2 + rng.choice((0, 1, 2, 3))] if kind == "merge_request" else []
        self.spare = others[5:]
        self.mentioned = rng.sample(range(1, PEOPLE + 1), rng.choice((0, 0, 1, 2)))
        self.draft = kind == "merge_request" and rng.random() < 0.4
        self.confidential = kind == "issue" and rng.random() < 0.2
        self.failing = False
        self.announced: set[UserId] = set()
        self.threads: dict[str, list[UserId]] = {}
        self.acts: list[Act] = []
        office.involved[self.subject] = Involved(author=office.users[self.author])

    @property
    def feature(self) -> str:
        return f"{self.kind}s"

    @property
    def subject(self) -> Subject:
        return Subject(self.project.id, self.kind, str(self.iid))

    @property
    def url(self) -> str:
        return f"{URL}/web/p{self.project.id}/-/{self.kind}s/{self.iid}"

    def parties(self) -> set[UserId]:
        """Return whom GitLab lets read even what is confidential."""
        return {self.author, *self.assignees}

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)

    # -------------------------------------------------------------- what is done

    def open(self) -> None:
        roles = {*self.assignees, *self.reviewers, *self.mentioned}
        self._announce("open", self.author, roles, merge_status={"previous": "preparing", "current": "can_be_merged"})

    def make_ready(self, actor: UserId) -> None:
        self.draft = False
        roles = {*self.assignees, *self.reviewers, *self.mentioned} - self.announced
        self._announce("update", actor, roles, draft={"previous": True, "current": False})

    def make_draft(self, actor: UserId) -> None:
        self.draft = True
        self._do("update", actor, draft={"previous": False, "current": True})

    def request(self, actor: UserId, whom: UserId) -> None:
        before, self.reviewers = self.reviewers, [*self.reviewers, whom]
        self._announce("update", actor, {whom}, asks=True, reviewers=self._lists(before, self.reviewers))

    def unrequest(self, actor: UserId, whom: UserId) -> None:
        before, self.reviewers = self.reviewers, [who for who in self.reviewers if who != whom]
        self._do("update", actor, {whom}, reviewers=self._lists(before, self.reviewers))

    def assign(self, actor: UserId, whom: UserId) -> None:
        before, self.assignees = self.assignees, [*self.assignees, whom]
        self._announce("update", actor, {whom}, asks=True, assignees=self._lists(before, self.assignees))

    def unassign(self, actor: UserId, whom: UserId) -> None:
        before, self.assignees = self.assignees, [who for who in self.assignees if who != whom]
        self._do("update", actor, {whom}, assignees=self._lists(before, self.assignees))

    def mention(self, actor: UserId, whom: UserId) -> None:
        """Add somebody to the description."""
        old, self.mentioned = self.description(), [*self.mentioned, whom]
        self._announce("update", actor, {whom}, description={"previous": old, "current": self.description()})

    def push(self, actor: UserId) -> None:
        self._do("update", actor, attributes={"oldrev": "4c1d0f6a"}, last_commit={"previous": "a", "current": "b"})

    def label(self, actor: UserId) -> None:
        self._do("update", actor, labels={"previous": [], "current": [{"id": 1, "title": "urgent"}]})

    def approve(self, actor: UserId, action: str = "approved") -> None:
        self._do(action, actor, self.parties())

    def finish(self, actor: UserId, action: str) -> None:
        """Merge, close or reopen; of a draft only those hear who were told of it before."""
        everybody = {*self.parties(), *self.reviewers}
        self._do(action, actor, everybody & self.announced if self.draft else everybody, even_in_draft=True)

    def comment(self, actor: UserId, whom: Iterable[int] = (), thread: str = "", *, internal: bool = False) -> Act:
        """Write a comment that mentions people, in a new thread or in one that is there."""
        note, thread = next(self.office.numbers), thread or f"{next(self.office.numbers):040x}"
        mentions = {UserId(who) for who in whom}
        everybody = {*mentions, *self.threads.get(thread, ()), *self.parties()}
        self.threads.setdefault(thread, []).append(actor)
        its = {
            "id": note,
            "note": f"Look at {note}: {self._names(mentions)}",
            "noteable_type": "MergeRequest" if self.kind == "merge_request" else "Issue",
            "author_id": actor,
            "discussion_id": thread,
            "created_at": stamp(self.now),
            "internal": internal,
            "action": "create",
            "url": f"{self.url}#note_{note}",
        }
        body = self._body("note", actor) | {"object_attributes": its, self.kind: self._carried()}
        tell = self._readers(actor, everybody, hidden=internal)
        act = Act(self.now, body, actor, tell, tell & mentions, (self.subject, thread), note, self.draft)
        self.acts.append(act)
        return act

    def edit(self, of: Act, whom: Iterable[int]) -> None:
        """Edit a comment so that it mentions more people."""
        mentions = {UserId(who) for who in whom}
        its = of.body["object_attributes"]
        text = {"note": f"{its['note']}; {self._names(mentions)}", "action": "update", "updated_at": stamp(self.now)}
        tell = self._readers(of.actor, mentions - of.tell, hidden=its["internal"])
        body = of.body | {"object_attributes": {**its, **text}, self.kind: self._carried()}
        self.acts.append(Act(self.now, body, of.actor, tell, tell, note=of.note))

    def react(self, actor: UserId, to: Act) -> Callable[[], None]:
        """Give an emoji to a comment; what is returned takes it back."""
        its = to.body["object_attributes"]
        award = {
            "id": next(self.office.numbers),
            "user_id": actor,
            "name": self.office.rng.choice(("thumbsup", "tada", "eyes")),
            "awardable_type": "Note",
            "awardable_id": to.note,
            "awarded_on_url": its["url"],
            "created_at": stamp(self.now),
        }
        note = {key: its[key] for key in ("id", "author_id", "note", "internal", "noteable_type")}
        body = self._body("emoji", actor) | {"object_attributes": award, "note": note, self.kind: self._carried()}
        tell = self._readers(actor, {to.actor}, hidden=its["internal"])
        self.acts.append(Act(self.now, {**body, "event_type": "award"}, actor, tell))
        return lambda: self.acts.append(Act(self.now, {**body, "event_type": "revoke"}, actor))

    def run(
        self, actor: UserId, number: int, status: str, *, concerns: bool, source: str = "merge_request_event"
    ) -> None:
        """Let a pipeline get on; where it `concerns` anybody, those are who started it and the author."""
        its = {"id": number, "ref": "prices", "status": status, "source": source, "created_at": stamp(self.now)}
        carried = {**self._carried(), "target_project_id": self.project.id}
        body = self._body("pipeline", actor) | {"object_attributes": its, "merge_request": carried, "builds": []}
        tell = self._audience({actor, self.author}) if concerns else frozenset[UserId]()
        self.acts.append(Act(self.now, body, actor, tell, in_draft=self.draft))

    # -------------------------------------------------------------- how it is told

    def _announce(
        self, action: str, actor: UserId, roles: Iterable[int], *, asks: bool = False, **changes: Any
    ) -> None:
        told = self._do(action, actor, roles, asks=asks, **changes)
        self.announced |= told

    def _do(
        self,
        action: str,
        actor: UserId,
        roles: Iterable[int] = (),
        *,
        asks: bool = False,
        even_in_draft: bool = False,
        attributes: Any = None,
        **changes: Any,
    ) -> frozenset[UserId]:
        its = self._carried() | {"action": action, "updated_at": stamp(self.now)} | (attributes or {})
        body = self._body(self.kind, actor) | {"object_attributes": its, "changes": changes}
        for key, people in (("assignees", self.assignees), ("reviewers", self.reviewers)):
            body |= {key: [self._shape(who) for who in people]} if people else {}
        silent = (self.draft and not even_in_draft) or (actor == BOT and not asks)
        tell = frozenset[UserId]() if silent else self._readers(actor, roles, by_bot=asks)
        self.acts.append(Act(self.now, body, actor, tell, in_draft=self.draft))
        return tell

    def _readers(
        self, actor: UserId, people: Iterable[int], *, hidden: bool = False, by_bot: bool = False
    ) -> frozenset[UserId]:
        """Return who of some people is to hear of what somebody does here."""
        by_nobody = actor == BOT and not by_bot
        return frozenset() if by_nobody else self._audience({*people} - {actor}, hidden=hidden)

    def _audience(self, people: Iterable[int], *, hidden: bool = False) -> frozenset[UserId]:
        """Return who of some people is here and may read it."""
        office, each = self.office, map(UserId, people)
        return frozenset(who for who in each if office.reachable(who) and office.may_read(who, self, hidden=hidden))

    def description(self) -> str:
        return f"Prices with tax. {self._names(self.mentioned)}"

    def _names(self, people: Iterable[int]) -> str:
        return " ".join(f"@{self.office.users[UserId(who)].username}" for who in people)

    def _carried(self) -> dict[str, Any]:
        """Return the thing as payloads carry it."""
        return {
            "id": self.id,
            "iid": self.iid,
            "title": f"{'Draft: ' * self.draft}Show prices {self.id}",
            "description": self.description(),
            "url": self.url,
            "author_id": self.author,
            "assignee_ids": self.assignees,
            "reviewer_ids": self.reviewers,
            "draft": self.draft,
            "confidential": self.confidential,
        }

    def _body(self, kind: str, actor: UserId) -> dict[str, Any]:
        path = f"web/p{self.project.id}"
        project = {"id": self.project.id, "path_with_namespace": path, "web_url": f"{URL}/{path}"}
        return {"object_kind": kind, "event_type": kind, "user": self._shape(actor), "project": project}

    def _shape(self, who: UserId) -> dict[str, Any]:
        user = self.office.users[who]
        return {"id": who, "username": user.username, "name": user.name, "email": "[REDACTED]"}

    def _lists(self, before: list[UserId], after: list[UserId]) -> dict[str, Any]:
        return {"previous": [self._shape(who) for who in before], "current": [self._shape(who) for who in after]}


def stamp(at: int) -> str:
    """Write a time as GitLab 19 does."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ------------------------------------------------------------------ what happens to a thing in one day


def merge_request(office: Office, at: int) -> list[Act]:
    """Tell the story of a merge request, from its opening to its end."""
    rng, thing = office.rng, Thing(office, "merge_request", _project(office), at)
    thing.open()
    thing.wait(1)
    _talk(thing)
    while thing.draft and rng.random() < 0.9:
        _change(thing)
        thing.make_ready(rng.choice([thing.author, *thing.reviewers]))
        thing.wait(rng.uniform(60, 600))
        if rng.random() < 0.25:
            thing.make_draft(thing.author)
            thing.wait(rng.uniform(60, 600))
    for _ in range(rng.choice((0, 1, 2))):
        _change(thing)
    for reviewer in thing.reviewers:
        _review(thing, reviewer)
    _end(thing)
    return thing.acts


def issue(office: Office, at: int) -> list[Act]:
    """Tell the story of an issue."""
    thing = Thing(office, "issue", _project(office), at)
    thing.open()
    thing.wait(1)
    for _ in range(office.rng.choice((1, 2, 4))):
        _talk(thing)
    _change(thing)
    _end(thing)
    return thing.acts


def _project(office: Office) -> Project:
    return office.rng.choice(list(office.projects.values()))


def _anybody(thing: Thing) -> list[int]:
    return thing.office.rng.sample(range(1, PEOPLE + 1), thing.office.rng.choice((0, 0, 1, 1, 3)))


def _talk(thing: Thing) -> None:
    """Let somebody comment, be answered, get an emoji, edit it."""
    rng = thing.office.rng
    by = rng.choice([*thing.office.staff(thing.project.id), BOT])
    first = thing.comment(by, _anybody(thing), internal=thing.kind == "issue" and rng.random() < 0.2)
    thing.wait(rng.uniform(30, 900))
    if rng.random() < 0.5 and not first.body["object_attributes"]["internal"]:
        thing.comment(thing.author, _anybody(thing), first.body["object_attributes"]["discussion_id"])
        thing.wait(rng.uniform(30, 900))
    if rng.random() < 0.4:
        revoke = thing.react(rng.choice(thing.office.staff(thing.project.id)), first)
        thing.wait(30)
        if rng.random() < 0.3:
            revoke()
            thing.wait(30)
    if rng.random() < 0.3:
        thing.edit(first, _anybody(thing))
        thing.wait(30)


def _change(thing: Thing) -> None:
    """Let the author, or a bot, change who is asked, assigned or mentioned, and push and label on the way."""
    rng, spare = thing.office.rng, thing.spare
    if thing.kind == "merge_request":
        thing.push(thing.author)
        thing.wait(30)
        _test(thing, rng.choice([thing.author, *thing.office.staff(thing.project.id), BOT]))
        if spare:
            thing.request(rng.choice([thing.author, BOT]), spare.pop())
            thing.wait(30)
        if thing.reviewers and rng.random() < 0.2:
            thing.unrequest(thing.author, thing.reviewers[0])
            thing.wait(30)
    if spare:
        thing.assign(thing.author, spare.pop())
        thing.wait(30)
    if thing.assignees and rng.random() < 0.2:
        thing.unassign(thing.author, thing.assignees[0])
        thing.wait(30)
    if fresh := [who for who in _anybody(thing) if who not in thing.mentioned]:
        thing.mention(thing.author, UserId(fresh[0]))
        thing.wait(30)
    thing.label(thing.author)
    thing.wait(rng.uniform(30, 1800))


def _test(thing: Thing, actor: UserId) -> None:
    """Let pipelines run, each with a child; the first one that passes after a failure mends it."""
    for status in thing.office.rng.choice((("success",), ("failed",), ("failed", "success"), ("failed", "failed"))):
        number = next(thing.office.numbers)
        thing.run(actor, number, "running", concerns=False)
        thing.wait(30)
        thing.run(actor, number, status, concerns=status == "failed" or thing.failing)
        thing.run(actor, next(thing.office.numbers), status, concerns=False, source="parent_pipeline")
        thing.wait(30)
        thing.failing = status == "failed"


def _review(thing: Thing, reviewer: UserId) -> None:
    """Submit a review: all its comments and the verdict within a moment."""
    rng = thing.office.rng
    for _ in range(rng.choice((0, 1, 2, 4, 8))):
        thing.comment(reviewer, _anybody(thing) if rng.random() < 0.2 else ())
        thing.wait(0.05)
    if rng.random() < 0.7:
        thing.approve(reviewer, rng.choice(("approved", "approval")))
        if rng.random() < 0.1:
            thing.wait(60)
            thing.approve(reviewer, rng.choice(("unapproved", "unapproval")))
    thing.wait(rng.uniform(60, 1800))


def _end(thing: Thing) -> None:
    rng = thing.office.rng
    by = rng.choice(thing.office.staff(thing.project.id))
    if thing.kind == "merge_request" and not thing.draft and rng.random() < 0.6:
        thing.finish(by, "merge")
    elif rng.random() < 0.6:
        thing.finish(by, "close")
        thing.wait(120)
        if rng.random() < 0.2:
            thing.finish(by, "reopen")


def tests_from_the_settings_page(office: Office, at: int) -> list[Act]:
    """Press the test button of a hook: an old comment that mentions people, and a merge request without an action."""
    thing = Thing(office, "merge_request", _project(office), at)
    old = thing.comment(thing.author, _anybody(thing))
    old.body["object_attributes"]["created_at"] = stamp(at - 48 * HOURS)
    thing.label(thing.author)
    del thing.acts[1].body["object_attributes"]["action"]
    return [Act(at, act.body, act.actor) for act in thing.acts]


def day(office: Office, merge_requests: int, issues: int) -> list[Act]:
    """Return everything that is done between eight and six, in order of time."""
    stories = [merge_request] * merge_requests + [issue] * issues + [tests_from_the_settings_page] * 10
    acts = [act for story in stories for act in story(office, MORNING + office.rng.randrange(7 * HOURS))]
    return sorted((act for act in acts if act.at < MORNING + 10 * HOURS), key=lambda act: act.at)
