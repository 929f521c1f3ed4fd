"""What `setup` asks for, in which order, and what is tried with each answer at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.console import FAULTS, USAGE
from bot.findings import Level, Result, examine, fault, worst
from bot.talk import StoppedError, Talk
from bot.toml_edit import Value
from gitlab_hooks.doctor import CHECKS
from gitlab_hooks.setup_draft import Draft, Where

NEEDED = "it cannot be done without"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know: a key of `bot.toml` by section, or a variable, whose section is "".

    `checks` are those of `doctor` that show whether the answer is right; none is asked where one of `unless`, which are
    variables, is set. `option` gives the answer on the command line.
    """

    where: Where
    asks: str
    checks: tuple[str, ...] = ()
    option: str = ""
    needed: bool = True
    many: bool = False
    unless: tuple[str, ...] = ()

    @property
    def is_secret(self) -> bool:
        """Say whether nobody may look on."""
        return not self.where[0]


def _secret(name: str, asks: str, *checks: str, needed: bool = False, unless: tuple[str, ...] = ()) -> Question:
    return Question(("", name), f"{name}: {asks}", checks, name, needed=needed, unless=unless)


BY_TOKEN = ("MATTERMOST_TOKEN",)
QUESTIONS = (
    Question(("mattermost", "url"), "Where is your Mattermost (https://…)?", ("server",), "--mattermost-url"),
    _secret(
        "MATTERMOST_TOKEN",
        "the shared account's token (Enter: it logs in by password)",
        "log-in",
        unless=("MATTERMOST_PASSWORD",),
    ),
    Question(("mattermost", "login_id"), "Which is the shared account?", (), "--login-id", unless=BY_TOKEN),
    _secret("MATTERMOST_PASSWORD", "the shared account's password", "log-in", needed=True, unless=BY_TOKEN),
    Question(("mattermost", "team"), "Which team, as in the address of its channels?", ("team",), "--team"),
    Question(
        ("mattermost", "notification_channel"),
        "Whose members are to be told (a channel's name, as in its address)?",
        ("channel", "direct channels", "e-mail addresses"),
        "--channel",
    ),
    Question(("gitlab", "url"), "Where is your GitLab (https://…)?", ("GitLab",), "--gitlab-url"),
    _secret("GITLAB_TOKEN", "a token with the scope read_api (Enter: without)", "GITLAB_TOKEN", "version"),
    _secret(
        "GITLAB_HOOKS_TOKEN", "one with api, of a Maintainer, to make webhooks (Enter: without)", "GITLAB_HOOKS_TOKEN"
    ),
    Question(
        ("gitlab", "groups"),
        "Whose projects are to be told of: which groups (web, platform/tools; Enter: none)?",
        ("sight",),
        "--group",
        needed=False,
        many=True,
    ),
    Question(
        ("gitlab", "projects"),
        "And which single projects (kim/dotfiles; Enter: none)?",
        ("sight",),
        "--project",
        needed=False,
        many=True,
    ),
    Question(("server", "listen"), "On which address and port shall the bot listen?", (), "--listen"),
    Question(
        ("server", "public_url"),
        "Where do GitLab and Mattermost reach it (https://…)?",
        (),
        "--public-url",
    ),
)


def ask_all(draft: Draft, given: Mapping[Where, Value], talk: Talk) -> Draft:
    """Ask every question, and return what comes of the answers.

    Raises:
        StoppedError: something that is needed is not there, or wrong, and nobody can be asked.

    """
    for question in QUESTIONS:
        if not any(map(draft.secret, question.unless)):
            draft = _ask(question, draft, given, talk)
    return draft


def _ask(question: Question, draft: Draft, given: Mapping[Where, Value], talk: Talk) -> Draft:
    """Ask until an answer is right; what was given, and a secret that is set, is tried first."""
    known = draft.value(question.where)
    answer = given.get(question.where, known if question.is_secret and known else None)
    while True:
        if answer is None:
            answer = talk.ask(question.asks, "" if question.is_secret else known, secret=question.is_secret)
        found, wrong = _tried(question, draft, answer, talk)
        if found:
            return found
        if not talk.asks:
            code = FAULTS if answer else USAGE
            raise StoppedError(
                code, f"{question.option}: {wrong}", "Nothing is written; put it right and run this again."
            )
        answer = None


def _tried(question: Question, draft: Draft, answer: Value, talk: Talk) -> tuple[Draft | None, str]:
    """Return the draft with an answer, or None and why it is not right."""
    if not answer and not question.many:
        return (None, NEEDED) if question.needed else (draft, "")
    value = _parts(answer) if question.many else answer
    new = draft if question.is_secret and value == draft.value(question.where) else _with(draft, question.where, value)
    results = talk.show(_results(question, new) if value else ())
    return (None, "see above") if worst(results) is Level.FAULT else (new, "")


def _with(draft: Draft, where: Where, value: Value) -> Draft:
    try:
        return draft.having(where, value)
    except ValueError as wrong:
        raise StoppedError(USAGE, f"{draft.path}: {wrong}: write [{where[0]}] {where[1]} yourself") from wrong


def _results(question: Question, draft: Draft) -> Iterator[Result]:
    """Yield what is wrong with an answer as such, or else what the checks find."""
    section, key = question.where
    wrong = [one for one in draft.patient.faults if section and f"[{section}] {key}:" in one]
    yield from (Result("", key, fault(one)) for one in wrong)
    if not wrong:
        checks = [check for check in CHECKS if check.name in question.checks]
        yield from examine(checks, draft.patient)


def _parts(answer: Value) -> list[str]:
    texts: Sequence[str] = answer if isinstance(answer, list) else answer.split(",")
    return [part.strip() for part in texts if part.strip()]
