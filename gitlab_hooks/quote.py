"""A comment's text made fit for a card: harmless, with links that lead somewhere, and no longer than it may be."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from bot.markdown import Markdown, visible
from gitlab_hooks.flavour import understood
from gitlab_hooks.markup import Run, runs
from gitlab_hooks.prose import Prose, beginning

LIMITS = {"off": 0, "short": 300, "full": 4_000}
"""Code points of a quotation, by the name of the setting."""

LINES = 6
PER_LINE = 50
"""A quotation has one line for each 50 code points of its limit at most, but six in any case; blank ones are free."""

LOOKED_AT = 20_000
"""Code points; what stands beyond them is not even read."""

AHEAD = 10
"""Of a text without its comments so many times as much is read as may be shown: the rest can only be cut."""

MORE = "…"

_COMMENT = re.compile("<!--")
_CODE_OR_COMMENT = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|`+|\\.|<!--", re.DOTALL)
_CELL_END = re.compile(r"(?<!\\)\|")
_OPENS = re.compile(r"[\s>*+.)\d-]*(?:```|~~~)")
_NO_PREFIX = re.compile(r"[^>\s]")


@dataclass(frozen=True, slots=True)
class Line:
    """What is kept or cut as one; `end` is the line that has to follow where the text is cut after it."""

    text: str
    end: str | None = None
    kind: str = "prose"


def quote(text: str, *, limit: int, base: str, project: str, shown: Callable[[str], str | None]) -> Markdown:
    """Return a comment's Markdown for a Mattermost card, at most `limit` code points long; "" where it says nothing.

    HTML comments and control characters go, and what only GitLab understands is said in other words. Pictures become
    links, since Mattermost would fetch them before it answers; GitLab's relative links get their address from `base`
    (GitLab's own) or `project` (the project's, or GitLab's where there is none), references such as `!12` become
    links, and those that lead nowhere on the web lose their target. `@name` outside code becomes the Mattermost name
    that `shown` gives, if any, and pings nobody. What is too long is cut after a whole line and ends with a line "…";
    code stays fenced, a table stays whole or goes.
    """
    if limit <= 0:
        return Markdown("")
    source = _without_comments("\n".join([*visible(text[:LOOKED_AT]).splitlines(), ""]))
    prose = Prose(base=base, project=project, shown=shown)
    found = runs(understood(_whole_lines(source, AHEAD * limit)), html=False)
    lines = _until_full((line for run in found for line in _MADE[run.kind](run, prose)), limit)
    return Markdown("\n".join(_cut(lines, limit)))


def _whole_lines(source: str, size: int) -> str:
    """Return the lines that end within so many code points; of a first one that does not, its beginning."""
    return source if len(source) <= size else source[: source.rfind("\n", 0, size) + 1 or size]


def _without_comments(source: str) -> str:
    if "<!--" not in source:
        return source
    return "\n".join(_uncommented(run) for run in runs(source, html=True))


def _uncommented(run: Run) -> str:
    text = run.text
    match run.kind:
        case "code" | "fence":
            return text
        case "html":
            return _dropped(text, _COMMENT).partition("<!--")[0]  # an open one hides all that follows
        case _:
            return _dropped(text, _CODE_OR_COMMENT)


def _dropped(text: str, either: re.Pattern[str]) -> str:
    """Drop the comments that end from a text; what `either` finds beside them stays as it is."""
    kept, done = "", 0
    while found := either.search(text, done):
        comment = found[0] == "<!--"
        if comment and (end := text.find("-->", found.start() + 2)) < 0:
            break
        kept += text[done : found.start() if comment else found.end()]
        done = end + 3 if comment else found.end()
    return kept + text[done:]


def _prose_lines(run: Run, prose: Prose) -> list[Line]:
    return [Line(text) for text in prose(run.text).split("\n")]


def _table_lines(run: Run, prose: Prose) -> list[Line]:
    rows = ("|".join(prose(cell) for cell in _CELL_END.split(row)) for row in run.lines)
    return [Line("\n".join(rows), end="", kind="table")]


def _code_lines(run: Run, _: Prose) -> list[Line]:
    return [Line(text, kind="code") for text in run.lines]


def _fence_lines(run: Run, _: Prose) -> list[Line]:
    """Keep the opening with the first line of code, so that no fence is ever empty for being cut."""
    token = run.token or Token("fence", "code", 0)
    opening, *code = run.lines
    end = _NO_PREFIX.sub(" ", opening.partition(token.markup)[0]) + token.markup
    if len(code) > token.content.count("\n"):
        code.pop()
    opened = "\n".join([opening, *code[:1]])
    return [*(Line(text, end, "code") for text in (opened, *code[1:])), Line(end)]


_MADE: dict[str, Callable[[Run, Prose], list[Line]]] = {
    "prose": _prose_lines,
    "table": _table_lines,
    "code": _code_lines,
    "fence": _fence_lines,
}


def _squeezed(lines: Sequence[Line]) -> list[Line]:
    """Drop blank lines at both ends, and all but one of several."""
    kept: list[Line] = []
    for line in lines:
        if line.text.strip() or line.kind == "code" or (kept and kept[-1].text.strip()):
            kept.append(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    return kept


def _until_full(lines: Iterable[Line], limit: int) -> list[Line]:
    """Take lines, blank ones squeezed, up to the first that cannot be shown whole; the rest is not even rewritten."""
    taken: list[Line] = []
    for line in lines:
        taken.append(line)
        if line.text.strip() and not _fits([one.text for one in _squeezed(taken)], limit):
            break
    return _squeezed(taken)


def _cut(lines: Sequence[Line], limit: int) -> list[str]:
    """Return everything, or the whole lines that fit; if those are few, also the beginning of the next."""
    texts = [line.text for line in lines]
    if _fits(texts, limit):
        return texts
    kept: list[Line] = []
    while _fits(_closed([*kept, lines[len(kept)]]), limit):
        kept.append(lines[len(kept)])
    following = lines[len(kept)]
    room = limit - _size(_closed([*kept, replace(following, text="")]))
    if room > limit // 2 and _fits(_closed([*kept, part := _beginning(following, room)]), limit) and part.text:
        kept.append(part)
    return _closed(_squeezed(kept))


def _beginning(line: Line, room: int) -> Line:
    """Cut a line after a word and between links and code spans, or code anywhere; never a table."""
    head, newline, body = line.text.rpartition("\n")
    size = room - len(head + newline) - len(MORE)
    if line.kind == "code" and size > 0:
        return replace(line, text=head + newline + body[:size] + MORE)
    text = beginning(line.text, room) if line.kind == "prose" else ""
    return replace(line, text="" if _OPENS.match(text) else text)  # what was no fence must not become one


def _closed(lines: Sequence[Line]) -> list[str]:
    """Return the lines of a text that goes on after them."""
    end = lines[-1].end if lines else None
    return [*(line.text for line in lines), *([] if end is None else [end]), MORE]


def _fits(texts: Sequence[str], limit: int) -> bool:
    rows = [row for text in texts for row in text.split("\n") if row.strip()]
    return _size(texts) <= limit and len(rows) <= max(LINES, limit // PER_LINE)


def _size(texts: Sequence[str]) -> int:
    return len("\n".join(texts))
