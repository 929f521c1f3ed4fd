"""Acts that no honest GitLab would do, or would do on a bad day; each returns a sentence that says what happened."""

from dataclasses import replace

from playground.gitlab.faults import Fault
from playground.gitlab.hooks import EVENTS, Hook
from playground.scene import NotNow, Scene

EVENT = EVENTS["merge_request"]


def _hook(scene: Scene) -> Hook:
    for hook in scene.gitlab.hooks.values():
        return hook
    raise NotNow("No bot has registered a webhook yet.")


def wrong_token(scene: Scene) -> str:
    """Send an event with a token that is not the bot's."""
    hook = replace(_hook(scene), token="not-the-token", signing_token="", deliveries=[])  # noqa: S106 - the wrong one
    scene.gitlab.deliver(hook, EVENT, b'{"object_kind": "merge_request"}', scene.gitlab.new_uuid())
    return "Somebody who does not know the token sent an event: 401 is right."


def nonsense(scene: Scene) -> str:
    """Send bytes that are no JSON."""
    scene.gitlab.deliver(_hook(scene), EVENT, b'{"object_kind": "merge_req', scene.gitlab.new_uuid())
    return "Half an event was sent: 400 is right."


def mattermost_down(scene: Scene) -> str:
    """Let Mattermost drop every connection: messages wait, and nothing is lost."""
    scene.mattermost.down = True
    return "Mattermost is down. Messages wait."


def mattermost_up(scene: Scene) -> str:
    """Mend Mattermost: what waited arrives."""
    scene.mattermost.down = False
    return "Mattermost is up again. What waited arrives in a moment."


def gitlab_down(scene: Scene) -> str:
    """Let GitLab's API drop every connection: what needs a look-up waits."""
    scene.gitlab.fault = Fault("down")
    return "GitLab's API is down. What needs it waits."


def gitlab_up(scene: Scene) -> str:
    """Mend GitLab's API."""
    scene.gitlab.fault = None
    return "GitLab's API works again."
