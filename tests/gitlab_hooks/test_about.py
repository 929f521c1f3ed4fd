"""The keys by which messages can be muted."""

from dataclasses import replace

import pytest

from gitlab_hooks.about import about, calls_by_name
from gitlab_hooks.event import Event, Place, Thing
from gitlab_hooks.lookups import ProjectId, User, UserId
from gitlab_hooks.notices import Notice, Reason, Role, Who

KIM = User(UserId(1), "Kim.B")
THING = Thing(
    key="mr:1",
    kind="merge_request",
    ref="!12",
    title="T",
    url="",
    place=Place(ProjectId(7), "Web/tools/shop", "https://gitlab.example.com/web/tools/shop"),
    subject=None,
    feature="merge_requests",
)
EVENT = Event(kind="note", action="create", thing=THING, actor=KIM)
MENTIONED = Notice(Who(UserId(2)), Role.MENTIONED, Reason.MENTIONED, "note.merge_request", "note:1")
REPLIED = replace(MENTIONED, role=Role.THREAD, reason=Reason.REPLIED)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (EVENT, ("web/tools/shop!12", "web/tools/shop", "web/tools", "web", "@kim.b", "@kim")),
        (replace(EVENT, thing=replace(THING, ref="a1b2c3")), ("web/tools/shop", "web/tools", "web", "@kim.b", "@kim")),
        (replace(EVENT, thing=replace(THING, place=None)), ("@kim.b", "@kim")),
        (replace(EVENT, actor=None, thing=replace(THING, place=None)), ()),
        (replace(EVENT, actor=User(UserId(0), ""), thing=replace(THING, place=None)), ()),
        (replace(EVENT, actor=replace(KIM, bot=True), thing=replace(THING, place=None)), ("@kim.b", "@kim", "bots")),
        (replace(EVENT, actor=User(UserId(3), "renovate"), thing=replace(THING, place=None)), ("@renovate", "bots")),
    ],
)
def test_about(event: Event, expected: tuple[str, ...]) -> None:
    """A message is about its thing, the project, every group above, who did it by both names, and bots."""
    assert about(event, frozenset({"renovate"}), {"Kim.B": "kim"}.get) == expected


@pytest.mark.parametrize(
    ("actor", "told", "expected"),
    [
        (KIM, (MENTIONED,), True),
        (KIM, (REPLIED, MENTIONED), True),
        (KIM, (REPLIED,), False),
        (None, (MENTIONED,), True),
        (replace(KIM, bot=True), (MENTIONED,), False),
    ],
)
def test_calls_by_name(actor: User | None, told: tuple[Notice, ...], expected: bool) -> None:
    """A mention by a person calls the reader by name, among other reasons too; a bot calls nobody."""
    assert calls_by_name(replace(EVENT, actor=actor), told, frozenset()) is expected
