"""Catching up: what GitLab could not deliver while the bot was away is read back from its log and accepted.

GitLab never tries again by itself; it keeps what it sent for seven days, and hands that out since 17.3:
https://docs.gitlab.com/api/project_webhooks/#list-project-webhook-events
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from typing import TypeVar

from sqlalchemy import Connection

from bot.errors import Refused, TryLater
from bot.retry import next_try
from bot.store import Store
from gitlab_hooks import inbox
from gitlab_hooks.authenticity import IDEMPOTENCY_KEY
from gitlab_hooks.away import gathers
from gitlab_hooks.delivery import Content, Kept, content
from gitlab_hooks.hook import KEPT
from gitlab_hooks.hook_admin import Attempt, Home, HookAdmin
from gitlab_hooks.inbox import Missed
from gitlab_hooks.missed import is_late, is_ours, missed
from gitlab_hooks.spool import Spool
from gitlab_hooks.unhooked import unhooked

TRIES = 5
"""How often a question is put to a GitLab that fails, before the project is left out; after that once each."""

AT_ONCE = 100
"""Deliveries accepted in one transaction."""

T = TypeVar("T")

Looked = Callable[[int, int, str], None]
"""(into how many projects and groups was looked, of how many, the path of the next)."""


def quietly(_done: int, _of: int, _path: str) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True, slots=True)
class Where:
    """Whose hooks are looked at, where ours send to, and what is too old for messages (milliseconds; 0: nothing)."""

    groups: Sequence[str]
    projects: Sequence[str]
    public_url: str
    summary_after: int = 0


@dataclass(slots=True)
class Report:
    """What a run found.

    `hooks` are ours; of the deliveries that failed, `taken` are accepted, `late` ones of them for a summary, `known`
    were here already, `lost` are those of which GitLab has kept no body, and `empty` those that have none. `troubles`
    are sentences about what could not be looked at, `unhooked` about what has no hook of ours; `finished` is False
    where it would be worth to ask again.
    """

    hooks: int = 0
    taken: int = 0
    late: int = 0
    known: int = 0
    lost: int = 0
    empty: int = 0
    troubles: list[str] = field(default_factory=list)
    unhooked: list[str] = field(default_factory=list)
    finished: bool = True


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Reads GitLab's log and puts what failed into the inbox, oldest first.

    `pause` waits for some seconds and says whether somebody wants us to stop; `jitter` gives numbers between 0 and 1;
    `accepted` is called after deliveries were.
    """

    store: Store
    admin: HookAdmin
    where: Where
    pause: Callable[[float], bool]
    jitter: Callable[[], float]
    accepted: Callable[[], None]

    def run(self, since: int, *, dry_run: bool = False, looked: Looked = quietly) -> Report:
        """Catch up with what failed at `since` (milliseconds since 1970) or later; a `dry_run` only counts.

        Raises:
            bot.errors.Misconfigured: nothing can be asked with this token, or of this GitLab.
            bot.errors.TryLater: the database could not be written now.

        """
        report, ours = Report(), dict[Home, int]()
        named = self._named(report)
        homes = list(dict.fromkeys(home for one in named for home in (one, *self._below(one, report))))
        with Spool() as spool:
            for done, home in enumerate(homes):
                looked(done, len(homes), home.path)
                ours[home] = self._asked(report, partial(self._gather, home, since, spool)) or 0
                if self.pause(0):
                    report.finished = False
                    return report
            looked(len(homes), len(homes), "")
            self._take(spool, report, dry_run=dry_run)
        report.hooks = sum(ours.values())
        if not report.troubles:  # else it is not known what is there
            report.unhooked += unhooked(named, ours, self.where.public_url)
        return report

    def _named(self, report: Report) -> list[Home]:
        """Return the groups and projects of the configuration, as GitLab has them."""
        asks = [
            *(partial(self.admin.group, path) for path in self.where.groups),
            *(partial(self.admin.project, path) for path in self.where.projects),
        ]
        return [home for ask in asks if (home := self._asked(report, ask))]

    def _below(self, home: Home, report: Report) -> list[Home]:
        if home.kind == "project":
            return []
        return self._asked(report, lambda: list(self.admin.projects_of(home))) or []

    def _gather(self, home: Home, since: int, spool: Spool) -> int:
        """Put what failed aside, and return how many hooks of ours there are."""
        ours = [hook for hook in self.admin.hooks(home) if is_ours(hook.url, self.where.public_url)]
        for hook in ours:
            for attempt in missed(self.admin.failed(hook), since):
                spool.put(attempt)
        return len(ours)

    def _asked(self, report: Report, ask: Callable[[], T]) -> T | None:
        """Return an answer, or None where there is none in the end; why, is in the report."""
        for tried in count():
            try:
                return ask()
            except Refused as wrong:
                report.troubles.append(str(wrong))
                return None
            except TryLater as wrong:
                seconds = next_try(tried, wrong.after, 0, self.jitter()) / 1000
                if not report.finished or tried + 1 >= TRIES or self.pause(seconds):
                    report.troubles.append(str(wrong))
                    report.finished = False
                    return None
        raise AssertionError  # pragma: no cover - counting does not end

    def _take(self, spool: Spool, report: Report, *, dry_run: bool) -> None:
        now = self.store.now()
        for attempts in _some_at_once(spool):
            kept = [(one, content(one.body)) for one in attempts if one.body is not None]
            report.empty += (empty := sum(one.empty for one in attempts))
            report.lost += len(attempts) - len(kept) - empty
            if dry_run:
                new = self.store.read(partial(_unknown, kept=kept))
            else:
                new = self.store.write(partial(self._accept, kept=kept, now=now))
                self.accepted()
            report.taken += sum(new)
            report.known += len(kept) - sum(new)
            report.late += sum(taken and self._missed(one, now).late for (one, _), taken in zip(kept, new, strict=True))

    def _accept(self, conn: Connection, kept: Sequence[tuple[Attempt, Content]], now: int) -> list[bool]:
        """Accept what is not there yet; what is known is not even journalled: it may be looked at again and again."""
        gathers(conn, self.store.now())
        return [self._take_in(conn, one, body, now) for one, body in kept]

    def _take_in(self, conn: Connection, one: Attempt, body: Content, now: int) -> bool:
        name = _delivery_id(one)
        if inbox.known(conn, body, name):
            return False
        return inbox.accept(conn, body, name, _headers(one), now, self._missed(one, now)) is not Kept.KNOWN

    def _missed(self, attempt: Attempt, now: int) -> Missed:
        at = now if attempt.at is None else attempt.at
        return Missed(at, is_late(at, now, self.where.summary_after))


def _some_at_once(spool: Iterable[Attempt]) -> Iterator[list[Attempt]]:
    rest = iter(spool)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _unknown(conn: Connection, kept: Sequence[tuple[Attempt, Content]]) -> list[bool]:
    return [not inbox.known(conn, body, _delivery_id(one)) for one, body in kept]


def _delivery_id(attempt: Attempt) -> str | None:
    """Return the name under which it would have come: the signed `webhook-id` is the same."""
    return attempt.headers.get(IDEMPOTENCY_KEY) or None


def _headers(attempt: Attempt) -> dict[str, str]:
    return {name: attempt.headers[name] for name in sorted(KEPT & attempt.headers.keys())}
