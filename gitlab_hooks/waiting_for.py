"""What `todo` answers: the merge requests that wait for whoever asks."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.asking import Reply
from bot.people import Member
from bot.preferences import Choices
from gitlab_hooks.lookups import GitLab
from gitlab_hooks.todo_words import Lists
from gitlab_hooks.waits import todo_of
from gitlab_hooks.whois import Whois


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """Answers `todo`; `now` gives milliseconds since 1970."""

    gitlab: GitLab
    whois: Whois
    lists: Lists
    now: Callable[[], int]

    def __call__(self, member: Member, _choices: Choices, _words: tuple[str, ...]) -> Reply:
        """Show what waits, or say that nothing does, or why that is not known.

        Raises:
            bot.errors.OutsideError: GitLab gave no answer.

        """
        if not self.gitlab.has_token:
            return Reply("no_token", {}, words="todo")
        user = self.whois.user_of(member)
        if user is None:
            return Reply("no_account", {}, words="todo")
        todo = todo_of(user, self.gitlab)
        values = self.lists.values(todo, user, self.now())
        return Reply("nothing" if todo.empty else "todo", values, words="todo")
