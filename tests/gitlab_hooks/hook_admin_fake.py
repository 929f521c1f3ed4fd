"""GitLab's administration of webhooks with memory: what was sent is in its log, and it fails as it is told to."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.errors import OutsideError, Refused
from gitlab_hooks.hook_admin import Attempt, Home, Hook, Version
from gitlab_hooks.hook_answers import EVENTS

OURS = "https://nudge.example.com/gitlab"
PAGE = 20


@dataclass
class FakeHookAdmin:
    """Implements `gitlab_hooks.hook_admin.HookAdmin`.

    `homes` are projects and groups by path, `below` the projects of a group, `logs` what was sent by each hook, oldest
    first. `wrong` are failures by what is asked for, in turn; the last one stays where `stays` says so.
    """

    homes: dict[str, Home] = field(default_factory=dict)
    below: dict[Home, list[Home]] = field(default_factory=dict)
    logs: dict[Hook, list[Attempt]] = field(default_factory=dict)
    wrong: dict[object, deque[OutsideError]] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)
    secrets: dict[int, dict[str, str]] = field(default_factory=dict)
    release: Version = (19, 3)
    signs: bool = True

    def add(self, kind: str, number: int, path: str, *urls: str) -> Home:
        """Add a project or a group with hooks that send to these addresses."""
        home = Home("group" if kind == "group" else "project", number, path)
        self.homes[path] = home
        for place, url in enumerate(urls):
            self.logs[Hook(home, number * 10 + place, url)] = []
        return home

    def fail(self, asked_for: object, *errors: OutsideError) -> None:
        """Let the next questions for something fail."""
        self.wrong[asked_for] = deque(errors)

    def log(self, home: Home, *attempts: Attempt) -> None:
        """Write deliveries into the logs of all hooks of a project or a group."""
        for hook in self.hooks_of(home):
            self.logs[hook] += attempts

    def group(self, path: str) -> Home:
        return self._home("group", path)

    def project(self, path: str) -> Home:
        return self._home("project", path)

    def projects_of(self, group: Home) -> Iterator[Home]:
        self._answer("projects_of", group)
        yield from self.below.get(group, [])

    def hooks(self, home: Home) -> Iterator[Hook]:
        self._answer("hooks", home)
        yield from self.hooks_of(home)

    def hooks_of(self, home: Home) -> list[Hook]:
        return [hook for hook in self.logs if hook.home == home]

    def failed(self, hook: Hook) -> Iterator[Attempt]:
        """Yield all that failed or not, newest first; each page is a question."""
        for place, attempt in enumerate(reversed(self.logs[hook])):
            if place % PAGE == 0:
                self._answer("failed", (hook.id, place // PAGE))
            yield attempt

    def recent(self, hook: Hook) -> list[Attempt]:
        self._answer("recent", hook.id)
        return self.logs[hook][:-6:-1]

    def create(self, home: Home, wish: Mapping[str, object]) -> Hook:
        """Make a hook; one that fails here is made all the same, as where only the answer is lost."""
        made = self.shaped(Hook(home, home.id * 10 + len(self.hooks_of(home)), ""), wish)
        self.logs[made] = []
        self._answer("create", ("create", home))
        return made

    def change(self, hook: Hook, wish: Mapping[str, object]) -> Hook:
        self._answer("change", ("change", hook.home))
        found = next(one for one in self.logs if one.id == hook.id)
        changed = self.shaped(found, wish)
        self.logs[changed] = self.logs.pop(found)
        return changed

    def wake(self, hook: Hook) -> None:
        self._answer("wake", ("wake", hook.home))
        found = next(one for one in self.logs if one.id == hook.id)
        self.logs[replace(found, shape=replace(found.shape, alert="executable"))] = self.logs.pop(found)

    def version(self) -> Version:
        self._answer("version", "version")
        return self.release

    def shaped(self, hook: Hook, wish: Mapping[str, object]) -> Hook:
        """Return a hook as it is after a wish; whoever is asked for a signature too early takes no notice."""
        self.secrets[hook.id] = dict(self.secrets.get(hook.id, {}))
        self.secrets[hook.id] |= {kind: str(wish[kind]) for kind in ("token", "signing_token") if kind in wish}
        if not self.signs:
            self.secrets[hook.id].pop("signing_token", None)
        has = self.secrets[hook.id]
        shape = replace(
            hook.shape,
            on=frozenset(event for event in EVENTS if wish.get(event)),
            off=frozenset(event for event in EVENTS if not wish.get(event)),
            verified=bool(wish["enable_ssl_verification"]),
            branches=str(wish.get("push_events_branch_filter", hook.shape.branches)),
            template=bool(wish.get("custom_webhook_template", hook.shape.template)),
            token="token" in has,
            signing="signing_token" in has,
        )
        return replace(hook, url=str(wish["url"]), shape=shape)

    def _home(self, kind: str, path: str) -> Home:
        self._answer(kind, path)
        if path not in self.homes:
            raise Refused(f"GITLAB_HOOKS_TOKEN does not find {path}")
        return self.homes[path]

    def _answer(self, question: str, thing: object) -> None:
        self.asked.append((question, thing))
        if errors := self.wrong.get(thing):
            raise errors.popleft()


def attempt(number: int, at: int | None, body: bytes | None, status: str = "503", key: str = "") -> Attempt:
    """Return a delivery as the log has it."""
    headers: Mapping[str, str] = {"idempotency-key": key, "x-gitlab-token": "[REDACTED]"} if key else {}
    return Attempt(number, at, status, headers, body)
