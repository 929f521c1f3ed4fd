"""Gives every project of the configured groups, and the single ones, the webhook that the rules need."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from bot.errors import Misconfigured, Refused, TryLater
from bot.store import Store
from gitlab_hooks import hook_memory
from gitlab_hooks.authenticity import Secrets
from gitlab_hooks.hook_admin import Home, Hook, HookAdmin
from gitlab_hooks.hook_asking import Asking
from gitlab_hooks.hook_plan import SIGNING, TOKEN, Plan, Secret, Step, Wish, is_disabled, plans, secrets_for, values

AT_ONCE = 4
"""Projects that are asked about at the same time."""

Looked = Callable[[int, int, str], None]
"""(how many projects are done, of how many, the path of the last)."""


def quietly(_done: int, _of: int, _path: str) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True, slots=True)
class Where:
    """Whose hooks they are, how they shall be (but for the secrets), and the secrets there are."""

    groups: Sequence[str]
    projects: Sequence[str]
    wish: Wish
    secrets: Secrets = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one webhook: what was to do, why, and what came in the way; no step where nobody could look."""

    path: str
    step: Step | None = None
    hook: int | None = None
    wrong: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(slots=True)
class Synced:
    """What a run did; `troubles` are sentences about whole groups and projects that could not be found."""

    results: list[Result] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def failed(self) -> list[str]:
        """Return everything that came in the way, a sentence each."""
        return [*self.troubles, *(f"{one.path}: {one.trouble}" for one in self.results if one.trouble)]

    def count(self, step: Step) -> int:
        """Return of how many webhooks a step was taken."""
        return sum(one.step is step and not one.trouble for one in self.results)


@dataclass(frozen=True, slots=True)
class HookSync:
    """Looks at every project, a few at a time; what it did for one is done, whatever becomes of the others.

    Whoever starts it again after it was stopped changes only what is left. `patience` gives each run what asks a GitLab
    that fails again.
    """

    store: Store
    admin: HookAdmin
    where: Where
    patience: Callable[[], Asking]

    def run(self, *, dry_run: bool = False, looked: Looked = quietly) -> Synced:
        """Create, repair and switch on what is not as it should be; a `dry_run` only says what it would do.

        Raises:
            bot.errors.Misconfigured: nothing can be done with this token, or with this GitLab and these secrets.
            bot.errors.TryLater: GitLab does not answer at all.

        """
        asking, synced = self.patience(), Synced()
        wish = self.wish(asking)
        homes = self.homes(asking, synced.troubles)
        with _some_at_once(partial(self._sync, asking=asking, wish=wish, dry_run=dry_run), homes) as found:
            for done, (home, results) in enumerate(zip(homes, found, strict=True), start=1):
                looked(done, len(homes), home.path)
                synced.results += results
        return synced

    def wish(self, asking: Asking) -> Wish:
        """Return how a webhook shall be in this GitLab."""
        version = asking(self.admin.version)
        key = self.store.write(hook_memory.key)
        secrets = secrets_for(self.where.secrets, key, version)
        if not secrets:
            raise Misconfigured(
                f"GitLab {'.'.join(map(str, version))} knows no signing tokens, they came with 19.0:"
                " set GITLAB_WEBHOOK_TOKEN, beside GITLAB_SIGNING_TOKEN if you like"
            )
        return _with_secrets(self.where.wish, secrets)

    def homes(self, asking: Asking, troubles: list[str]) -> list[Home]:
        """Return every project, each once; why some could not be found is added to `troubles`."""
        found: list[Home] = []
        for path in self.where.groups:
            with _noted(troubles):
                found += asking(partial(self._below, path))
        for path in self.where.projects:
            with _noted(troubles):
                found.append(asking(partial(self.admin.project, path)))
        return list(dict.fromkeys(found))

    def _below(self, path: str) -> list[Home]:
        return list(self.admin.projects_of(self.admin.group(path)))

    def plans(self, home: Home, wish: Wish) -> list[Plan]:
        """Return what is to do in one project."""
        return self._looked(home, wish)[1]

    def _looked(self, home: Home, wish: Wish) -> tuple[set[int], list[Plan]]:
        hooks = list(self.admin.hooks(home))
        marks = self.store.read(partial(hook_memory.marks, project=home.id))
        return set(marks) - {hook.id for hook in hooks}, plans(hooks, marks, wish)

    def _sync(self, home: Home, asking: Asking, wish: Wish, *, dry_run: bool) -> list[Result]:
        try:
            return asking(partial(self._once, home, wish, dry_run=dry_run))
        except (Refused, TryLater) as wrong:
            return [Result(home.path, trouble=str(wrong))]

    def _once(self, home: Home, wish: Wish, *, dry_run: bool) -> list[Result]:
        gone, found = self._looked(home, wish)
        if gone and not dry_run:
            self.store.write(partial(hook_memory.forget, project=home.id, gone=gone))
        return [self._done(home, plan, wish, dry_run=dry_run) for plan in found]

    def _done(self, home: Home, plan: Plan, wish: Wish, *, dry_run: bool) -> Result:
        hook, trouble = plan.hook, ""
        if not dry_run:
            try:
                hook = self._set(home, plan, wish)
                if is_disabled(hook):
                    self.admin.wake(hook)
            except Refused as wrong:
                trouble = str(wrong)
        return Result(home.path, plan.step, hook.id if hook else None, plan.wrong, trouble)

    def _set(self, home: Home, plan: Plan, wish: Wish) -> Hook:
        """Make or change the webhook where that is to do, and remember which secret it has now."""
        if plan.hook and not plan.wrong:
            return plan.hook
        secret = plan.secret
        hook = self._written(home, plan, wish, secret)
        if secret.kind == SIGNING and not hook.shape.signing:
            secret = self._instead(home, wish)
            hook = self.admin.change(hook, values(plan, wish, secret))
        self.store.write(partial(hook_memory.remember, project=home.id, hook=hook.id, mark=secret.mark))
        return hook

    def _written(self, home: Home, plan: Plan, wish: Wish, secret: Secret) -> Hook:
        wanted = values(plan, wish, secret)
        return self.admin.change(plan.hook, wanted) if plan.hook else self.admin.create(home, wanted)

    def _instead(self, home: Home, wish: Wish) -> Secret:
        """Return the newest token, for a GitLab that has passed over the signing token."""
        if token := next((one for one in wish.secrets if one.kind == TOKEN), None):
            return token
        raise Refused(f"GitLab has taken no signing token for {home.path}: set GITLAB_WEBHOOK_TOKEN beside it")


def _with_secrets(wish: Wish, secrets: Sequence[Secret]) -> Wish:
    return Wish(wish.public_url, wish.events, secrets, wish.verify, wish.rotate, wish.again)


@contextmanager
def _noted(troubles: list[str]) -> Iterator[None]:
    try:
        yield
    except (Refused, TryLater) as wrong:
        troubles.append(str(wrong))


@contextmanager
def _some_at_once(do: Callable[[Home], list[Result]], homes: Sequence[Home]) -> Iterator[Iterator[list[Result]]]:
    """Give the results in the order of the projects; whoever leaves early waits for those in hand alone."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hooks")
    try:
        yield pool.map(do, homes)
    finally:
        pool.shutdown(cancel_futures=True)
