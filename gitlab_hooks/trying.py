"""How often a delivery is tried over which the program itself stumbles, or dies.

A lease that ends without a word from its owner is a lapse: the process died while it had the delivery in hand, by the
delivery's own fault (it takes more memory than there is) or by any other. All that a process has in hand lapses with
it, so one lapse says little. From then on a process takes such deliveries one at a time, so that what kills a process
takes with it none that lapsed before, and `PAUSES_MS` lie between the tries, so that a machine which dies again and
again for a while does not count against what it worked on meanwhile. A try that comes to any end of its own, also to
waiting for GitLab, clears the count. An innocent delivery would thus have to be in hand at ten deaths in a row, spread
over two minutes at least, without one try that ended; a delivery that kills is put aside after the ten.
"""

from gitlab_hooks.delivery import Delivery

ENOUGH_FAULTS = 3
"""How often a delivery over which the program itself stumbles is tried, however often GitLab failed between."""

PAUSES_MS = (0, 0, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000)
"""How long a delivery rests after its first lapse, its second, and so on."""

ENOUGH_LAPSES = len(PAUSES_MS) + 1


def stumbled_enough(delivery: Delivery) -> bool:
    """Say whether a fault of our own at this try is the last."""
    return delivery.faults + 1 >= ENOUGH_FAULTS


def died_enough(delivery: Delivery) -> bool:
    """Say whether so many processes died over a delivery that it is not tried again."""
    return delivery.lapses >= ENOUGH_LAPSES


def rests_until(delivery: Delivery, now: int) -> int:
    """Return until when a delivery rests before this try, in milliseconds since 1970; now itself where it need not."""
    return now + (PAUSES_MS[delivery.lapses - 1] if delivery.lapsed else 0)
