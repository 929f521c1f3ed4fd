"""How long a delivery waits for GitLab's answers before it goes out with what is known without them."""

from gitlab_hooks.delivery import Delivery

LONGEST_WAIT_MS = 24 * 60 * 60 * 1000
"""From when we took it, by our own clock: one that was caught up with has waited elsewhere before, not for answers."""

ENOUGH_TRIES = 5
"""How often GitLab is asked even so: a delivery may be old because nobody was there to work it through. A try in which
the gate let no question pass is none."""

ENOUGH_REFUSALS = 500
"""But of thousands that wait for a GitLab that is down, the gate lets a few a minute ask. One that was refused so often
was tried for half a day: the pauses between are a minute or two."""


def has_waited(delivery: Delivery, now: int, *, asked: bool) -> bool:
    """Say whether a delivery has waited long enough, after a try in which GitLab was `asked` in vain, or not at all."""
    unasked = delivery.unasked + (not asked)
    tried = delivery.attempts - unasked >= ENOUGH_TRIES or unasked >= ENOUGH_REFUSALS
    return now - delivery.accepted >= LONGEST_WAIT_MS and tried
