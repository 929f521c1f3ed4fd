"""Whom a text mentions by the name of a group or by `@all`, as GitLab counts them.

The name of a group reaches its own members and none that it inherits, unless its settings forbid it, and only where who
wrote it sees the group. `@all` reaches every member of the project, inherited ones too, where one of them wrote it.

Source: https://docs.gitlab.com/user/group/subgroups/#mention-subgroups,
https://docs.gitlab.com/user/discussions/#mentioning-all-members, and GitLab's `Banzai::ReferenceParser::UserParser`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from gitlab_hooks.event import Event, Facts
from gitlab_hooks.judge import Policy, is_actor
from gitlab_hooks.lookups import GitLab, Group, User, UserId
from gitlab_hooks.notices import EVERYBODY, Notice, Role, Who
from gitlab_hooks.rules import EDITS


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those for whom a name stands that is no user's; where it reaches nobody, `why` says why."""

    name: str
    people: tuple[User, ...] = ()
    why: str = ""


def expanded(found: Iterable[Notice], event: Event, facts: Facts, gitlab: GitLab, policy: Policy) -> tuple[Notice, ...]:
    """Return notices; one that mentions a group gives way to one for each member, or to one that says why to none.

    Who is mentioned by name is not mentioned by a group too, and of several groups the first counts. An edit brings
    nobody whom the text mentioned before. Nothing is asked for rows of `[rules]` without the role `group`.

    Raises:
        bot.errors.OutsideError: a look-up failed.

    """
    notices = tuple(found)
    hearing = {rule for rule, roles in policy.rules.items() if Role.GROUP in roles}
    naming = [notice for notice in notices if notice.role is Role.MENTIONED and notice.rule in hearing]
    if not (naming and policy.group_mentions and gitlab.has_token):
        return notices
    asking = _Asking(event, event.actor or (facts.involved.author if facts.involved else None), gitlab, policy)
    crowds = asking.crowds(notice.who for notice in naming)
    edited = any(notice.rule in EDITS and _name(notice.who) in crowds for notice in naming)
    return tuple(spread(notices, crowds, asking.before() if edited else frozenset(), hearing))


@dataclass(frozen=True, slots=True)
class _Asking:
    """What GitLab is asked about the names in a text; `writer` is who wrote it."""

    event: Event
    writer: User | None
    gitlab: GitLab
    policy: Policy

    def crowds(self, whom: Iterable[Who]) -> dict[str, Crowd]:
        """Return the crowd behind each name that is no user's, in lower case; nobody mentions themselves by a group."""
        names = dict.fromkeys(who.username for who in whom)
        found = {name.lower(): crowd for name in names if (crowd := self._crowd(name))}
        limited = within(self.policy.group_mentions, found.values())
        others = (replace(crowd, people=tuple(filter(self._is_another, crowd.people))) for crowd in limited)
        return dict(zip(found, others, strict=True))

    def before(self) -> frozenset[str]:
        """Return the user names, in lower case, of all whom the text mentioned before its edit."""
        crowds = self.crowds(self.event.formerly)
        reached = [user.username.lower() for crowd in crowds.values() for user in crowd.people]
        return frozenset(map(_name, self.event.formerly)).union(reached)

    def _crowd(self, name: str) -> Crowd | None:
        """Return None for the name of a user, which no group can have beside them, and for that of nobody."""
        if name == EVERYBODY:
            return self._everybody()
        if "/" not in name and self.gitlab.user_named(name):
            return None
        group = self.gitlab.group(name)
        return self._group(group) if group else None

    def _everybody(self) -> Crowd:
        place = self.event.thing.place
        if not self.policy.all_mentions:
            return Crowd(EVERYBODY, why="all_mentions is off in [rules]")
        if place is None:
            return Crowd(EVERYBODY, why="it belongs to no project")
        if self.writer is None or not self.gitlab.access_level(place.id, self.writer.id):
            return Crowd(EVERYBODY, why="who wrote it is no member of the project")
        return _of(EVERYBODY, self.gitlab.project_members(place.id, self.policy.group_mentions + 1))

    def _group(self, group: Group) -> Crowd:
        if not group.mentionable:
            return Crowd(group.path, why="the group's settings let nobody mention it")
        if not self._sees(group):
            return Crowd(group.path, why="who wrote it does not see the group")
        return _of(group.path, self.gitlab.group_members(group.id, self.policy.group_mentions + 1))

    def _sees(self, group: Group) -> bool:
        """Say whether the writer sees a group; who writes in a project of a private group does."""
        place = self.event.thing.place
        inside = place is not None and place.path.lower().startswith(f"{group.path}/".lower())
        if group.visibility != "private" or inside:
            return True
        return self.writer is not None and self.gitlab.group_level(group.id, self.writer.id) > 0

    def _is_another(self, user: User) -> bool:
        return not is_actor(self.writer, user)


def _of(name: str, people: tuple[User, ...] | None) -> Crowd:
    if people:
        return Crowd(name, people)
    return Crowd(name, why="GITLAB_TOKEN may not see its members" if people is None else "it has no members")


def within(most: int, crowds: Iterable[Crowd]) -> Iterator[Crowd]:
    """Yield crowds; one with which they would be more than `most` people altogether reaches nobody."""
    reached: set[UserId] = set()
    for crowd in crowds:
        together = reached.union(user.id for user in crowd.people)
        if len(together) > most:
            yield replace(crowd, people=(), why=f"groups mention more than {most} people: group_mentions in [rules]")
        else:
            reached = together
            yield crowd


def spread(
    notices: Sequence[Notice], crowds: Mapping[str, Crowd], before: AbstractSet[str], hearing: AbstractSet[str]
) -> Iterator[Notice]:
    """Yield notices, each crowd's people in the place of its name; `hearing` are the rules that hear of groups.

    `crowds` has the names in lower case, `before` those of users whom an edited text mentioned already.
    """
    mentions = [notice for notice in notices if notice.role is Role.MENTIONED]
    named = {(one.rule, one.fact, name) for one in mentions if (name := _name(one.who)) not in crowds}
    for notice in notices:
        crowd = crowds.get(_name(notice.who)) if notice.role is Role.MENTIONED and notice.rule in hearing else None
        if crowd is None:
            yield notice
            continue
        for one in _members(notice, crowd):
            key = (one.rule, one.fact, _name(one.who))
            if key not in named and not (one.rule in EDITS and key[2] in before):
                named.add(key)
                yield one


def _members(notice: Notice, crowd: Crowd) -> Iterator[Notice]:
    called = replace(notice, role=Role.GROUP, group=crowd.name)
    if crowd.why:
        yield replace(called, who=Who(username=crowd.name), why=crowd.why)
    yield from (replace(called, who=Who(user.id, user.username)) for user in crowd.people)


def _name(who: Who) -> str:
    return who.username.lower()
