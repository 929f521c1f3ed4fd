"""How `setup` talks with the one who installs the bot: it asks, or takes what it was given and asks nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.findings import Result
from bot.showing import findings

Prompt = Callable[[str, str, bool], str]
"""(question, what an empty answer means, whether it is a secret) → the answer."""

YES = frozenset({"", "y", "yes", "예", "네"})


class StoppedError(Exception):
    """It cannot go on: `texts` say why, `code` is how the program ends."""

    def __init__(self, code: int, *texts: str) -> None:
        super().__init__("\n".join(texts))
        self.code = code
        self.texts = texts


@dataclass(frozen=True, slots=True)
class Talk:
    """Says lines, and asks where there is a `prompt`; without one everything is agreed to, and nothing asked."""

    say: Callable[[str], None]
    prompt: Prompt | None = None

    @property
    def asks(self) -> bool:
        """Say whether anybody is there to answer."""
        return self.prompt is not None

    def ask(self, question: str, default: str, *, secret: bool = False) -> str:
        """Return an answer, or the default where nobody is asked."""
        return self.prompt(question, default, secret).strip() if self.prompt else default

    def agrees(self, question: str) -> bool:
        """Ask for a yes, which an empty answer is too."""
        return self.ask(f"{question} [Y/n]", "").lower() in YES

    def show(self, results: Iterable[Result]) -> list[Result]:
        """Show what was found as it comes, and return it."""
        found = []
        for result in results:
            found.append(result)
            for line in findings(result):
                self.say(line)
        return found
