"""`rules`: the table of who is told what as it is in force, and where each row comes from."""

import json
from collections.abc import Iterator

from gitlab_hooks.judge import Policy
from gitlab_hooks.rules import ROWS
from gitlab_hooks.settings import UNITS


def table(policy: Policy) -> Iterator[str]:
    """Yield `[rules]` a line a key, as it may stand in `bot.toml`, each with where its value comes from."""
    values: dict[str, object] = {
        "stale_after": duration(policy.stale_after),
        "draft_comments": policy.draft_comments,
        "group_mentions": policy.group_mentions,
        "all_mentions": policy.all_mentions,
        **{key: [role.value for role in row.choice if role in policy.rules[key]] for key, row in ROWS.items()},
    }
    lines = {key: f"{json.dumps(key) if '.' in key else key} = {json.dumps(value)}" for key, value in values.items()}
    width = max(map(len, lines.values()))
    yield "[rules]"
    for key, line in lines.items():
        yield f"{line:<{width}}  # {'bot.toml' if key in policy.own else 'default'}"


def duration(milliseconds: int) -> str:
    """Write milliseconds in the largest unit that fits: `24h`, and "0" for never."""
    unit = next((unit for unit in ("h", "m") if milliseconds % UNITS[unit] == 0), "s")
    return f"{milliseconds // UNITS[unit]}{unit}" if milliseconds else "0"
