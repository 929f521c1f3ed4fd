"""What can be done in the playground's GitLab at the press of a button: one row an act."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.acts import issues, merge_requests, pipelines, talk, trouble
from playground.scene import Scene


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its name in addresses, its words, and what it does; `run` returns what happened."""

    name: str
    label: str
    run: Callable[[Scene], str]

    @property
    def hint(self) -> str:
        """Return what it does in a sentence."""
        return (self.run.__doc__ or "").splitlines()[0]


@dataclass(frozen=True, slots=True)
class Scope:
    """A group of buttons; `on` says what they happen to: "merge_request", "issue", or "" for neither."""

    title: str
    on: str
    acts: tuple[Act, ...]


SCOPES = (
    Scope(
        "Merge request",
        "merge_request",
        (
            Act("open-draft", "Open a draft with two reviewers", merge_requests.open_draft),
            Act("open", "Open one that is ready", merge_requests.open_ready),
            Act("ready", "Mark it ready", merge_requests.mark_ready),
            Act("draft", "Back to draft", merge_requests.mark_draft),
            Act("assign", "Assign", merge_requests.assign),
            Act("unassign", "Unassign", merge_requests.unassign),
            Act("push", "Push a commit", merge_requests.push),
            Act("merge", "Merge", merge_requests.merge),
            Act("close", "Close", merge_requests.close),
            Act("reopen", "Reopen", merge_requests.reopen),
        ),
    ),
    Scope(
        "Review and talk",
        "merge_request",
        (
            Act("ask-for-review", "Ask for a review", merge_requests.ask_for_review),
            Act("ask-again", "Ask again", merge_requests.ask_again),
            Act("mention", "Comment with a mention", talk.mention),
            Act("mention-group", "Mention the whole group", talk.mention_group),
            Act("reply", "Reply in the thread", talk.reply),
            Act("review", "Review with five comments", talk.review),
            Act("review-and-approve", "Review and approve", talk.review_and_approve),
            Act("approve", "Approve", merge_requests.approve),
            Act("unapprove", "Take approval back", merge_requests.unapprove),
            Act("request-changes", "Request changes", merge_requests.request_changes),
            Act("edit-comment", "Edit a comment", talk.edit_comment),
            Act("thumbs-up", "👍 a comment", talk.thumbs_up),
            Act("cheer", "Three react to a comment", talk.cheer),
            Act("tada", "🎉 the MR", talk.tada),
            Act("take-back", "Take an emoji back", talk.take_back),
            Act("on-commit", "Comment on a commit", talk.on_commit),
            Act("on-snippet", "Comment on a snippet", talk.on_snippet),
        ),
    ),
    Scope(
        "Issue",
        "issue",
        (
            Act("open-issue", "Open and assign one", issues.open_issue),
            Act("open-confidential", "Open a confidential one", issues.open_confidential),
            Act("open-task", "Open a task", issues.open_task),
            Act("assign-issue", "Assign", issues.assign),
            Act("comment-issue", "Comment", issues.comment),
            Act("reply-issue", "Reply in the thread", issues.reply),
            Act("internal-note", "Internal note", issues.internal_note),
            Act("heart-issue", "❤️ the issue", issues.heart),
            Act("close-issue", "Close", issues.close),
            Act("reopen-issue", "Reopen", issues.reopen),
        ),
    ),
    Scope(
        "Pipeline",
        "merge_request",
        (
            Act("break", "Break the pipeline", pipelines.break_it),
            Act("mend", "Mend it", pipelines.mend_it),
            Act("fail-to-deploy", "Fail a deployment", pipelines.fail_to_deploy),
            Act("release", "Publish a release", pipelines.release),
        ),
    ),
    Scope(
        "Trouble",
        "",
        (
            Act("wrong-token", "Send a wrong token", trouble.wrong_token),
            Act("nonsense", "Send nonsense", trouble.nonsense),
            Act("mattermost-down", "Mattermost down", trouble.mattermost_down),
            Act("mattermost-up", "Mattermost up", trouble.mattermost_up),
            Act("gitlab-down", "GitLab's API down", trouble.gitlab_down),
            Act("gitlab-up", "GitLab's API up", trouble.gitlab_up),
        ),
    ),
)

ACTS = {act.name: act for scope in SCOPES for act in scope.acts}
