"""Acts of pipelines, deployments and releases; each does it and returns a sentence that says what happened."""

from playground.gitlab import ci
from playground.scene import Scene


def _run(scene: Scene, status: str) -> str:
    by = scene.actor(scene.mr.author)
    ci.pipeline(scene.gitlab, scene.mr.last_commit, by, status, mr=scene.mr)
    return f"{by.name}'s pipeline for !{scene.mr.iid}: {status}."


def break_it(scene: Scene) -> str:
    """Let the pipeline of the merge request fail."""
    return _run(scene, "failed")


def mend_it(scene: Scene) -> str:
    """Let the pipeline of the merge request pass."""
    return _run(scene, "success")


def fail_to_deploy(scene: Scene) -> str:
    """Let a deployment fail."""
    by = scene.actor(scene.mr.author)
    ci.deployment(scene.gitlab, scene.mr.last_commit, by, "failed")
    return f"{by.name}'s deployment to production failed."


def release(scene: Scene) -> str:
    """Publish a release."""
    number = scene.gitlab.next_iid(scene.project, "release")
    ci.release(scene.gitlab, scene.mr.last_commit, f"v1.{number}.0")
    return f"Somebody published v1.{number}.0."
