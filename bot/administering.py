"""The commands for administrators: `admin people`, `failed`, `retry`, `refresh` and `test`."""

from collections.abc import Callable, Mapping

from bot.asking import Answer, Ask, Look, Reply, unknown
from bot.sampling import sample

Act = Callable[[Ask, tuple[str, ...]], Answer]
"""What a command does with the words behind it."""


def admin(ask: Ask) -> Answer:
    """Do what the first word says, if an administrator asks."""
    if not ask.asker.admin:
        return ask.choices, Reply("not_admin", {})
    if not ask.words:
        return ask.choices, Reply("how_to_admin", {}, words="admin")
    first, *rest = ask.words
    act = ACTS.get(first)
    return act(ask, tuple(rest)) if act else unknown(ask, f"admin {first}", [f"admin {name}" for name in ACTS])


def _refresh(ask: Ask, _rest: tuple[str, ...]) -> Answer:
    return ask.choices, Reply("refreshed", {}, refresh=True)


def _test(ask: Ask, rest: tuple[str, ...]) -> Answer:
    return (
        sample(ask, rest[0].lstrip("@")) if len(rest) == 1 else (ask.choices, Reply("how_to_admin", {}, words="admin"))
    )


def _looked_up(name: str) -> Act:
    def act(ask: Ask, rest: tuple[str, ...]) -> Answer:
        return ask.choices, Reply("moment", {}, look=Look(f"admin {name}", rest))

    return act


ACTS: Mapping[str, Act] = {
    **dict.fromkeys(("people", "person", "사람"), _looked_up("people")),
    **dict.fromkeys(("failed", "failures", "fail", "실패"), _looked_up("failed")),
    **dict.fromkeys(("retry", "retries", "재시도"), _looked_up("retry")),
    **dict.fromkeys(("refresh", "reload", "새로고침"), _refresh),
    **dict.fromkeys(("test", "sample", "테스트"), _test),
}
"""What may stand behind `admin`."""
