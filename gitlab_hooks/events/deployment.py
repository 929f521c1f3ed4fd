"""Deployments that failed.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Kind, Thing, Unreadable
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices


class _Payload(msgspec.Struct):
    status: str | None = None
    deployment_id: int | None = None
    deployable_id: int | None = None
    deployable_url: str | None = None
    environment: str | None = None
    commit_title: str | None = None
    user: shapes.UserShape | None = None
    project: shapes.ProjectShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEvent(Event):
    """A deployment's status changed."""

    starter: tuple[Who, ...]


def parse(body: bytes) -> DeploymentEvent:
    """Read a payload of kind `deployment`; the action is the deployment's status.

    Raises:
        gitlab_hooks.event.Unreadable: nothing tells it from another one, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    number = payload.deployment_id or payload.deployable_id  # GitLab 13 names the job alone
    if number is None:
        raise Unreadable("Object missing required field `deployment_id`")
    starter = shapes.whos([payload.user])
    return DeploymentEvent(
        kind="deployment",
        action=payload.status or "",
        thing=_thing(payload, number),
        actor=shapes.actor(payload.user),
        avatar=(payload.user and payload.user.avatar_url) or "",
        accounts=shapes.users([payload.user]),
        text=payload.commit_title or "",
        named=starter,
        starter=starter,
    )


def _thing(payload: _Payload, number: int) -> Thing:
    """Return the deployment, called by its environment; the link leads to the job."""
    return Thing(
        key=f"deployment:{number}",
        kind="deployment",
        ref="",
        title=payload.environment or "",
        url=payload.deployable_url or "",
        place=shapes.place(payload.project),
        subject=None,
        feature="builds",
    )


def ask(_event: DeploymentEvent, _gitlab: GitLab) -> Facts:
    """Ask nothing: the payload names who started it."""
    return NOTHING_ASKED


def audience(event: DeploymentEvent, _facts: Facts) -> Iterator[Notice]:
    """Yield who started a deployment that failed."""
    if event.action == "failed":
        fact = f"{event.thing.key}:failed"
        yield from notices(event.starter, Role.STARTER, Reason.DEPLOYMENT_FAILED, "deployment.failed", fact)


KIND = Kind("deployment", parse, ask, audience)
