"""Pipelines that failed, and the first one that passes again.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.delivery import ref_key
from gitlab_hooks.event import NOTHING_ASKED, Event, Facts, Job, Kind, Place, Run, Thing, who
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.notices import Notice, Reason, Role, Who, notices
from gitlab_hooks.times import milliseconds

CHILD = "parent_pipeline"
"""The `source` of a pipeline that is a part of another one, whose own failure tells of it."""

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Attributes(msgspec.Struct):
    id: _Number
    ref: str = ""
    tag: bool | None = None
    source: str | None = None
    status: str | None = None
    created_at: str | None = None
    finished_at: str | None = None
    url: str | None = None


class _MergeRequest(msgspec.Struct):
    id: int
    iid: int
    title: str = ""
    target_project_id: int | None = None


class _Build(msgspec.Struct):
    id: _Number
    name: str = ""
    stage: str | None = None
    status: str | None = None
    allow_failure: bool | None = None
    failure_reason: str | None = None


class _Payload(msgspec.Struct):
    object_attributes: _Attributes
    merge_request: _MergeRequest | None = None
    user: shapes.UserShape | None = None
    project: shapes.ProjectShape | None = None
    builds: list[_Build] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineEvent(Event):
    """A pipeline's status changed; `starter` is who pushed, or pressed the button, or owns the schedule."""

    starter: tuple[Who, ...]


def parse(body: bytes) -> PipelineEvent:
    """Read a payload of kind `pipeline`; the action is the pipeline's status.

    Raises:
        gitlab_hooks.event.Unreadable: the pipeline's id is missing, or something is of another type.

    """
    payload = shapes.decode(body, _Payload)
    its, place = payload.object_attributes, shapes.place(payload.project)
    starter = shapes.whos([payload.user])
    ended = milliseconds(its.finished_at) or milliseconds(its.created_at)
    known = its.status in _ENDS and its.source != CHILD
    run = Run(its.id, ended or 0, failed=its.status == "failed") if known else None
    return PipelineEvent(
        kind="pipeline",
        action=its.status or "",
        thing=_thing(payload, place),
        actor=shapes.actor(payload.user),
        avatar=(payload.user and payload.user.avatar_url) or "",
        at=ended if run else None,
        accounts=shapes.users([payload.user]),
        named=starter,
        run=run,
        jobs=_failed(payload.builds or (), place) if run and run.failed else (),
        starter=starter,
    )


def _thing(payload: _Payload, place: Place | None) -> Thing:
    """Return what a pipeline is of: a merge request, else a branch or a tag; the link leads to the pipeline itself."""
    its, mr = payload.object_attributes, payload.merge_request
    branch = ref_key(place.id, its.ref) if place else ""
    home = shapes.place(None, mr.target_project_id) or place if mr else None
    return Thing(
        key=f"mr:{mr.id}" if mr else branch or f"pipeline:{its.id}",
        kind="merge_request" if mr else "tag" if its.tag else "branch",
        ref=f"!{mr.iid}" if mr else "",
        title=mr.title if mr else its.ref,
        url=its.url or (f"{place.url}/-/pipelines/{its.id}" if place else ""),
        place=place,
        subject=shapes.subject(home, "merge_request", mr.iid) if mr else None,
        feature="builds",
    )


def _failed(builds: Iterable[_Build], place: Place | None) -> tuple[Job, ...]:
    """Return the jobs that failed and were not allowed to, in order; of a retried one the newest counts."""
    newest = {build.name: build for build in sorted(builds, key=lambda build: build.id)}
    jobs = place.url if place else ""
    return tuple(
        Job(build.name, build.stage or "", f"{jobs}/-/jobs/{build.id}", build.failure_reason or "")
        for build in sorted(newest.values(), key=lambda build: build.id)
        if build.status == "failed" and not build.allow_failure
    )


def ask(event: PipelineEvent, gitlab: GitLab) -> Facts:
    """Ask who wrote the merge request: the payload does not tell."""
    if event.run is None or event.thing.subject is None:
        return NOTHING_ASKED
    return Facts(involved=gitlab.involved(event.thing.subject))


def audience(event: PipelineEvent, facts: Facts) -> Iterator[Notice]:
    """Yield who started a pipeline that ended, and the merge request's author; a child pipeline concerns nobody."""
    if event.run is None:
        return
    word, reason = _ENDS[event.action]
    rule, fact = f"pipeline.{word}", f"pipeline:{event.run.id}:{word}"
    author = [who(facts.involved.author)] if facts.involved and facts.involved.author else []
    yield from notices(event.starter, Role.STARTER, reason, rule, fact)
    yield from notices(author, Role.AUTHOR, reason, rule, fact)


_ENDS = {"failed": ("failed", Reason.PIPELINE_FAILED), "success": ("fixed", Reason.PIPELINE_FIXED)}
"""By the status with which a pipeline ends; whether a success mends anything is for the memory to say."""

KIND = Kind("pipeline", parse, ask, audience)
