"""What only GitLab's Markdown knows, said in what Mattermost shows too; code stays as it is.

GitLab's side is described in https://docs.gitlab.com/user/markdown/ and …/user/project/quick_actions/. What stands
within a line leaves an invisible joiner where it goes, so that its neighbours become nothing new.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from bot.markdown import JOINER
from gitlab_hooks.markup import Run, runs

_ACTIONS = """
    add_child add_contacts add_email approve assign assign_reviewer award blocked_by blocks board_move checkin_reminder
    child_epic clear_health_status clear_weight clone close confidential copy_metadata create_merge_request done draft
    due duplicate epic estimate estimate_time health_status invite_email iteration label labels link lock merge
    milestone move parent_epic promote promote_to promote_to_incident publish react ready reassign reassign_reviewer
    rebase relabel relate remove_child remove_child_epic remove_contacts remove_due_date remove_email remove_epic
    remove_estimate remove_iteration remove_label remove_milestone remove_parent remove_parent_epic remove_reviewer
    remove_time_estimate remove_time_spent remove_zoom reopen request_changes request_review reviewer set_parent
    severity spend spend_time spent status submit_review subscribe target_branch timeline title todo type unapprove
    unassign unassign_reviewer unlabel unlink unlock unsubscribe weight zoom
"""
"""Quick actions that leave nothing to read; `/cc`, `/shrug` and `/tableflip` say something."""

_NAMES = "|".join(_ACTIONS.split())
_STRONG = "b|ins|kbd|mark|strong|summary"
_OTHER_TAGS = "abbr|big|center|cite|del|dfn|em|font|i|q|s|samp|small|span|sub|u|var"
_C = rf"[^<>{{}}\[\]`\\*~|\n{JOINER}]"
_INNER = rf"(?!\s){_C}(?:{_C}{{0,300}}(?<!\s))??"
_CODE = r"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`) | `+ | \\."
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.MULTILINE

_ANY = re.compile(r"[<{]|\[[ x~^+\-!_T]|:::|>>>|\$`|suggestion|^[ \t>]*/", re.IGNORECASE | re.MULTILINE)
"""Without any of these there is nothing here to say otherwise; most comments have none."""

_BREAK = re.compile(
    rf"""{_CODE}
    | (?P<line>    <(?:br|/?details)(?:\s[^<>]*)?/?>[ \t]*\n? )
    | (?P<summary> </summary>[ \t]*\n? )
    """,
    _FLAGS,
)
_FLAVOUR = re.compile(
    rf"""{_CODE}
    | ^(?P<nothing> (?: /(?:{_NAMES})(?:[ \t][^\n]*)? | \[\[_TOC_]] | \[TOC] | :::[ \t]*[\w-]* )[ \t]*$ )
    | ^(?P<task>    (?P<item>[ \t>]*(?:[-*+]|[0-9]{{1,9}}[.)])[ \t]+)\[(?P<state>[ x~])](?=[ \t]+\S) )
    | ^(?P<alert>   (?P<bars>(?:>[ ]?)+)\[!(?P<mood>note|tip|important|caution|warning)] )
    | (?P<footnote> \[\^(?P<name>[a-z0-9_-]{{1,40}})](?![({JOINER}]) )
    | (?P<added>    [\[{{]\+[ \t]*(?P<more>{_INNER})[ \t]*\+[\]}}](?![(\[*~{JOINER}]) )
    | (?P<removed>  [\[{{]-[ \t]*(?P<less>{_INNER})[ \t]*-[\]}}](?![(\[*~{JOINER}]) )
    | (?P<strong>   <(?P<tag>{_STRONG})>[ \t]*(?P<inner>{_INNER})[ \t]*</(?P=tag)> )
    | (?P<math>     (?<!\$)\$(?P<formula>`[^`\n]+`)\$(?![$`]) )
    | (?P<space>    <br\s*/?> )
    | (?P<above>    <sup> )
    | (?P<join>     </?(?:{_STRONG}|{_OTHER_TAGS}|sup)(?:[ \t][^<>\n{JOINER}]*)?/?> )
    """,
    _FLAGS,
)
_STATES = {" ": "☐", "x": "☑", "~": "☒"}
_MOODS = {"note": "ℹ️", "tip": "💡", "important": "❗", "caution": "🛑", "warning": "⚠️"}

_REWRITES: dict[str, Callable[[re.Match[str]], str]] = {
    "line": lambda _: "\n",
    "summary": lambda _: "</summary>\n",
    "nothing": lambda _: "",
    "task": lambda found: found["item"] + _STATES[found["state"].lower()],
    "alert": lambda found: found["bars"] + _MOODS[found["mood"].lower()],
    "footnote": lambda found: f"{JOINER}({found['name']})",
    "added": lambda found: f"**{found['more']}**",
    "removed": lambda found: f"~~{found['less']}~~",
    "strong": lambda found: f"**{found['inner']}**",
    "math": lambda found: JOINER + found["formula"] + JOINER,
    "space": lambda _: " ",
    "above": lambda _: "^" + JOINER,
    "join": lambda _: JOINER,
}

_QUOTE = re.compile(r">>>[ \t]*(\[!\w+\][^\n]*)?", re.ASCII)
_SUGGESTION = re.compile(r"(`{3,}|~{3,})[ \t]*suggestion(?::-[0-9]+\+[0-9]+)?[ \t]*")


def understood(source: str) -> str:
    """Return a text without what GitLab alone understands.

    Tasks, alerts, footnotes, inline diffs and the tags of phrases become characters and emphasis; quotations between
    `>>>` become lines with ">"; suggestions a diff; tables of contents, `:::` and quick actions go.
    """
    if not _ANY.search(source):
        return source
    broken = _each(source, {"prose": _parted}) if "<" in source else source
    barred = "\n".join(_barred(broken)) if ">>>" in broken else broken
    return _each(barred, {"prose": _reworded, "table": _row_by_row, "fence": _suggested})


def _each(source: str, rules: Mapping[str, Callable[[Run], str]]) -> str:
    return "\n".join(rules.get(run.kind, _same)(run) for run in runs(source, html=False))


def _same(run: Run) -> str:
    return run.text


def _parted(run: Run) -> str:
    return _BREAK.sub(_rewritten, run.text)


def _reworded(run: Run) -> str:
    return _FLAVOUR.sub(_rewritten, run.text)


def _row_by_row(run: Run) -> str:
    """Rewrite a table, of which every line is a row, even one that looks like an action."""
    return _FLAVOUR.sub(lambda found: found[0] if found.lastgroup == "nothing" else _rewritten(found), run.text)


def _rewritten(found: re.Match[str]) -> str:
    rewrite = _REWRITES.get(found.lastgroup or "")
    return rewrite(found) if rewrite else found[0]


def _barred(source: str) -> Iterator[str]:
    """Yield the lines of a text in which those between two lines `>>>` outside code start with a bar."""
    lines = [(line, run.kind == "prose") for run in runs(source, html=False) for line in run.lines]
    fences = [number for number, (line, prose) in enumerate(lines) if prose and _QUOTE.fullmatch(line)]
    ends = dict(zip(fences[::2], fences[1::2], strict=False))
    end = 0
    for number, (line, _) in enumerate(lines):
        end = ends.get(number, end)
        found = _QUOTE.fullmatch(line) if number in ends or number in ends.values() else None
        if found:
            yield f"> {found[1]}" if found[1] else ""
        else:
            yield f"> {line}" if number < end else line


def _suggested(run: Run) -> str:
    """Show a suggestion outside lists and quotations as the added lines of a diff."""
    opening, *code = run.lines
    found = _SUGGESTION.fullmatch(opening)
    if not found or not run.token:
        return run.text
    size = run.token.content.count("\n")
    return "\n".join([f"{found[1]}diff", *(f"+{line}" for line in code[:size]), *code[size:]])
