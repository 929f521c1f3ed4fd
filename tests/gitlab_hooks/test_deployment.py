"""Deployments: who is told of one that failed, in both languages."""

import pytest

from tests.gitlab_hooks.team import Told, house, not_told, outcome, payload, told

HOOK = "deployment_hook__"
LINK = "[production](https://gitlab.example.com/web/shop/-/jobs/81500)"


def test_failed() -> None:
    """Who started a deployment is told that it failed, with what was deployed."""
    (found,) = outcome(payload(HOOK + "failed"), house(language="en")).results

    assert told(payload(HOOK + "failed")) == {
        "carla.rossi": Told(
            "deployment_failed",
            f"Your deployment to {LINK} failed",
            f"내가 실행한 배포가 실패했어요: {LINK}",
        )
    }
    assert found.message
    assert found.message.card.text == "Show prices with tax"
    assert found.message.card.because == "because you started it · stop these: `/nudge off pipelines`"
    assert found.message.fact == "deployment:610:failed"


@pytest.mark.parametrize("status", ["created", "running", "success", "canceled", "blocked", "approved"])
def test_others(status: str) -> None:
    """No other status of a deployment concerns anybody."""
    assert outcome(payload(HOOK + "succeeded", {"status": status})).verdict == "no_rule"
    assert outcome(payload(HOOK + "succeeded", {"status": status})).results == ()


def test_by_a_bot() -> None:
    """A deployment that a bot started concerns no person."""
    body = payload(HOOK + "failed", {"user.id": 90, "user.username": "project_7_bot_4f1c8e"})

    assert not_told(body) == {"project_7_bot_4f1c8e": "bot"}


def test_rules() -> None:
    """A team may want to hear of no deployment."""
    assert outcome(payload(HOOK + "failed"), house(rules={"deployment.failed": []})).verdict == "no_rule"


def test_numbers() -> None:
    """Where the deployment has no number its job's counts; without both it cannot be read."""
    by_job = payload(HOOK + "failed", {"deployment_id": None})
    event = outcome(by_job).event

    assert event
    assert event.thing.key == "deployment:81500"
    assert outcome(payload(HOOK + "failed", {"deployment_id": None, "deployable_id": None})).verdict == "unreadable"
