"""Pushes, pipelines, deployments and releases."""

from playground.gitlab import ci_payloads
from playground.gitlab.ci_payloads import Pipeline
from playground.gitlab.objects import Commit, MergeRequest, User
from playground.gitlab.state import GitLab


def push_event(gitlab: GitLab, commit: Commit, by: User, ref: str, *, before: str) -> None:
    """Tell of a commit that was pushed to a branch."""
    gitlab.fire(commit.project, ci_payloads.push(gitlab.url, commit, by, ref, before))


def pipeline(gitlab: GitLab, commit: Commit, by: User, status: str, *, mr: MergeRequest | None = None) -> Pipeline:
    """Run a pipeline to its end ("success", "failed", "canceled"): GitLab tells of `running` first."""
    number, now = gitlab.next_id("pipeline"), gitlab.clock()
    ref = mr.source_branch if mr else "main"
    if mr:
        mr.pipeline = status
    for step in ("running", status):
        run = Pipeline(number, number, commit, by, step, ref, now, mr)
        gitlab.fire(commit.project, ci_payloads.pipeline(gitlab.url, run))
    return Pipeline(number, number, commit, by, status, ref, now, mr)


def deployment(gitlab: GitLab, commit: Commit, by: User, status: str) -> None:
    """Deploy a commit to production; it ends with a status ("success", "failed")."""
    number = gitlab.next_id("deployment")
    for step in ("running", status):
        payload = ci_payloads.deployment(gitlab.url, number, commit, by, step, gitlab.clock())
        gitlab.fire(commit.project, payload)


def release(gitlab: GitLab, commit: Commit, tag: str) -> None:
    """Publish a release of a commit."""
    number = gitlab.next_id("release")
    gitlab.fire(commit.project, ci_payloads.release(gitlab.url, number, commit.project, commit, tag, gitlab.clock()))
