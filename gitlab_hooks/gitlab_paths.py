"""Where GitLab's API keeps what is talked about; https://docs.gitlab.com/api/api_resources/."""

from urllib.parse import quote

from gitlab_hooks.lookups import Subject

PLACES = {
    "merge_request": "merge_requests",
    "issue": "issues",
    "commit": "repository/commits",
    "snippet": "snippets",
    "release": "releases",
}
"""Where the API keeps each kind of subject, below its project."""


def path_of(subject: Subject) -> str:
    """Return the path of a subject below `/api/v4`."""
    return f"/projects/{subject.project}/{PLACES[subject.kind]}/{quote(subject.ref, safe='')}"
