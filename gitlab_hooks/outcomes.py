"""What came of the deliveries that this process has worked through, in numbers."""

from bot.tally import Tally
from gitlab_hooks.house import Outcome


class Outcomes:
    """`by_reason` counts who was told why, `by_verdict` who was not, and whole deliveries that concerned nobody."""

    def __init__(self) -> None:
        self.by_reason, self.by_verdict = Tally(), Tally()

    def add(self, outcome: Outcome) -> None:
        """Count what came of one more delivery."""
        for result in outcome.results:
            if result.message:
                self.by_reason.add(result.notices[0].reason)
            else:
                self.by_verdict.add(result.verdict)
        if not outcome.results:
            self.by_verdict.add(outcome.verdict)
