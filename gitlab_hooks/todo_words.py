"""What waits for a person, as the files of words take it: lines that fit, with links and ages, and how many more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.markdown import Markdown, percent_encoded
from gitlab_hooks.lookups import Party, User
from gitlab_hooks.naming import OF_JOB, called, listed, shortened
from gitlab_hooks.todo import Item, Todo

MOST, ROOM = 10, 3_500
"""Lines of one list, and the characters that they may take together: three lists fit into one answer."""

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Lists:
    """Makes the values of `todo.md`; `gitlab` is the address of the instance."""

    gitlab: str

    def values(self, todo: Todo, user: User, now: int) -> dict[str, object]:
        """Return the lists that have anything in them; `now` is milliseconds since 1970."""
        lists = [self._list(party, items, todo, user, now) for party, items in todo.lists.items()]
        return {"lists": [one for one in lists if one["items"] or one["more"]]}

    def _list(self, party: Party, items: tuple[Item, ...], todo: Todo, user: User, now: int) -> dict[str, object]:
        every = f"{self.gitlab}/dashboard/merge_requests?{party}_username={user.username}"
        shown = list(_fitting(_line(item, now) for item in items))
        return {
            "party": party.value,
            "items": shown,
            "count": len(items),
            "more": len(items) - len(shown) + todo.more.get(party, 0),
            "all": Markdown(percent_encoded(every)),
        }


def _fitting(lines: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Yield as many whole lines as fit."""
    room = ROOM
    for number, line in enumerate(lines):
        room -= len(str(line["link"]))
        if number == MOST or room < 0:
            return
        yield line


def _line(item: Item, now: int) -> dict[str, object]:
    request = item.request
    return {
        "link": listed(f"{request.path}{request.ref} {request.title}", request.url),
        "by": shortened(called(request.author), OF_JOB),
        "days": max(0, now - request.opened) // DAY_MS,
        "state": item.state,
    }
