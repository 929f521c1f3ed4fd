"""The journal, searched: why somebody got something, or nothing, by person, by thing, by what became of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from bot import journal
from bot.directory import Directory
from bot.journal import Line
from bot.people import PersonKey
from bot.store import Store
from bot.store.schema import journal as table
from gitlab_hooks.happened import Happening, is_about, key_in
from gitlab_hooks.notices import Verdict
from gitlab_hooks.what import key_of

PAGE = 50
"""Lines that are shown at once."""

CHUNK, CHUNKS = 500, 20
"""Lines that are read at once, and how often, before the rest is left to "older"."""

REF = re.compile(r"[!#]\d{1,18}")


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for, as they typed it; `before` is the number of a line, 0 for the newest."""

    person: str = ""
    about: str = ""
    verdict: str = ""
    before: int = 0

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Sought":
        """Read it from an address; what is none counts as nothing."""
        before = asked.get("before", "")
        words = {name: asked.get(name, "").strip()[:300] for name in ("person", "about", "verdict")}
        return cls(**words, before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0)  # noqa: PLR2004 - larger numbers are no row's


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the journal as it is shown; `standing` is one of `gitlab_hooks.web.verdicts.WORDS`."""

    at: int
    person: str
    thing: str
    link: str
    actor: str
    reason: str
    standing: str
    detail: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first, and before which number it goes on; 0 where there is no more."""

    rows: tuple[Row, ...] = ()
    older: int = 0
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """Searches the journal; `url` is the address of GitLab. Titles are shown only with `show_text`."""

    store: Store
    directory: Directory
    url: str
    show_text: bool

    def look(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Return what is shown for what was asked."""
        sought = Sought.read(asked)
        return {"sought": sought, "found": self.find(sought), "verdicts": list(Verdict)}

    def find(self, sought: Sought) -> Found:
        """Return a page of what somebody looks for."""
        about = self._about(sought.about)
        if about is None:
            return Found(wrong="About is a project, a group, web/shop!42, !42, #7, or a link into GitLab.")
        where = [*self._of_person(sought.person), *_linked(about), *_became(sought.verdict)]
        rows: list[Row] = []
        before = sought.before
        for _ in range(CHUNKS):
            lines = self.store.read(partial(journal.search, which=where, before=before, most=CHUNK))
            for number, line in lines:
                if self._fits(line, about):
                    rows.append(self._row(line))
                before = number
                if len(rows) == PAGE:
                    return Found(tuple(rows), before)
            if len(lines) < CHUNK:
                return Found(tuple(rows))
        return Found(tuple(rows), before)

    def _about(self, typed: str) -> str | None:
        """Return the key of what was typed, "" for everything, None for what names nothing."""
        key = typed if not typed or REF.fullmatch(typed) else key_of(self.url, typed)
        return None if key is None or key.startswith("@") else key

    def _fits(self, line: Line, about: str) -> bool:
        if not about:
            return True
        return key_in(line, self.url).endswith(about) if REF.fullmatch(about) else is_about(line, about, self.url)

    def _of_person(self, typed: str) -> Iterator[ColumnElement[bool]]:
        name = typed.removeprefix("@").lower()
        if name:
            account = func.lower(table.c.account) == name
            member = self.directory.roster.by_name.get(name)
            yield or_(account, table.c.person == member.key) if member else account

    def _row(self, line: Line) -> Row:
        entry = line.entry
        member = self.directory.roster.by_key.get(PersonKey(entry.person)) if entry.person else None
        return Row(
            at=line.at,
            person=member.name if member else entry.account,
            thing=key_in(line, self.url) or entry.object,
            link=entry.link if entry.link.startswith(f"{self.url.rstrip('/')}/") else "",
            actor=entry.actor,
            reason=entry.reason.replace("_", " "),
            standing=Happening((line,)).standing,
            detail=entry.detail,
            text=entry.label.partition(" ")[2] if self.show_text else "",
        )


def _linked(about: str) -> Iterator[ColumnElement[bool]]:
    """Yield what leaves most of the other lines to the database; what is meant exactly is seen afterwards."""
    project, _, ref = about.replace("#", "!").partition("!")
    if project:
        yield func.lower(table.c.link).contains(project, autoescape=True)
    if ref:
        yield or_(table.c.link.contains(ref), table.c.label.contains(ref))


def _became(verdict: str) -> Iterator[ColumnElement[bool]]:
    if verdict:
        yield table.c.verdict == verdict
