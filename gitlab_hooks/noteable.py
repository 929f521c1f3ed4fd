"""What comments and emoji are about, as their payloads carry it under its class's name."""

import msgspec

from gitlab_hooks import shapes
from gitlab_hooks.draft import is_draft
from gitlab_hooks.event import Place, Thing
from gitlab_hooks.notices import Who


class MergeRequestShape(msgspec.Struct):
    """`merge_request` of a comment's or an emoji's payload; `reviewer_ids` came with GitLab 15.3."""

    id: int
    iid: int
    title: str = ""
    url: str | None = None
    author_id: int | None = None
    assignee_id: int | str | None = None  # "" for nobody, in a test of GitLab 13
    assignee_ids: list[int] | None = None
    reviewer_ids: list[int] | None = None
    draft: bool | None = None
    work_in_progress: bool | None = None


class IssueShape(msgspec.Struct):
    """`issue` of a comment's or an emoji's payload; tasks and incidents come under this name too."""

    id: int
    iid: int
    title: str = ""
    url: str | None = None
    author_id: int | None = None
    assignee_id: int | str | None = None  # "" for nobody, in a test of GitLab 13
    assignee_ids: list[int] | None = None
    confidential: bool | None = None
    type: str | None = None


class CommitShape(msgspec.Struct):
    """`commit` of a comment's payload: git's author, no user."""

    id: str
    message: str | None = None
    title: str | None = None
    url: str | None = None


class SnippetShape(msgspec.Struct):
    """`snippet` of a comment's payload, `project_snippet` of an emoji's."""

    id: int
    title: str | None = None
    url: str | None = None
    author_id: int | None = None


class NoteableShapes(msgspec.Struct, kw_only=True):
    """The keys under which the thing stands; one of them is there."""

    project: shapes.ProjectShape | None = None
    project_id: int | None = None
    merge_request: MergeRequestShape | None = None
    issue: IssueShape | None = None
    commit: CommitShape | None = None
    snippet: SnippetShape | None = None
    project_snippet: SnippetShape | None = None


def noteable(payload: NoteableShapes, key: str, kind: str | None, url: str | None) -> Thing:
    """Return what a comment or an emoji is about.

    What the payload does not carry (a design, a wiki page) is known by `key`, the type GitLab names (`kind`) and the
    link alone.
    """
    place = shapes.place(payload.project, payload.project_id)
    if payload.merge_request:
        return merge_request(payload.merge_request, place)
    if payload.issue:
        return issue(payload.issue, place)
    if payload.commit:
        return _commit(payload.commit, place)
    if snippet := payload.snippet or payload.project_snippet:
        return _snippet(snippet, place)
    named = (kind or "comment").rpartition("::")[2].lower()
    return Thing(key=key, kind=named, ref="", title=named, url=url or "", place=place, subject=None, feature="issues")


def merge_request(shape: MergeRequestShape, place: Place | None) -> Thing:
    """Return a merge request as a payload carries it, in an event of its own or beside a comment on it."""
    return Thing(
        key=f"mr:{shape.id}",
        kind="merge_request",
        ref=f"!{shape.iid}",
        title=shape.title,
        url=shape.url or "",
        place=place,
        subject=shapes.subject(place, "merge_request", shape.iid),
        feature="merge_requests",
        author=shapes.by_id(shape.author_id),
        assignees=_assignees(shape),
        reviewers=shapes.by_ids(shape.reviewer_ids),
        draft=is_draft(draft=shape.draft, work_in_progress=shape.work_in_progress, title=shape.title),
    )


def issue(shape: IssueShape, place: Place | None) -> Thing:
    """Return an issue or another work item as a payload carries it, in an event of its own or beside a comment."""
    return Thing(
        key=f"issue:{shape.id}",
        kind=work_item_kind(shape.type),
        ref=f"#{shape.iid}",
        title=shape.title,
        url=shape.url or "",
        place=place,
        subject=shapes.subject(place, "issue", shape.iid),
        feature="issues",
        author=shapes.by_id(shape.author_id),
        assignees=_assignees(shape),
        reviewers=(),
        confidential=bool(shape.confidential),
    )


def _assignees(shape: MergeRequestShape | IssueShape) -> tuple[Who, ...] | None:
    """GitLab up to 12 shows one `assignee_id`; without any of the two the payload does not tell."""
    if shape.assignee_ids is None and isinstance(shape.assignee_id, int):
        return shapes.by_ids([shape.assignee_id])
    return shapes.by_ids(shape.assignee_ids)


def _commit(shape: CommitShape, place: Place | None) -> Thing:
    return Thing(
        key=f"commit:{shape.id}",
        kind="commit",
        ref=shape.id[:8],
        title=shape.title or (shape.message or "").partition("\n")[0],
        url=shape.url or "",
        place=place,
        subject=shapes.subject(place, "commit", shape.id),
        feature="repository",
        assignees=(),
        reviewers=(),
    )


def _snippet(shape: SnippetShape, place: Place | None) -> Thing:
    return Thing(
        key=f"snippet:{shape.id}",
        kind="snippet",
        ref=f"${shape.id}",
        title=shape.title or "",
        url=shape.url or "",
        place=place,
        subject=shapes.subject(place, "snippet", shape.id),
        feature="snippets",
        author=shapes.by_id(shape.author_id),
        assignees=(),
        reviewers=(),
    )


def work_item_kind(name: str | None) -> str:
    """Return the kind of a work item as words know it, such as "issue" or "key_result"."""
    return (name or "issue").strip().lower().replace(" ", "_")
