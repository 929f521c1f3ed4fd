"""Answers of GitLab's administration of webhooks, as much of them as is read, and what they are to us."""

import json
from typing import Any

import msgspec

from gitlab_hooks.hook_admin import Attempt, Home, Hook, Shape
from gitlab_hooks.times import milliseconds

OVERSIZE = {"oversize": True}
"""What the log has instead of a body that is too large for it (`WebHookLog::OVERSIZE_REQUEST_DATA`)."""


class HomeAnswer(msgspec.Struct, frozen=True):
    """A project or a group."""

    id: int
    path_with_namespace: str = ""
    full_path: str = ""

    @property
    def path(self) -> str:
        """Return the whole path."""
        return self.path_with_namespace or self.full_path


class Events(msgspec.Struct, frozen=True):
    """The events of a project's webhook, all that can be switched there; None where this GitLab does not know one.

    https://docs.gitlab.com/api/project_webhooks/#add-a-webhook-to-a-project
    """

    push_events: bool | None = None
    tag_push_events: bool | None = None
    issues_events: bool | None = None
    confidential_issues_events: bool | None = None
    merge_requests_events: bool | None = None
    note_events: bool | None = None
    confidential_note_events: bool | None = None
    job_events: bool | None = None
    pipeline_events: bool | None = None
    wiki_page_events: bool | None = None
    deployment_events: bool | None = None
    feature_flag_events: bool | None = None
    releases_events: bool | None = None
    milestone_events: bool | None = None
    emoji_events: bool | None = None
    resource_access_token_events: bool | None = None
    resource_deploy_token_events: bool | None = None
    vulnerability_events: bool | None = None


EVENTS = Events.__struct_fields__


class HookAnswer(Events, frozen=True, kw_only=True):
    """`GET …/hooks`."""

    id: int
    url: str
    enable_ssl_verification: bool | None = None
    push_events_branch_filter: str | None = None
    custom_webhook_template: str | None = None
    alert_status: str | None = None
    disabled_until: str | None = None
    token_present: bool | None = None
    signing_token_present: bool | None = None


class AttemptAnswer(msgspec.Struct, frozen=True):
    """`GET …/hooks/:hook_id/events`."""

    id: int
    response_status: str | int | None = None
    request_headers: dict[str, Any] | None = None
    request_data: Any = None
    created_at: str | None = None


class VersionAnswer(msgspec.Struct, frozen=True):
    """`GET /version`."""

    version: str


def hook_of(home: Home, answer: HookAnswer) -> Hook:
    """Return a webhook as we know it."""
    told = {name: getattr(answer, name) for name in EVENTS}
    shape = Shape(
        on=frozenset(name for name, on in told.items() if on),
        off=frozenset(name for name, on in told.items() if on is False),
        verified=answer.enable_ssl_verification,
        branches=answer.push_events_branch_filter or "",
        template=bool(answer.custom_webhook_template),
        alert=answer.alert_status or "executable",
        disabled_until=milliseconds(answer.disabled_until),
        token=answer.token_present,
        signing=answer.signing_token_present,
    )
    return Hook(home, answer.id, answer.url, shape)


def attempt_of(answer: AttemptAnswer) -> Attempt:
    """Return a delivery as we know it; an empty body is that of a template which GitLab could not fill."""
    data = answer.request_data
    return Attempt(
        id=answer.id,
        at=milliseconds(answer.created_at),
        status=str(answer.response_status or ""),
        headers={name.lower(): str(value) for name, value in (answer.request_headers or {}).items()},
        body=json.dumps(data).encode() if data and data != OVERSIZE else None,
        empty=not data,
    )
